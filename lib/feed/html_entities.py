#!/usr/bin/env python3
"""Prints html_entities.c: the named character references of the WHATWG HTML Standard as one sorted
text, packed so that a binary search needs no index. Run by hand when the standard changes:

    python3 lib/feed/html_entities.py > lib/feed/html_entities.c
"""
import html.entities
import unicodedata

HEAD = '''\
/*
 * The named character references of the WHATWG HTML Standard, printed by html_entities.py: do not
 * edit. One entry is the name, "?" where the name is also read without its ";" or "=" where it is
 * not, and the characters in UTF-8, ended by a NUL. Sorted by name, a prefix before what it begins.
 */
#include "lib/feed/html_reference.h"

'''
COLUMNS = 98


def c_text(text):
    out = ""
    for char in text:
        if unicodedata.category(char)[0] in "LNPS" and char not in '"\\?':
            out += char
        else:
            out += "".join(f"\\{byte:03o}" for byte in char.encode())
    return out


def main():
    names = html.entities.html5
    entries = []
    for name in sorted(n[:-1] for n in names if n.endswith(";")):
        mark = "?" if name in names else "="
        entries.append(name + mark + c_text(names[name + ";"]) + "\\0")
    print(HEAD + "const char html_entities[] =", end="")
    line = ""
    lines = []
    for entry in entries:
        if 8 + 2 + len(line) + len(entry) > COLUMNS:
            lines.append(line)
            line = ""
        line += entry
    lines.append(line)
    for line in lines:
        print(f'\n\t"{line}"', end="")
    print(";\nconst size_t html_entities_size = sizeof(html_entities) - 1;")


main()
