"""Lists of feeds in and out: newsboat itself as the other side, exports as other readers write them, large and
hostile lists."""
import json
import os
import pty
import shutil
import subprocess
import time
import xml.etree.ElementTree as ET

import pytest

from conftest import BUILD, items, rss
from test_steering import drawn_on
from web import respond, sequence

CONF = """[daemon]
control =
[defaults]
allow-private = yes
[spool]
directory = spool
[state]
database = state.db
"""

# As these programs write them: attributes, namespaces and folders; the feeds are made up.
FRESHRSS = """<?xml version="1.0" encoding="UTF-8"?>
<opml xmlns:frss="https://freshrss.org/opml" version="2.0">
  <head><title>FreshRSS</title><dateCreated>Mon, 23 Nov 2026 08:00:00 +0000</dateCreated></head>
  <body>
    <outline text="Uncategorized">
      <outline text="A blog" type="rss" xmlUrl="https://blog.example/feed" htmlUrl="https://blog.example/" description="Words &amp; more"
        frss:priority="important" frss:cssFullContent="article &gt; p"/>
    </outline>
    <outline text="News" frss:opmlUrl="https://lists.example/news.opml">
      <outline text="Scraped" type="HTML+XPath" xmlUrl="https://page.example/" htmlUrl="https://page.example/" description=""
        frss:xPathItem="//article" frss:xPathItemTitle="descendant::h2"/>
    </outline>
  </body>
</opml>
"""
FEEDLY = """<?xml version="1.0" encoding="UTF-8"?>

<opml version="1.0">
    <head>
        <title>A person's subscriptions in feedly Cloud</title>
    </head>
    <body>
        <outline text="Semi conductors" title="Semi conductors">
            <outline type="rss" text="Chips" title="Chips" xmlUrl="https://chips.example/rss?x=1&amp;y=2" htmlUrl="https://chips.example"/>
            <outline type="rss" text="Wafers" title="Wafers" xmlUrl="https://wafers.example/" htmlUrl="https://wafers.example"/>
        </outline>
        <outline text="Stocks" title="Stocks">
            <outline type="rss" text="Chips" title="Chips" xmlUrl="https://chips.example/other" htmlUrl="https://chips.example"/>
        </outline>
    </body>
</opml>
"""
THUNDERBIRD = """<?xml version="1.0" encoding="UTF-8"?>
<opml version="1.0" xmlns:fz="urn:forumzilla:">
  <head>
    <title>Thunderbird OPML Export - Feeds</title>
    <dateCreated>Mon, 23 Nov 2026 08:00:00 GMT</dateCreated>
  </head>
  <body>
    <outline title="Blogs &amp; Notes">
      <outline type="rss" title="Notes" text="Notes" version="RSS" fz:quickMode="false"
        fz:options='{"updates":{"enabled":true,"updateMinutes":100},"category":{"enabled":false}}'
        xmlUrl="https://notes.example/feed" htmlUrl="https://notes.example/"/>
    </outline>
    <outline type="rss" title="Top" text="Top" version="RSS" fz:quickMode="true" xmlUrl="https://top.example/feed" htmlUrl=""/>
  </body>
</opml>
"""
LISTS = {"freshrss": FRESHRSS, "feedly": FEEDLY, "thunderbird": THUNDERBIRD}


@pytest.fixture
def folder(tmp_path):
    return make(tmp_path, "one")


def make(tmp_path, name):
    path = tmp_path / name
    path.mkdir()
    (path / "newspool.conf").write_text(CONF)
    return path


def run(folder, *args, status=0, stdin=None):
    done = subprocess.run([str(BUILD / "newspool"), args[0], "--config", str(folder / "newspool.conf"), *map(str, args[1:])],
                          capture_output=True, text=True, timeout=120, input=stdin or "")
    assert done.returncode == status, (args, done.returncode, done.stdout, done.stderr)
    return done.stdout, done.stderr


def feeds(opml):
    """Each feed with its folders and all its attributes but what newspool adds."""
    found = []

    def walk(element, path):
        for outline in element.findall("outline"):
            attributes = dict(outline.attrib)
            if "xmlUrl" in attributes:
                attributes.pop("newspoolName", None), attributes.pop("category", None)
                found.append((path, tuple(sorted(attributes.items()))))
            else:
                walk(outline, path + (tuple(sorted(attributes.items())),))
    walk(ET.fromstring(opml).find("body"), ())
    return found


