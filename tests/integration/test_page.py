"""The page, in a headless Chromium: it loads clean, runs nothing, fits the window, and can be read.

Screenshots are kept in $NEWSPOOL_SCREENSHOTS, else in the test's folder.
"""
import html
import http.client
import json
import os
import pathlib
import re
import urllib.parse

import pytest

from browser import CHROMIUM, DRIVER, Browser
from conftest import TOP, free_port, rss, wait_for
from web import respond, sequence

needs_browser = pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="no chromium with its driver here")

HOSTILE = ("<script>window.hit=1</script><img src='http://127.0.0.1:1/track.png' onerror='window.hit=2'>"
           "<svg onload='window.hit=3'></svg><a href='javascript:window.hit=4'>press me</a>"
           "<iframe src='http://127.0.0.1:1/'></iframe><style>body{display:none}</style>"
           "<p style='position:fixed;inset:0;background:url(http://127.0.0.1:1/x)'>still here</p>"
           "<a href='http://publisher.example/?a=1&amp;b=2'>a fair link</a></main></body></html><h1>outside</h1>"
           "<pre>" + "x" * 400 + "</pre><table><tr>" + "<td>" + "wide-cell-" * 30 + "</td>" * 6 + "</tr></table>")
TITLE = "</title><script>window.hit=5</script><img src=x onerror=window.hit=6> \"quoted\" " + "W" * 150


# Feed, title, text: without blanks, from right to left, in letters that have two cases.
SCRIPTS = {
    "zh": ("東方新聞", "港口交通連續第三個月增長", "港口當局表示本月抵港的運糧船隻數量超過以往任何一個月" * 12),
    "ar": ("صحيفة الميناء", "حركة الميناء ترتفع (تقرير 2026)", "&lt;p&gt;قالت سلطة الميناء إن عدد السفن أكبر.&lt;/p&gt;&lt;ul&gt;&lt;li&gt;نقطة&lt;/li&gt;&lt;/ul&gt;"),
    "ru": ("‮Вестник", "Порт растёт третий месяц", "Власти порта: судов больше (c++ [sic] .*), чем когда-либо, и это не предел."),
}


def hostile_feed():
    return json.dumps({
        "version": "https://jsonfeed.org/version/1.1", "title": "<b>Feed</b> & \"co\" " + "V" * 120, "home_page_url": "http://publisher.example/",
        "items": [{"id": "evil", "url": "http://publisher.example/evil?\"><script>", "title": TITLE, "content_html": HOSTILE,
                   "authors": [{"name": "<i>Mallory</i>", "url": "javascript:alert(1)"}],
                   "attachments": [{"url": "http://publisher.example/a.mp3", "mime_type": "audio/<b>"}]},
                  {"id": "plain", "url": "http://publisher.example/plain", "title": "Plain words", "content_text": "One.\n\nTwo <b>."},
                  {"id": "long", "title": "A title that goes on, as titles do when nobody stops them, " * 8, "content_text": "y" * 300}]})


