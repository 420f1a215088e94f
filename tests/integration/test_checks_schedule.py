"""The schedule, checked on the wire: S01 to S23 of the poller's checks (CHECKS.md). The interval is a second or two."""
import glob
import os
import signal
import sqlite3
import time

import pytest

from conftest import items, rss, wait_for
from web import CLOSE, not_modified, respond, sequence

FEED = rss(items("s", 3))


def gaps(requests):
    times = [r.time for r in requests]
    return [b - a for a, b in zip(times, times[1:])]


def poll(daemon, web, reply, n, defaults="", seconds=45):
    web.route("/feed.xml", reply)
    daemon.configure({"f": web.url()}, defaults=defaults).start()
    wait_for(lambda: len(web.seen("/feed.xml")) >= n, daemon.log, seconds)
    return web.seen("/feed.xml")


def test_S01_never_earlier_than_the_interval(daemon, web):
    requests = poll(daemon, web, sequence(respond(FEED, "200 OK", 'ETag: "1"'), not_modified()), 12)
    assert min(gaps(requests)) >= 1.0
    assert max(gaps(requests)) <= 2.0


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_S02_restarts_keep_the_interval(daemon, web, how):
    web.route("/feed.xml", sequence(respond(FEED)))
    daemon.configure({"f": {"url": web.url(), "interval": "6s"}}).start()
    daemon.wait_polls("f")
    for _ in range(5):
        getattr(daemon, how)()
        daemon.start()
    daemon.wait_polls("f")
    assert gaps(web.seen("/feed.xml"))[0] >= 6.0


def test_S03_kill_in_mid_response_costs_one_request_at_most(daemon, web):
    started = []

    def slow(request):
        started.append(request)
        yield b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"
        yield 30

    web.route("/feed.xml", sequence(slow, respond(FEED)))
    daemon.configure({"f": {"url": web.url(), "interval": "4s"}}).start()
    wait_for(lambda: started, daemon.log)
    daemon.kill()
    daemon.start().wait_polls("f", 2)
    requests = web.seen("/feed.xml")
    assert len(requests) == 3
    assert gaps(requests)[1] >= 4.0


def test_S04_reloads_poll_only_what_is_new(daemon, web):
    web.route("/feed.xml", sequence(respond(FEED)))
    web.route("/new.xml", sequence(respond(rss(items("new", 2)))))
    daemon.configure({"f": {"url": web.url(), "interval": "1h"}}).start()
    daemon.wait_polls("f")
    for _ in range(5):
        daemon.process.send_signal(signal.SIGHUP)
    daemon.configure({"f": {"url": web.url(), "interval": "1h"}, "new": {"url": web.url("/new.xml"), "interval": "1h"}})
    daemon.process.send_signal(signal.SIGHUP)
    daemon.wait_polls("new")
    assert len(web.seen("/feed.xml")) == 1 and len(web.seen("/new.xml")) == 1


@pytest.mark.skipif("sanitized" in os.environ.get("NEWSPOOL_BUILD", ""),
                    reason="libfaketime and the sanitizers both want to be loaded first")
@pytest.mark.parametrize("step", [-3600, 86400], ids=["back", "forward"])
@pytest.mark.parametrize("when", ["running", "stopped"])
def test_S05_a_clock_step_makes_no_burst_and_no_silence(daemon, web_everywhere, tmp_path, monkeypatch, step, when):
    libraries = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
    if not libraries:
        pytest.skip("libfaketime is missing: apt-get install libfaketime")
    offset = tmp_path / "offset"
    offset.write_text("+0\n")
    for name, value in {"LD_PRELOAD": libraries[0], "FAKETIME_TIMESTAMP_FILE": offset, "FAKETIME_NO_CACHE": "1",
                        "FAKETIME_DONT_FAKE_MONOTONIC": "1"}.items():
        monkeypatch.setenv(name, str(value))
    web = web_everywhere
    web.route("*", lambda r: respond(rss(items(r.path[1:], 1))))
    names = [f"f{n}" for n in range(20)]
    daemon.configure({n: {"url": web.url(f"/{n}", host=f"127.0.0.{1 + i}"), "interval": "3s"}
                      for i, n in enumerate(names)}, daemon="sandbox = no").start()  # libfaketime writes to /dev/shm
    wait_for(lambda: all(len(web.seen(f"/{n}")) >= 2 for n in names), daemon.log)
    if when == "stopped":
        daemon.stop()
    stepped = offset.with_suffix(".new")
    stepped.write_text(f"{step:+d}\n")
    stepped.rename(offset)
    at = time.monotonic()
    if when == "stopped":
        daemon.start()
    wait_for(lambda: all([r for r in web.seen(f"/{n}") if r.time > at + 4] for n in names), daemon.log, 75)
    shortest = min(min(gaps(web.seen(f"/{n}"))) for n in names)
    longest = max(max(gaps(web.seen(f"/{n}"))) for n in names)
    if (when, step) != ("stopped", 86400):  # a day for which nothing ran is as good as one that passed
        assert shortest >= 3.0
    assert longest <= 70 and max(len(web.seen(f"/{n}")) for n in names) <= (time.monotonic() - web.requests[0].time) / 3 + 2