def names(opml):
    return [o.get("newspoolName") for o in ET.fromstring(opml).iter("outline") if o.get("xmlUrl")]


@pytest.mark.parametrize("program", sorted(LISTS))
def test_what_another_program_wrote_goes_round_with_every_attribute(folder, tmp_path, program):
    source = tmp_path / f"{program}.opml"
    source.write_text(LISTS[program])
    out, err = run(folder, "import", source)
    assert ("freshrss.opml:10: https://page.example/: another program makes this feed of a page" in err) == (program == "freshrss")
    expected = feeds(LISTS[program])
    assert out.startswith(f"imported {len(expected)} feeds into feeds.d/{program}.opml; 0 had already, 0 left out")
    exported, _ = run(folder, "export", "--opml")
    assert feeds(exported) == expected
    again = make(tmp_path, "again")
    (tmp_path / "second.opml").write_text(exported)
    run(again, "import", tmp_path / "second.opml")
    exported_again, _ = run(again, "export", "--opml")
    assert feeds(exported_again) == expected and names(exported_again) == names(exported)
    assert len(set(names(exported))) == len(expected)


def test_sections_go_out_in_folders_and_come_back_under_their_names(folder, tmp_path):
    with open(folder / "newspool.conf", "a") as conf:
        conf.write("[feed plain]\nurl = https://plain.example/\n"
                   "[feed own-name]\nurl = https://a.example/?a=1&b=2\ntitle = A <b> & \"c\"\ntags = tech, chips\npassword-file = \n"
                   "[feed other]\nurl = https://b.example/\ntags = tech\nuser = secret-user\npassword-file = pw\n")
    (folder / "pw").write_text("hush\n")
    (folder / "pw").chmod(0o600)
    exported, _ = run(folder, "export", "--opml")
    assert "secret" not in exported and "pw" not in exported
    again = make(tmp_path, "again")
    (tmp_path / "x.opml").write_text(exported)
    run(again, "import", tmp_path / "x.opml")
    for name, tags in (("plain", ""), ("own-name", "tech\nchips\n"), ("other", "tech\n")):
        assert run(again, "tag", name)[0] == tags


def newsboat(home, *args, **kw):
    (home / ".newsboat").mkdir(parents=True, exist_ok=True)
    return subprocess.run([shutil.which("newsboat"), *map(str, args)], capture_output=True, text=True, timeout=30,
                          env={"HOME": str(home), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}, check=True, **kw).stdout


@pytest.mark.skipif(not shutil.which("newsboat"), reason="no newsboat here")
def test_round_trip_with_newsboat_itself(folder, tmp_path):
    home = tmp_path / "home"
    (home / ".newsboat").mkdir(parents=True)
    (home / ".newsboat/urls").write_text('https://a.example/feed.xml "~A <b> title" tech "two words"\n'
                                         '# mine\nhttps://b.example/?a=1&b=2 tech\n"query:New:unread = \\"yes\\""\nhttps://c.example/\n')
    exported = newsboat(home, "-e")
    (tmp_path / "boat.opml").write_text(exported)
    run(folder, "import", tmp_path / "boat.opml")
    ours, _ = run(folder, "export", "--opml")
    assert [dict(a)["xmlUrl"] for _, a in feeds(ours)] == [dict(a)["xmlUrl"] for _, a in feeds(exported)]
    assert feeds(ours) == feeds(exported)  # titles, htmlUrl="" and all
    # its own file, with tags, and back into a newsboat that knows nothing
    urls = make(tmp_path, "urls")
    out, err = run(urls, "import", "--name", "boat", home / ".newsboat/urls", status=1)
    assert "imported 3 feeds" in out and "1 left out" in out
    assert f"{home}/.newsboat/urls:4: query:New:unread = \"yes\": a question to newsboat's own database" in err
    assert run(urls, "tag", "https://a.example/feed.xml")[0] == "tech\ntwo-words\n"
    with open(urls / "newspool.conf", "a") as conf:
        conf.write("[feed d]\nurl = https://d.example/\ntags = chips\n")
    (tmp_path / "ours.opml").write_text(run(urls, "export", "--opml")[0])
    other = tmp_path / "other"
    (other / ".newsboat").mkdir(parents=True)
    newsboat(other, "-i", tmp_path / "ours.opml")
    lines = (other / ".newsboat/urls").read_text().split("\n")
    assert {line.split()[0] for line in lines if line.strip()} == {
        "https://a.example/feed.xml", "https://b.example/?a=1&b=2", "https://c.example/", "https://d.example/"}
    assert 'https://d.example/ "chips"' in lines