@pytest.fixture(scope="module")
def station(tmp_path_factory):
    """A daemon with news of several categories, a feed that fails and one that attacks; and where its page is."""
    from conftest import Daemon, Nginx
    from web import Web
    folder = tmp_path_factory.mktemp("page")
    daemon, nginx, web = Daemon(folder), Nginx(folder / "nginx"), Web()
    feeds = {}
    for line in (TOP / "conf/sample/feeds.txt").read_text().splitlines():
        name, file, tags = line.split(None, 2)
        nginx.put(file, (TOP / "conf/sample" / file).read_bytes())
        feeds[name] = {"url": nginx.url(file), "tags": tags, "interval": "1h"}
    web.route("/evil", sequence(respond(hostile_feed(), "200 OK", "Content-Type: application/feed+json")))
    web.route("/gone", sequence(respond("x", "410 Gone")))
    web.route("/page", sequence(respond("<html><head><title>Moved <b></title></head>")))
    feeds["evil"] = {"url": web.url("/evil"), "tags": "attacks", "interval": "1h"}
    words = " ".join(f"word{i} of the report on harbour traffic" for i in range(40))
    for name, last in (("wire-one", "today"), ("wire-two", "tonight")):
        web.route(f"/{name}", sequence(respond(rss([(name, "Harbour traffic rises", f"{words} {last}")], title=f"Agency {name}"))))
        feeds[name] = {"url": web.url(f"/{name}"), "tags": "wires", "interval": "1h"}
    feeds["gone"] = {"url": web.url("/gone"), "title": "Old news & more"}
    feeds["moved"] = {"url": web.url("/page"), "interval": "1h"}
    for name, (title, heading, text) in SCRIPTS.items():
        web.route(f"/{name}", sequence(respond(rss([(f"{name}-1", heading, text)], title=title))))
        feeds[name] = {"url": web.url(f"/{name}"), "tags": f"{name}-news, all-scripts", "interval": "1h"}
    feeds["missing"] = {"url": nginx.url("missing.xml"), "interval": "1h", "title": "A feed that is not there"}
    port = free_port()
    daemon.configure(feeds, daemon=f"listen = 127.0.0.1:{port}").start()
    for name in feeds:
        daemon.wait_polls(name)
    wait_for(lambda: len(daemon.spool.articles()) > 10, daemon.log)
    daemon.url = f"http://127.0.0.1:{port}"
    daemon.port = port
    yield daemon
    daemon.close(), nginx.close(), web.close()


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    made = Browser(tmp_path_factory.mktemp("browser"))
    yield made
    made.close()


def get(station, path, method="GET", accept="text/html,*/*;q=0.8"):
    connection = http.client.HTTPConnection("127.0.0.1", station.port, timeout=20)
    connection.request(method, path, headers={"Accept": accept} if accept else {})
    answer = connection.getresponse()
    return answer.status, answer.headers, answer.read().decode()


def sequence_of(station, words):
    return next(a["_newspool"]["seq"] for a in station.spool.articles().values() if words in a["title"])


def pages(station):
    return {"home": "/", "feeds": "/feeds", "tag": "/tag/technology-news", "feed": "/feed/evil", "failing": "/feed/missing",
            "article": f"/article/{first(station)}", "hostile": f"/article/{sequence_of(station, 'window.hit')}",
            "nothing": "/article/999999", "astray": "/no/such/page", "search": "/search?text=harbour+traffic",
            "unfound": "/search?text=%3Cscript%3E", "ask": "/search", "filtered": "/feeds?state=failing&text=a",
            "rtl": f"/article/{sequence_of(station, 'حركة')}", "chinese": "/tag/zh-news"}


def first(station):
    return min(a["_newspool"]["seq"] for n, a in station.spool.articles().items() if a["_newspool"]["feed"]["name"] != "evil")


def test_every_page_has_a_policy_that_allows_nothing(station):
    for path in pages(station).values():
        status, headers, body = get(station, path)
        assert status == (404 if path in ("/article/999999", "/no/such/page") else 200), path
        policy = headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; img-src data:; style-src 'sha256-")
        assert "unsafe" not in policy and "script-src" not in policy and policy.count("'self'") == 1
        assert "form-action 'self'" in policy and len(headers.get_all("X-Content-Type-Options")) == 1
        assert headers["X-Content-Type-Options"] == "nosniff" and headers["Referrer-Policy"] == "no-referrer"
        assert headers["Content-Type"] == "text/html; charset=utf-8"
        lower = body.lower()
        assert "<script" not in lower and "<img" not in lower and " onerror" not in re.sub(r">[^<]*<", "><", lower)
        assert not re.search(r"<[^>]* (style|src|srcset)=", body), path
        for link in re.findall(r'<a [^>]*href="(http[^"]*)"[^>]*>', body):
            assert f'href="{link}" rel="noopener noreferrer"' in body, link