@pytest.mark.parametrize("headers", [
    ("Cache-Control: max-age=3",), ("Cache-Control: public, Max-Age=3, must-revalidate",),
    ('Cache-Control: max-age="3"',), ("Cache-Control: max-age=9", "Age: 6"),
], ids=["plain", "list", "quoted", "age"])
def test_S06_S11_max_age_makes_it_later(daemon, web, headers):
    requests = poll(daemon, web, sequence(respond(FEED, "200 OK", *headers)), 2)
    assert 3.0 <= gaps(requests)[0] <= 6.0


@pytest.mark.parametrize("value", ["max-age=0", "no-cache", "no-store", "private", "s-maxage=30", "max-age=-5",
                                   "stale-while-revalidate=30"])
def test_S07_S11_never_earlier_than_the_interval_and_conditional(daemon, web, value):
    requests = poll(daemon, web, sequence(
        respond(FEED, "200 OK", 'ETag: "1"', f"Cache-Control: {value}"), not_modified()), 3)
    assert min(gaps(requests)) >= 1.0 and max(gaps(requests)) <= 3.0
    assert all(r.etag == b'"1"' for r in requests[1:])


def http_date(seconds, form="%a, %d %b %Y %H:%M:%S GMT"):
    return time.strftime(form, time.gmtime(time.time() + seconds))


@pytest.mark.parametrize("expires, low, high", [
    (lambda: ("Expires: " + http_date(5),), 3.0, 15.0),
    (lambda: ("Expires: " + http_date(600), "Cache-Control: max-age=3"), 3.0, 6.0),
    (lambda: ("Expires: 0",), 1.0, 2.5), (lambda: ("Expires: -1",), 1.0, 2.5),
    (lambda: ("Expires: " + http_date(-600),), 1.0, 2.5), (lambda: ("Expires: soon",), 1.0, 2.5),
], ids=["ahead", "max-age-wins", "zero", "minus", "past", "junk"])
def test_S08_expires(daemon, web, expires, low, high):
    requests = poll(daemon, web, lambda r: respond(FEED, "200 OK", *expires()), 2)
    assert low <= gaps(requests)[0] <= high


@pytest.mark.parametrize("value", [315360000, 2**31, 2**63, 10**9, 10**20])
def test_S09_absurd_max_age_is_clamped(daemon, web, value):
    requests = poll(daemon, web, sequence(respond(FEED, "200 OK", f"Cache-Control: max-age={value}")), 2,
                    defaults="max-interval = 3s")
    assert 1.0 <= gaps(requests)[0] <= 6.0


def test_S10_max_age_of_a_304_counts(daemon, web):
    requests = poll(daemon, web, sequence(respond(FEED, "200 OK", 'ETag: "1"'),
                                          not_modified("Cache-Control: max-age=4")), 3)
    assert gaps(requests)[0] <= 3.0 and gaps(requests)[1] >= 4.0


def with_hints(hints):
    text = rss(items("s", 3)).replace("<rss ", "<rss xmlns:sy='http://purl.org/rss/1.0/modules/syndication/' ")
    return respond(text.replace("<channel>", "<channel>" + hints))