def test_sfeedrc_is_read_and_never_run(folder, tmp_path):
    (tmp_path / "sfeedrc").write_text(
        "#sfeedpath=\"$HOME/.sfeed/feeds\"\nfeeds() {\n\tfeed 'A feed' 'https://a.example/atom.xml' 'https://a.example/' UTF-8\n"
        f"\tfeed \"b\" \"https://b.example/$(touch {tmp_path}/run)\"\n\tfeed c `touch {tmp_path}/run`\n}}\n")
    out, err = run(folder, "import", tmp_path / "sfeedrc", status=1)
    assert "imported 1 feed into" in out and "2 left out" in out and "sfeedrc:4: b: the shell makes its URL" in err
    assert not (tmp_path / "run").exists()
    (path, attributes), = feeds(run(folder, "export", "--opml")[0])
    assert dict(attributes)["htmlUrl"] == "https://a.example/" and dict(attributes)["text"] == "A feed"


ODD = (b"\xef\xbb\xbf<?xml version='1.0' encoding='utf-8'?>\r\n<opml version='1.0'><body>\r\n<outline text='A' XMLURL='https://a.example/'/>"
       b"<outline text='b' xmlurl='feed://b.example/x'/><outline text='' xmlUrl='feed:https://c.example/ '/>\r\n"
       b"<outline title='Link' type='link' url='https://page.example/'/><outline text='empty' xmlUrl=''/>"
       b"<outline title='E' xmlUrl='HTTPS://E.Example/feed'/><outline text='p' xmlUrl='itpc://pod.example/'/></body></opml>")


@pytest.mark.parametrize("written", [
    ODD, ODD.decode("utf-8-sig").replace("utf-8", "UTF-16").encode("utf-16"),
    ODD.decode("utf-8-sig").replace("utf-8", "ISO-8859-1").replace("'A'", "'\xe4'").encode("latin-1")], ids=["utf-8", "utf-16", "latin-1"])
def test_a_list_in_an_odd_hand_is_read(folder, tmp_path, written):
    (tmp_path / "odd.opml").write_bytes(written)
    out, _ = run(folder, "import", tmp_path / "odd.opml")
    assert out.startswith("imported 5 feeds")
    run(folder, "check")
    exported, _ = run(folder, "export", "--opml")
    outlines = [o for o in ET.fromstring(exported).iter("outline")]
    assert any(o.get("url") == "https://page.example/" for o in outlines)  # what is no feed stays, too
    assert run(folder, "tag", "https://c.example/")[0] == "" and run(folder, "tag", "http://b.example/x")[0] == ""
    out, _ = run(folder, "import", "--name", "again", "-", stdin="http://b.example/x\nfeed://pod.example/\n")
    assert "imported 0 feeds" in out and "2 had already" in out


def test_what_is_had_wrong_or_twice_is_told_and_the_rest_is_taken(folder):
    with open(folder / "newspool.conf", "a") as conf:
        conf.write("[feed had]\nurl = https://had.example/\n")
    text = ("https://HAD.example:443/\nhttps://new.example/\nhttps://new.example/#again\nftp://old.example/\n"
            "https://user:secret@c.example/\nnonsense\n\x1b[31mhttps://red.example/\n")
    out, err = run(folder, "import", "--name", "l", "-", stdin=text, status=1)
    assert out == "imported 1 feed into feeds.d/l.opml; 2 had already, 4 left out\n"
    assert err.count("-:") == 4 and "-:4: ftp://old.example/: " in err and "\x1b" not in err
    before = (folder / "feeds.d/l.opml").read_text()
    _, err = run(folder, "import", "--name", "l", "-", stdin="https://x.example/\n", status=1)
    assert "is there already: --replace it" in err and (folder / "feeds.d/l.opml").read_text() == before
    out, _ = run(folder, "import", "--replace", "--name", "l", "-", stdin="https://x.example/\nhttps://new.example/\n")
    assert out.startswith("imported 2 feeds")
    out, _ = run(folder, "import", "--json", "--name", "k", "-", stdin="https://x.example/\nnonsense\n", status=1)
    said = json.loads(out)
    assert said["had"] == 1 and said["left_out"] == 1 and said["failures"][0]["what"] == "nonsense" and not said["imported"]
    assert not (folder / "feeds.d/k.opml").exists()