@pytest.mark.parametrize("path, status", [
    ("/article/0", 404), ("/article/x", 404), ("/article/-1", 404), ("/article/99999999999999999999", 404), ("/article/1x", 404),
    ("/tag/No%20Slug", 404), ("/tag/..", 404), ("/feed/none", 404), ("/feed/%3Cscript%3E", 404), ("/tag/unused", 200),
    ("/feeds?after=zzzz", 200), ("/feeds?after=%3Cb%3E", 200), ("/tag/technology-news?before=1", 200), ("/nothing", 404),
    ("/feeds?state=odd", 400), ("/feeds?text=%ff", 400), ("/tag/technology-news?before=x", 400), ("/search?text=+++", 200),
    ("/search?text=" + "%28" * 300, 200), ("/search?text=x&before=0", 400), ("/feeds/", 404), ("/feeds?text=%3Cscript%3E", 200),
])
def test_odd_paths_are_pages_too(station, path, status):
    got, headers, body = get(station, path)
    assert got == status and headers["Content-Type"].startswith("text/html") and "<script" not in body
    assert len(re.findall("<h1[ >]", body)) == 1 and body.endswith("</html>\n")


def test_a_program_that_goes_astray_gets_json_and_a_person_a_page(station):
    for path, accept in (("/nothing", None), ("/nothing", "application/json"), ("/v1/feeds/none", "text/html")):
        status, headers, body = get(station, path, accept=accept)
        assert status == 404 and headers["Content-Type"] == "application/json" and json.loads(body)["error"]["code"]
    status, headers, body = get(station, "/feeds", "POST")
    assert status == 405 and headers["Allow"] == "GET, HEAD" and "Not like this" in body
    status, headers, body = get(station, "/favicon.ico")
    assert status == 200 and headers["Content-Type"] == "image/svg+xml" and body.startswith("<svg")


def test_an_article_stands_under_the_tag_that_its_feed_has_first(station):
    _, _, body = get(station, "/")
    heads = re.findall(r'<h2 id="category-\d+">([^<]*)</h2>', body)
    assert {"Zh news", "Ar news", "Ru news"} <= set(heads) and "All scripts" not in heads and len(heads) == len(set(heads))
    assert ">All scripts<" not in body[body.index('class="shares"'):]
    _, _, body = get(station, "/tag/all-scripts")
    assert body.count("<article>") == 3
    _, _, body = get(station, f"/article/{sequence_of(station, 'Порт')}")
    assert 'href="/tag/all-scripts"' in body and 'href="/tag/ru-news"' in body


def test_texts_are_cut_between_characters_and_keep_their_direction_to_themselves(station):
    _, _, body = get(station, "/tag/zh-news")
    excerpt = re.search(r'<p class="excerpt"[^>]*>([^<]*)</p>', body)[1]
    assert "\ufffd" not in body and excerpt.endswith("…") and SCRIPTS["zh"][2].startswith(excerpt[:-1]) and len(excerpt) > 80
    for path in ("/", "/feeds", "/feed/ru", f"/article/{sequence_of(station, 'Порт')}"):
        _, _, body = get(station, path)
        for tag in re.findall(r"<(\w[^>]*)>[^<]*(?:Вестник|حركة|صحيفة)", body):
            assert 'dir="auto"' in tag or tag == "title", (path, tag)


def titles(body):
    return re.findall(r'<h2[^>]*><a href="/article/\d+" dir="auto">([^<]*)</a>', body)


def test_articles_are_searched_without_a_script(station):
    def found(text):
        return titles(get(station, "/search?text=" + urllib.parse.quote_plus(text))[2])

    assert found("порт РАСТЁТ") == found("BОЛЬШЕ".replace("B", "Б") + " порта") == ["Порт растёт третий месяц"]
    assert found("c++ [sic] .*") == ["Порт растёт третий месяц"] and found(".*") == ["Порт растёт третий месяц"]
    assert found("港口當局") == ["港口交通連續第三個月增長"]
    assert sorted(found("harbour rises")) == ["Harbour traffic rises"] * 2 and found("harbour порт") == []
    assert found("ru-news") == found("вестник") == ["Порт растёт третий месяц"]
    _, _, body = get(station, "/search?text=%3Cscript%3Ealert(1)%3C%2Fscript%3E%22")
    assert "No article has all of these words." in body and 'value="&lt;script&gt;alert(1)&lt;/script&gt;&quot;"' in body
    assert len(titles(get(station, "/search?text=e")[2])) <= 30


