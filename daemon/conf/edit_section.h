/*
 * Changing the text of one INI file: one section at a time, found by the line on which it begins
 * (config_feed.line). Comments, blank lines, order and line ends stay as they are.
 *
 * Each returns 0; -ESTALE where no such section begins on that line (the file is another than was
 * read), -EINVAL for what cannot be written as a name or value, -ENOMEM. text is untouched then.
 */
#ifndef DAEMON_CONF_EDIT_SECTION_H
#define DAEMON_CONF_EDIT_SECTION_H

#include <stdbool.h>

#include "lib/base/buf.h"

/* The section of a kind and name that begins on a line, counted from 1. */
struct edit_section {
	const char *kind, *name;
	unsigned int line;
};

/*
 * Takes the section out: its first line, and its keys with the comments between them. Comments that
 * stand before it or behind its last key stay.
 */
int edit_section_remove(struct buf *text, const struct edit_section *section);

int edit_section_rename(struct buf *text, const struct edit_section *section, const char *name);

/*
 * Sets a key to a value, or takes it out (NULL). Where the key is there, the first one is changed in
 * its place, with the comment behind it kept, and others of the name go; else it comes behind the
 * section's last key.
 */
int edit_section_set(
	struct buf *text, const struct edit_section *section, const char *key, const char *value);

/* Appends "key = value\n". -EINVAL for a value that would not read back. */
int edit_section_put(struct buf *text, const char *key, const char *value);

/* True where the file holds nothing but comments and blank lines. */
bool edit_section_none(const struct buf *text);

#endif
