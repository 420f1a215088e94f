"""What newspool exports is what the formats' specifications ask for, whatever publishers wrote: judged here by rules of our own.

RFC 4287, the RSS 2.0 specification, JSON Feed 1.1 (its members as a JSON Schema).
"""
import email.utils
import json
import re
from xml.etree import ElementTree

import pytest

from test_spool_tools import Made

jsonschema = pytest.importorskip("jsonschema")

ATOM, DC = "{http://www.w3.org/2005/Atom}", "{http://purl.org/dc/elements/1.1/}"
IRI = r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|\\^`\x7f]+"
REFERENCE = r"[^\x00-\x20<>\"{}|\\^`\x7f]*"
DATE = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)"
LANGUAGE = r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*"
MEDIA_TYPE = r"[^/\s]+/[^/\s]+"

TEXT, URL, OBJECT = {"type": "string"}, {"type": "string", "pattern": f"^{IRI}$"}, {"type": "object"}
AUTHORS = {"type": "array", "items": {**OBJECT, "minProperties": 1, "properties": {"name": TEXT, "url": TEXT, "avatar": TEXT}}}
JSON_FEED = {
    **OBJECT, "required": ["version", "title", "items"],
    "properties": {
        "version": {"const": "https://jsonfeed.org/version/1.1"}, "title": TEXT,
        "items": {"type": "array", "items": {
            **OBJECT, "required": ["id"], "anyOf": [{"required": ["content_html"]}, {"required": ["content_text"]}],
            "patternProperties": {"^_": OBJECT},
            "properties": {
                "id": TEXT, "url": TEXT, "external_url": TEXT, "title": TEXT, "content_html": TEXT, "content_text": TEXT,
                "summary": TEXT, "image": TEXT, "banner_image": TEXT, "language": {**TEXT, "pattern": f"^{LANGUAGE}$"}, "authors": AUTHORS,
                "date_published": {**TEXT, "pattern": f"^{DATE}$"}, "date_modified": {**TEXT, "pattern": f"^{DATE}$"},
                "tags": {"type": "array", "items": TEXT},
                "attachments": {"type": "array", "items": {
                    **OBJECT, "required": ["url", "mime_type"],
                    "properties": {"url": TEXT, "mime_type": {**TEXT, "pattern": f"^{MEDIA_TYPE}$"}, "title": TEXT, "size_in_bytes": {"type": "integer", "minimum": 0},
                                   "duration_in_seconds": {"type": "number", "minimum": 0}}}}}}}}}


def whole(pattern, text):
    assert text is not None and re.fullmatch(pattern, text), (pattern, text)


def once(element, name, most=1, least=0):
    found = element.findall(ATOM + name)
    assert least <= len(found) <= most, (name, len(found))
    return found


def check_person(person):
    assert once(person, "name", least=1)[0].text
    for uri in once(person, "uri"):
        whole(REFERENCE, uri.text)
    for address in once(person, "email"):
        whole(r".+@.+", address.text)


def check_text(element):
    assert element.get("type", "text") in ("text", "html")


def check_common(element):
    whole(IRI, once(element, "id", least=1)[0].text)
    check_text(once(element, "title", least=1)[0])
    for name in ("updated", "published"):
        for date in once(element, name, least=name == "updated"):
            whole(DATE, date.text)
    for link in element.findall(ATOM + "link"):
        whole(REFERENCE, link.get("href"))
        assert link.get("rel") in ("alternate", "enclosure", "related", "replies", "self", "via")
        if link.get("type") is not None:
            whole(MEDIA_TYPE, link.get("type"))
        if link.get("length") is not None:
            whole(r"\d+", link.get("length"))
    for category in element.findall(ATOM + "category"):
        assert category.get("term")
    for person in element.findall(ATOM + "author") + element.findall(ATOM + "contributor"):
        check_person(person)
    for name in ("rights", "summary"):
        for text in once(element, name):
            check_text(text)


def check_atom(text):
    feed = ElementTree.fromstring(text)
    assert feed.tag == ATOM + "feed"
    check_common(feed)
    entries = feed.findall(ATOM + "entry")
    for entry in entries:
        check_common(entry)
        if entry.get("{http://www.w3.org/XML/1998/namespace}lang") is not None:
            whole(LANGUAGE, entry.get("{http://www.w3.org/XML/1998/namespace}lang"))
        for content in once(entry, "content"):
            check_text(content)
        alternates = [link for link in entry.findall(ATOM + "link") if link.get("rel") == "alternate"]
        assert len(alternates) <= 1 and (alternates or once(entry, "content"))
        assert entry.findall(ATOM + "author") or feed.findall(ATOM + "author")
        for source in once(entry, "source"):
            whole(IRI, once(source, "id", least=1)[0].text)
    return [entry.findtext(ATOM + "id") for entry in entries]