@pytest.mark.parametrize("text, words", [
    ("<html></html>", "not an OPML list"), ("<opml><body>", "no element found"), ("<?xml version='1.0'?>", "no element"),
    ("<!DOCTYPE opml [<!ENTITY a 'aaaa'>]><opml><body>&a;</body></opml>", "declare entities"),
    ("<opml>" + "<outline>" * 100, "64 deep"),
])
def test_what_is_no_list_changes_nothing(folder, text, words):
    _, err = run(folder, "import", "--name", "l", "-", stdin=text, status=1)
    assert words in err and not (folder / "feeds.d").exists()
    for wrong in (["--format", "x", "-"], ["--name", "A B", "-"], ["--interval", "x", "-"], []):
        run(folder, "import", *wrong, status=2)


def test_trying_a_list_says_which_feeds_do_not_work(folder, web):
    good = [web.url(f"/good{i}") for i in range(40)]
    bad = [web.url(f"/bad{i}") for i in range(3)]
    for url in good:
        web.route("/" + url.rsplit("/", 1)[1], sequence(respond(rss(items("g", 1)))))
    for url in bad:
        web.route("/" + url.rsplit("/", 1)[1], sequence(respond("x", "404 Not Found")))
    (folder / "newspool.conf").write_text(CONF.replace("control =", "control =\nhost-spacing = 0s\nmax-host-connections = 8"))
    text = "\n".join(good + bad) + "\n"
    out, err = run(folder, "import", "--try", "--dry-run", "--name", "l", "-", stdin=text, status=1)
    assert "would import 43 feeds" in out and "of those that were tried 3 failed" in out
    assert all(f"{url}: HTTP status 404" in err for url in bad) and not (folder / "feeds.d").exists()
    out, _ = run(folder, "import", "--only-working", "--name", "l", "-", stdin=text, status=1)
    assert "imported 40 feeds" in out
    exported, _ = run(folder, "export", "--opml")
    assert sorted(dict(a)["xmlUrl"] for _, a in feeds(exported)) == sorted(good)


def test_trying_a_long_list_shows_how_far_it_is(folder, web):
    for i in range(30):
        web.route(f"/g{i}", sequence(respond(rss(items("g", 1))) if i % 3 else respond("x", "404 Not Found")))
    (folder / "newspool.conf").write_text(CONF.replace("control =", "control =\nhost-spacing = 0s\nmax-host-connections = 8"))
    (folder / "l.txt").write_text("".join(web.url(f"/g{i}") + "\n" for i in range(30)))
    leader, follower = pty.openpty()
    process = subprocess.Popen([str(BUILD / "newspool"), "import", "--config", str(folder / "newspool.conf"), "--try",
                                str(folder / "l.txt")], stdout=subprocess.PIPE, stderr=follower)
    os.close(follower)
    drawn = drawn_on(leader)
    out = process.communicate(timeout=60)[0].decode()
    assert process.returncode == 1 and "imported 30 feeds" in out and "10 failed" in out
    places = [drawn.index(f"\rtried {n} of 30, ") for n in (1, 10, 30)]
    assert places == sorted(places) and drawn.count("HTTP status 404") == 10


def test_a_large_list_goes_in_and_out_in_seconds(folder, tmp_path):
    n = 20000
    (tmp_path / "big.opml").write_text("<opml version='2.0'><body>" + "".join(
        f"<outline text='Feed {i}' xmlUrl='https://h{i}.example/{i}'/>" for i in range(n)) + "</body></opml>")
    begin = time.monotonic()
    out, _ = run(folder, "import", tmp_path / "big.opml")
    assert f"imported {n} feeds" in out
    exported, _ = run(folder, "export", "--opml")
    assert len(feeds(exported)) == n
    assert time.monotonic() - begin < 30