def test_a_search_goes_on_among_older_articles(station):
    seen, path = [], "/search?text=the"
    while path:
        _, _, body = get(station, path)
        seen += re.findall(r'<h2[^>]*><a href="/article/(\d+)"', body)
        more = re.search(r'<a href="([^"]*)" rel="next"', body)
        path = more and html.unescape(more[1])
    everything = [a["_newspool"]["seq"] for a in station.spool.articles().values()
                  if re.search("the", " ".join([a["title"], a.get("content_text", ""), a.get("summary", ""), *a["tags"],
                                                a["_newspool"]["feed"].get("title", "")]), re.I)]
    assert len(everything) > 10 and [int(n) for n in seen] == sorted(everything, reverse=True)


def test_feeds_are_filtered_and_found_without_a_script(station):
    def names(query):
        return re.findall(r'<a class="name" href="/feed/([^"]*)"', get(station, "/feeds" + query)[2])

    assert names("?state=stopped") == ["gone"] and names("?state=failing") == ["missing", "moved"]
    assert names("?text=OLD+NEWS") == ["gone"] and names("?tag=wires") == ["wire-one", "wire-two"]
    assert names("?state=failing&text=not+there") == ["missing"] and names("?text=nothing+like+it") == []
    _, _, body = get(station, "/feeds?state=failing&text=%22a")
    assert 'name="state" value="failing"' in body and 'value="&quot;a"' in body and "Failing 2" in body and "Stopped 1" in body
    assert 'href="/feeds?state=stopped&amp;text=%22a"' in body and "No feed is like this." in body
    assert 'HTTP status 404' in get(station, "/feeds?state=failing")[2]


def test_the_page_is_read_only(station):
    for method in ("POST", "DELETE", "PUT"):
        assert get(station, "/", method)[0] in (405, 501)
    assert get(station, "/", "HEAD")[2] == ""


def test_home_says_what_needs_attention_and_what_to_do(station):
    _, _, body = get(station, "/")
    assert "Something is wrong" not in body and "3 need attention" in body
    assert '<dt class="sub">failing</dt><dd><a href="/feeds?state=failing" dir="auto">2</a></dd>' in body
    polls = int(re.search(r">polls since</dt><dd>(\d+)</dd>", body)[1])
    assert polls >= len(station.polls()) > 10 and re.search(r">received since</dt><dd>\d+ kB</dd>", body)
    for words in ("Old news &amp; more", "newspool remove it", "A feed that is not there", "look on the site for its new address"):
        assert words in body, words
    assert re.search(r'aria-label="Articles by hour: \d+ in the last day', body) and 'href="/tag/technology-news"' in body
    _, _, feed = get(station, "/feed/gone")
    assert "not any more" in feed and "gone for good" in feed


def test_an_article_has_its_text_its_source_and_its_tags(station):
    record = next(a for a in station.spool.articles().values() if a["_newspool"]["feed"]["name"] != "evil" and a.get("content_html"))
    _, _, body = get(station, f"/article/{record['_newspool']['seq']}")
    assert f'href="/feed/{record["_newspool"]["feed"]["name"]}"' in body
    for tag in record["tags"]:
        assert f'href="/tag/{tag}"' in body
    assert 'rel="noopener noreferrer"' in body and "Read it where it was published" in body