@pytest.mark.parametrize("hints, low, high", [
    ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>900</sy:updateFrequency>", 4.0, 8.0),
    ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>36000</sy:updateFrequency>", 1.0, 2.5),
    ("<ttl>0</ttl>", 1.0, 2.5), ("<ttl>-5</ttl>", 1.0, 2.5), ("<ttl>soon</ttl>", 1.0, 2.5),
    ("<skipHours>" + "".join(f"<hour>{h}</hour>" for h in range(24)) + "</skipHours>", 1.0, 2.5),
], ids=["sy-longer", "sy-shorter", "ttl-0", "ttl-negative", "ttl-junk", "skip-all-hours"])
def test_S12_hints_of_the_document_only_make_it_later(daemon, web, hints, low, high):
    requests = poll(daemon, web, sequence(with_hints(hints)), 2)
    assert low <= gaps(requests)[0] <= high


@pytest.mark.parametrize("hints, why", [
    (lambda: "<ttl>90</ttl>", "ttl 5400"),
    (lambda: "<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>", "ttl 43200"),
    (lambda: "<skipHours>" + "".join(f"<hour>{(time.gmtime().tm_hour + i) % 24}</hour>" for i in (0, 1)) + "</skipHours>",
     "skipHours or skipDays"),
    (lambda: "<skipDays>" + "".join(time.strftime("<day>%A</day>", time.gmtime(time.time() + i * 86400)) for i in (0, 1))
     + "</skipDays>", "skipHours or skipDays"),
], ids=["ttl", "sy", "skipHours", "skipDays"])
def test_S12_hints_in_hours_and_days_are_in_the_schedule_with_their_reason(daemon, web, hints, why):
    web.route("/feed.xml", sequence(with_hints(hints())))
    daemon.configure({"f": web.url()}, defaults="max-interval = 7d").start()
    done = daemon.wait_polls("f")[0]
    assert done["why"] == f'"{why}"'
    left = int(done["next"].rstrip("s"))
    if why.startswith("ttl"):
        assert int(why[4:]) <= left <= int(why[4:]) * 1.1
    else:
        assert time.gmtime(time.time() + left + 1).tm_min <= 5 and 3500 < left < 3 * 86400
    with sqlite3.connect(f"file:{daemon.database}?mode=ro", uri=True) as db:
        assert db.execute("SELECT why_next FROM feeds").fetchone()[0] == why


@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable"])
@pytest.mark.parametrize("form", [lambda: "4", lambda: http_date(5), lambda: http_date(5, "%A, %d-%b-%y %H:%M:%S GMT"),
                                  lambda: http_date(5, "%a %b %e %H:%M:%S %Y")],
                         ids=["seconds", "imf", "rfc850", "asctime"])
def test_S13_S14_S15_retry_after_is_kept(daemon, web, status, form):
    requests = poll(daemon, web, sequence(lambda r: respond(b"later", status, f"Retry-After: {form()}"),
                                          respond(FEED)), 2)
    assert gaps(requests)[0] >= 3.9


def test_S13_retry_after_holds_over_a_restart(daemon, web):
    web.route("/feed.xml", sequence(respond(b"", "429 Too Many Requests", "Retry-After: 5"), respond(FEED)))
    daemon.configure({"f": web.url()}).start()
    daemon.wait_polls("f")
    daemon.kill()
    daemon.start().wait_polls("f")
    assert gaps(web.seen("/feed.xml"))[0] >= 5.0


def test_S13_retry_after_is_not_cut_by_max_interval(daemon, web):
    """That is for feeds that work."""
    requests = poll(daemon, web, sequence(respond(b"", "429 Too Many Requests", "Retry-After: 5"), respond(FEED)), 2,
                    defaults="max-interval = 2s")
    assert 5.0 <= gaps(requests)[0] <= 20


@pytest.mark.parametrize("value", ["-1", "1e99", "soon", "", "100000000000000000000"])
def test_S16_odd_retry_after_is_an_ordinary_failure(daemon, web, value):
    requests = poll(daemon, web, sequence(respond(b"", "429 Too Many Requests", f"Retry-After: {value}"),
                                          respond(FEED)), 2, defaults="max-interval = 4s")
    assert 1.0 <= gaps(requests)[0] <= 20