def check_rss(text):
    rss = ElementTree.fromstring(text)
    assert rss.tag == "rss" and rss.get("version") == "2.0" and [child.tag for child in rss] == ["channel"]
    channel = rss[0]
    for name in ("title", "link", "description"):
        assert len(channel.findall(name)) == 1 and channel.findtext(name)
    for item in channel.findall("item"):
        assert item.find("title") is not None or item.find("description") is not None
        for name in ("title", "link", "description", "guid", "pubDate", "comments", "author"):
            assert len(item.findall(name)) <= 1, name
        assert email.utils.parsedate_to_datetime(item.findtext("pubDate")).tzinfo
        assert item.find("guid").get("isPermaLink") == "false" and item.findtext("guid")
        for enclosure in item.findall("enclosure"):
            whole(IRI, enclosure.get("url"))
            whole(r"\d+", enclosure.get("length"))
            whole(MEDIA_TYPE, enclosure.get("type"))
        for link in item.findall("link"):
            whole(IRI, link.text)
        for language in item.findall(DC + "language"):
            whole(LANGUAGE, language.text)
    return [item.findtext("guid") for item in channel.findall("item")]


def check_json(text):
    feed = json.loads(text)
    jsonschema.validate(feed, JSON_FEED)
    return [item["id"] for item in feed["items"]]


CHECKS = {"atom": check_atom, "rss": check_rss, "json": check_json}
EVIL = ["]]>&<\x01\x0b\ufffe\"'\u2028<script>", "a b", "%zz", "http://", "x" * 5000, "\x1b[2J", "de-at-1996-waytoolongtag", "-", "é:é"]


@pytest.fixture
def made(tmp_path):
    made = Made(tmp_path / "spool")
    for seq, text in enumerate(EVIL, 1):
        made.deliver(seq, text, ["a"], id=text, url=text, external_url=text, summary=text, content_html=f"<p>{seq}</p>",
                     authors=[{"name": text, "url": text}, {"url": text}, {"avatar": text}, {}], language=text,
                     attachments=[{"url": text, "mime_type": text, "title": text}, {"url": "https://e.org/x"}],
                     newspool={"rights": text, "comments_url": text, "feed": {"name": "f", "title": text, "url": text}})
    for seq in (20, 21):  # two publishers who count
        made.deliver(seq, "Numbered", ["a"], id="1", feed=f"feed-{seq}", content_text="The text.")
    made.deliver(30, "A title alone", ["a"], id=None, url=None)
    made.deliver(31, "", ["a"], url=None, newspool={"fetched_at": "never"})
    made.deliver(32, "Good", ["a"], id="https://e.org/1", content_html="<p>x</p>", date_modified="2026-11-22T05:00:00Z", language="en-GB")
    return made


@pytest.mark.parametrize("format", CHECKS)
def test_exports_are_valid_whatever_is_in_them(made, format):
    for args in ((), ("--title", "a < b & c \x1b"), ("--tag", "a"), ("--limit", "3"), ("--tag", "none")):
        ids = CHECKS[format](made.run("export", "--format", format, *args))
        assert len(ids) == len(set(ids)) == {"--limit": 3, "--tag": 0 if "none" in args else 14}.get(args[0] if args else "", 14)
        if "--limit" not in args and ids:
            assert "https://e.org/1" in ids and "tag:newspool.invalid,2026:feed-20/1" in ids
            assert "tag:newspool.invalid,2026:feed-21/1" in ids


def test_feeds_of_different_tags_are_different_feeds(made):
    ids = {ElementTree.fromstring(made.run("export", "--format", "atom", *args)).findtext(ATOM + "id")
           for args in ((), ("--tag", "a"), ("--tag", "b"), ("--title", "ü /?"))}
    assert len(ids) == 4 and all(re.fullmatch(IRI, i) for i in ids)


def test_what_was_good_goes_out_as_it_is(made):
    items = json.loads(made.run("export", "--format", "json"))["items"]
    records = {record["_newspool"]["seq"]: record for record in map(json.loads, made.run("tail", "-n", "99", "--json").strip().split("\n"))}
    assert items[0] == records[32]
    numbered, = [item for item in items if item["_newspool"]["seq"] == 20]
    assert {**numbered, "id": "1"} == records[20]