def test_what_says_the_same_is_folded_and_related(station):
    wires = [a["_newspool"]["seq"] for a in station.spool.articles().values() if "wires" in a["tags"]]
    assert len(wires) == 2
    _, _, body = get(station, "/")
    assert body.count("Harbour traffic rises") == 1 and re.search(r"The same from <a href=\"/article/\d+\" dir=\"auto\">Agency wire-", body)
    for one, other in (wires, wires[::-1]):
        _, _, body = get(station, f"/article/{one}")
        related = body[body.index('id="related">Related'):]
        assert f'href="/article/{other}"' in related and f'href="/article/{one}"' not in related


def test_an_article_that_left_the_spool_says_so(station):
    record = max(station.spool.articles().items())[1]
    path = next((station.spool_path / "articles").glob(f"*/{record['_newspool']['seq']:016d}-*"))
    aside = path.with_suffix(".aside")
    path.rename(aside)
    try:
        status, _, body = get(station, f"/article/{record['_newspool']['seq']}")
        assert status == 404 and "not in the spool any more" in body
        assert get(station, "/")[0] == 200
    finally:
        aside.rename(path)


def keep(tmp_path):
    folder = pathlib.Path(os.environ.get("NEWSPOOL_SCREENSHOTS", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


CONTRAST = """
const parse = c => { const m = c.match(/[\\d.]+/g).map(Number); return m.length < 4 ? [...m, 1] : m; };
const light = c => { const f = c.slice(0, 3).map(v => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
  return 0.2126 * f[0] + 0.7152 * f[1] + 0.0722 * f[2]; };
const behind = e => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c[3] > 0) return c; }
  return [255, 255, 255, 1]; };
const bad = [];
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
let n = 0;
while (walker.nextNode()) {
  const e = walker.currentNode.parentElement, text = walker.currentNode.data.trim();
  if (!text || e.closest('.unseen, .skip')) continue;
  n++;
  const s = getComputedStyle(e), a = light(parse(s.color)), b = light(behind(e));
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (ratio < 4.5) bad.push([ratio.toFixed(2), s.color, e.className || e.localName, text.slice(0, 40)]);
}
for (const e of document.querySelectorAll('input:not([type=hidden]), button')) {
  const s = getComputedStyle(e), b = light(behind(e.parentElement)), own = light(parse(s.backgroundColor));
  const ratio = (x, y) => (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
  n++;
  if (ratio(light(parse(s.borderTopColor)), b) < 3) bad.push(['edge', s.borderTopColor, e.localName]);
  for (const part of [null, '::placeholder'])
    if (ratio(light(parse(getComputedStyle(e, part).color)), own) < 4.5) bad.push(['text', part, e.localName]);
}
return { n, bad };
"""
STRUCTURE = """
const levels = [...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(h => +h.localName[1]);
const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
return {
  levels, lang: document.documentElement.lang, title: document.title,
  main: document.querySelectorAll('main').length, header: document.querySelectorAll('body > header').length,
  nav: [...document.querySelectorAll('nav')].map(e => e.getAttribute('aria-label')),
  aside: [...document.querySelectorAll('aside')].map(e => e.getAttribute('aria-label')),
  footer: document.querySelectorAll('footer').length,
  unlabelled: [...document.querySelectorAll('section')].filter(e => !document.getElementById(e.getAttribute('aria-labelledby'))).length,
  twice: ids.filter((id, i) => ids.indexOf(id) !== i),
  empty: [...document.querySelectorAll('a')].filter(a => !a.textContent.trim()).length,
  nolabel: [...document.querySelectorAll('svg')].filter(s => s.getAttribute('aria-hidden') !== 'true' && !s.getAttribute('aria-label')).length,
};
"""
OVERFLOW = """
const width = document.documentElement.clientWidth;
const inner = e => { for (e = e.parentElement; e; e = e.parentElement) if (/auto|scroll|hidden/.test(getComputedStyle(e).overflowX)) return true; };
return { page: document.documentElement.scrollWidth - width,
  out: [...document.body.querySelectorAll('*')].filter(e => !e.closest('.skip, .unseen') && !inner(e) && e.getBoundingClientRect().right > width + 0.5)
    .map(e => e.localName + '.' + e.className).slice(0, 10) };
"""


@needs_browser
@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_pages_load_clean_fit_and_can_be_read(station, browser, tmp_path, width, dark):
    browser.look(width, dark)
    for name, path in pages(station).items():
        browser.open(station.url + path)
        assert [m for m in browser.messages() if "404" not in m or name not in ("nothing", "astray")] == [], name
        assert browser.requests() == [station.url + path], name
        browser.picture(keep(tmp_path) / f"{name}-{width}-{'dark' if dark else 'light'}.png")
        assert browser.run(OVERFLOW) == {"page": 0, "out": []}, name
        contrast = browser.run(CONTRAST)
        assert contrast["n"] > 5 and contrast["bad"] == [], name
    assert browser.run("return getComputedStyle(document.body).backgroundColor") == ("rgb(20, 24, 27)" if dark else "rgb(251, 250, 246)")


def test_pages_without_anything_on_them_say_what_to_do(daemon, nginx):
    daemon.port = free_port()
    daemon.configure({}, daemon=f"listen = 127.0.0.1:{daemon.port}").start()
    said = {"/": "No feed is configured yet. On the command line, newspool add", "/feeds": "None is configured yet.",
            "/tag/none": "Nothing of it among these articles.", "/search?text=x": "No article has all of these words."}
    for path, words in said.items():
        status, _, body = get(daemon, path)
        assert status == 200 and words in body and len(re.findall("<h1[ >]", body)) == 1, path
    home = get(daemon, "/")[2]
    assert "All is well." in home and "0 feeds are polled, 0 articles in the last day." in home and "Nothing does." in home
    daemon.configure({"a": {"url": nginx.url("none.xml"), "interval": "1h"}}, daemon=f"listen = 127.0.0.1:{daemon.port}").reload()
    daemon.wait_polls("a")
    assert "There is no news yet." in get(daemon, "/")[2] and "1 needs attention." in get(daemon, "/")[2]
    assert "None among these articles." in get(daemon, "/feed/a")[2]


@needs_browser
def test_scripts_run_in_their_own_direction(station, browser):
    browser.look(1280)
    browser.open(station.url + f"/article/{sequence_of(station, 'حركة')}")
    assert browser.run("return ['h1', '.body', '.body ul'].map(e => getComputedStyle(document.querySelector(e)).direction)") == ["rtl"] * 3
    assert browser.run("return getComputedStyle(document.querySelector('.byline')).direction") == "ltr"
    before = "const a = document.querySelector('.byline a, .meta a').getBoundingClientRect(), " \
             "t = document.querySelector('.byline time, .meta time').getBoundingClientRect(); return a.right <= t.left"
    assert browser.run(before) is True
    browser.open(station.url + "/tag/ru-news")  # whose feed's title turns round all that follows it
    assert browser.run(before) is True


@needs_browser
def test_a_keyboard_finds_its_way(station, browser):
    browser.look(1280)
    browser.open(station.url + "/feeds?state=failing")

    def tab():
        for kind in ("rawKeyDown", "keyUp"):
            browser.cdp("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9)
        return browser.run("const e = document.activeElement, b = e.getBoundingClientRect(), s = getComputedStyle(e); return "
                           "[e.className || e.id || e.textContent, b.left >= 0 && b.top >= 0, s.outlineStyle, parseFloat(s.outlineWidth)]")

    seen = [tab() for _ in range(8)]
    assert seen[0][0] == "skip" and all(shown and style == "solid" and width >= 2 for _, shown, style, width in seen), seen
    assert [name for name, *_ in seen[1:5]] == ["word", "News", "Feeds", "search-text"]
    browser.open(station.url + "/")
    tab()
    for kind in ("rawKeyDown", "char", "keyUp"):
        browser.cdp("Input.dispatchKeyEvent", type=kind, key="Enter", code="Enter", windowsVirtualKeyCode=13, text="\r")
    wait_for(lambda: browser.here("GET", "/url").endswith("#main"), "the skip link leads to the content")


@needs_browser
def test_a_form_is_sent_by_hand(station, browser):
    browser.look(360)
    browser.open(station.url + "/")
    browser.run("document.querySelector('#search-text').value = 'harbour rises'; document.querySelector('.find button').click()")
    wait_for(lambda: "/search?text=harbour+rises" in browser.here("GET", "/url"), "what was found")
    assert browser.run("return document.querySelector('#search-text').value") == "harbour rises" and browser.messages() == []
    assert browser.run("return document.querySelectorAll('.articles article').length") == 2


@needs_browser
def test_landmarks_and_headings(station, browser):
    browser.look(1280)
    for name, path in pages(station).items():
        browser.open(station.url + path)
        found = browser.run(STRUCTURE)
        levels = found["levels"]
        assert levels.count(1) == 1 and levels[0] == 1, (name, levels)
        assert all(b - a <= 1 for a, b in zip(levels, levels[1:])), (name, levels)
        assert found["main"] == found["header"] == found["footer"] == 1 and found["lang"] == "en"
        assert found["nav"][0] == "Pages" and set(found["nav"]) <= {"Pages", "More of this list"} and all(found["aside"]) and found["title"].endswith("– newspool")
        assert found["unlabelled"] == found["empty"] == found["nolabel"] == 0 and found["twice"] == [], (name, found)


@needs_browser
def test_a_hostile_article_executes_nothing(station, browser):
    browser.look(1280)
    for path in ("/", f"/article/{sequence_of(station, 'window.hit')}", "/feed/evil", "/tag/attacks"):
        browser.open(station.url + path)
        assert browser.run("return window.hit === undefined") is True
        assert browser.run("return document.querySelectorAll('script, img, iframe, object, embed, form:not(.find), link[rel~=stylesheet]').length") == 0
        assert browser.run("return [...document.querySelectorAll('*')].filter(e => [...e.attributes].some(a => /^on|^style$/i.test(a.name))).length") == 0
        assert browser.requests() == [station.url + path] and browser.messages() == []
    browser.open(station.url + f"/article/{sequence_of(station, 'window.hit')}")
    body = browser.run("return document.querySelector('.body').innerText")
    assert "still here" in body and "a fair link" in body and "Picture" in body and "display:none" not in body
    assert browser.run("return [...document.querySelectorAll('.body a')].map(a => a.href)") == [
        "http://127.0.0.1:1/track.png", "http://publisher.example/?a=1&b=2"]
    assert browser.run("return getComputedStyle(document.body).display") == "block"
    assert "</title><script>" in browser.run("return document.title")


@needs_browser
def test_a_reader_walks_from_the_news_to_an_article_and_its_feed(station, browser):
    browser.look(1280)
    browser.open(station.url + "/")
    browser.run("document.querySelector('.category .articles a').click()")
    wait_for(lambda: "/article/" in browser.here("GET", "/url"), "the article's page")
    title = browser.run("return document.querySelector('h1').textContent")
    assert title in browser.run("return document.title")
    browser.run("document.querySelector('.byline .from').click()")
    wait_for(lambda: "/feed/" in browser.here("GET", "/url"), "the feed's page")
    assert title in browser.run("return document.body.innerText")


def test_the_socket_serves_it_too(station):
    import socket
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(20)
        s.connect(str(station.folder / "control.sock"))
        s.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        data = b""
        while chunk := s.recv(65536):
            data += chunk
    assert data.startswith(b"HTTP/1.1 200") and b"<h1>The news</h1>" in data


def test_polling_goes_on_while_pages_are_asked_for(station):
    """Many pages at once, and the status answers in between."""
    for path in list(pages(station).values()) * 5:
        assert get(station, path)[0] in (200, 404)
    assert json.loads(get(station, "/v1/status")[2])["healthy"] is True