def test_S17_429_without_retry_after_backs_off_and_recovers(daemon, web):
    no = respond(b"", "429 Too Many Requests")
    requests = poll(daemon, web, sequence(no, no, no, respond(FEED)), 6, seconds=90)
    gap = gaps(requests)
    assert gap[1] >= 1.6 * gap[0] and gap[2] >= 1.6 * gap[1]
    assert gap[3] <= 2.0


@pytest.mark.parametrize("bad", [lambda r: respond(b"x", "500 Internal Server Error"), lambda r: [CLOSE]],
                         ids=["500", "closed"])
def test_S18_one_request_a_poll_and_growing_gaps(daemon, web, bad):
    requests = poll(daemon, web, sequence(bad, bad, bad, respond(FEED)), 6, seconds=90)
    gap = gaps(requests)
    assert gap[0] >= 1.0 and gap[1] > 1.5 * gap[0] and gap[2] > 1.5 * gap[1]
    assert gap[3] <= 2.0


@pytest.mark.parametrize("how", [None, "kill"], ids=["running", "restarted"])
def test_S19_429_for_one_holds_all_feeds_of_the_host(daemon, web_everywhere, how):
    web = web_everywhere
    refused = []

    def answer(request):
        if request.path == "/f3" and request.n == 2:
            refused.append(request)
            return respond(b"later", "429 Too Many Requests", "Retry-After: 8")
        return respond(rss(items(request.path[1:], 1)))

    web.route("*", answer)
    feeds = {f"f{n}": web.url(f"/f{n}", host="127.0.0.1") for n in range(10)}
    daemon.configure({**feeds, "other": web.url("/other", host="127.0.0.2")}).start()
    wait_for(lambda: refused, daemon.log)
    if how:
        wait_for(lambda: any(p.get("status") == "429" for p in daemon.polls("f3")), daemon.log)
        daemon.kill()
        daemon.start()
    at = refused[0].time
    wait_for(lambda: all([r for r in web.seen(f"/f{n}") if r.time > at + 1] for n in range(10)), daemon.log, 45)
    late = [r.time - at for r in web.requests if r.path != "/other" and r.time > at + 1]
    assert min(late) >= 7.9, late
    assert len([r for r in web.seen("/other") if at < r.time < at + 8]) >= 2


def test_S19_503_holds_its_own_url_alone(daemon, web):
    web.route("/bad", lambda r: respond(b"later", "503 Service Unavailable", "Retry-After: 30"))
    web.route("/good", lambda r: respond(FEED))
    daemon.configure({"bad": web.url("/bad"), "good": web.url("/good")}).start()
    daemon.wait_polls("bad")
    daemon.more_polls("good", 2)
    assert len(web.seen("/bad")) == 1


def test_S20_no_more_connections_than_configured(daemon, web_everywhere):
    def slow(request):
        yield 0.05
        yield respond(rss(items(request.path[1:], 1)))

    web = web_everywhere
    web.route("*", slow)
    feeds = {f"f{n}": {"url": web.url(f"/{n}", host=f"127.0.{n % 40}.1"), "interval": "1h"} for n in range(120)}
    daemon.configure(feeds, daemon="max-connections = 8").start()
    wait_for(lambda: len(web.requests) == 120, lambda: f"{len(web.requests)}\n" + daemon.log()[-2000:], 120)
    assert web.most_open <= 8
    assert len({r.target for r in web.requests}) == 120


def test_S21_phases_drift_apart_and_no_gap_is_below_the_interval(daemon, web_everywhere):
    web = web_everywhere
    web.route("*", lambda r: respond(rss(items(r.path[1:], 1))))
    names = [f"f{n}" for n in range(50)]
    daemon.configure({n: {"url": web.url(f"/{n}", host=f"127.0.1.{1 + i}"), "interval": "2s"}
                      for i, n in enumerate(names)}).start()
    wait_for(lambda: all(len(web.seen(f"/{n}")) >= 5 for n in names), daemon.log, 60)
    times = {n: [r.time for r in web.seen(f"/{n}")][:5] for n in names}
    assert min(b - a for t in times.values() for a, b in zip(t, t[1:])) >= 2.0
    took = sorted(t[4] - t[0] for t in times.values())
    assert took[-1] - took[0] >= 0.15  # four jitters of up to 0.1 s each


def test_S22_one_url_twice_is_asked_once(daemon, web):
    web.route("/feed.xml", sequence(respond(FEED)))
    daemon.configure({"a": {"url": web.url(), "interval": "1h", "tags": "a"},
                      "b": {"url": web.url("/feed.xml#fragment"), "interval": "1h", "tags": "b"}},
                     extra="[queue for-b]\ntags = b").start()
    wait_for(lambda: len(daemon.spool.tag("a")) == 3 and len(daemon.spool.tag("b")) == 3, daemon.log)
    assert len(web.seen("/feed.xml")) == 1
    assert [a["tags"] for a in daemon.spool.articles().values()] == [["a", "b"]] * 3
    assert daemon.spool.queue("for-b") == daemon.spool.tag("a") == daemon.spool.tag("b")


def test_S22_the_shorter_interval_counts_and_each_new_article_serves_both(daemon, web):
    web.route("/feed.xml", lambda r: respond(rss(items("s", min(r.n, 4)))))
    daemon.configure({"a": {"url": web.url(), "interval": "30s", "tags": "a"},
                      "b": {"url": web.url().replace("http", "HTTP"), "interval": "1s", "tags": "b"}}).start()
    wait_for(lambda: len(daemon.spool.tag("a")) == 4 and len(daemon.spool.tag("b")) == 4, daemon.log)
    assert len(daemon.spool.articles()) == 4
    assert min(gaps(web.seen("/feed.xml"))) >= 1.0


def test_S22_a_second_name_given_later_gets_what_is_there_at_the_next_poll(daemon, web):
    web.route("/feed.xml", lambda r: not_modified() if r.etag else respond(FEED, "200 OK", 'ETag: "1"'))
    feeds = {"a": {"url": web.url(), "interval": "2s", "tags": "a"}}
    daemon.configure(feeds).start().wait_polls("a", 2)
    daemon.configure({**feeds, "b": {"url": web.url("/feed.xml#b"), "interval": "2s", "tags": "b"}})
    daemon.process.send_signal(signal.SIGHUP)
    wait_for(lambda: len(daemon.spool.tag("b")) == 3, daemon.log)
    n = len(web.seen("/feed.xml"))
    wait_for(lambda: len(web.seen("/feed.xml")) >= n + 2, daemon.log)
    requests = web.seen("/feed.xml")
    assert requests[-1].etag == b'"1"' and min(gaps(requests)) >= 2.0
    assert len(daemon.spool.articles()) == 3


def test_S22_the_first_name_goes_and_the_second_keeps_pace_and_memory(daemon, web):
    web.route("/feed.xml", lambda r: not_modified() if r.etag else respond(FEED, "200 OK", 'ETag: "1"'))
    b = {"b": {"url": web.url("/feed.xml#b"), "interval": "2s", "tags": "b"}}
    daemon.configure({"a": {"url": web.url(), "interval": "2s", "tags": "a"}, **b}).start().wait_polls("a", 2)
    daemon.configure(b)
    daemon.process.send_signal(signal.SIGHUP)
    daemon.wait_polls("b", 2)
    requests = web.seen("/feed.xml")
    assert min(gaps(requests)) >= 2.0 and all(r.etag == b'"1"' for r in requests[1:])
    assert len(daemon.spool.articles()) == 3


def test_S22_another_user_s_feed_is_another_feed(daemon, web, tmp_path):
    (tmp_path / "token").write_text("secret")
    (tmp_path / "token").chmod(0o600)
    web.route("/feed.xml", lambda r: respond(rss(items("t" if r.header("Authorization") else "s", 2))))
    daemon.configure({"a": {"url": web.url(), "interval": "1h"},
                      "b": {"url": web.url(), "interval": "1h", "token-file": tmp_path / "token"}}).start()
    daemon.wait_polls("a"), daemon.wait_polls("b")
    assert len(web.seen("/feed.xml")) == 2 and len(daemon.spool.articles()) == 4


def test_S23_connections_of_one_host_are_few(daemon, web):
    def slow(request):
        yield 0.3
        yield respond(rss(items(request.path[1:], 1)))

    web.route("*", slow)
    daemon.configure({f"f{n}": {"url": web.url(f"/{n}"), "interval": "1h"} for n in range(20)}).start()
    wait_for(lambda: len(web.requests) == 20, daemon.log)
    assert web.most_open <= 2
