"""The module on spools that are made here, beside writers and workers that are killed."""
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time

import pytest

from newspool import NotARecord, Spool, is_slug

DAY1, DAY2, DAY3 = "2026-11-21", "2026-11-22", "2026-11-23"
MIDNIGHT1 = 1795219200  # of DAY1
HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def name_of(seq):
    return f"{seq:016d}-{seq:016x}.json"


class Writer:
    """Delivers as the daemon does: written elsewhere, moved to its place."""

    def __init__(self, path):
        self.path = path
        for folder in ("articles", "tags", "tmp", "cursors"):
            (path / folder).mkdir(parents=True)

    def __call__(self, seq, where, when=None, text=None):
        record = {"title": f"Title {seq}", "_newspool": {"schema": 1, "seq": seq}}
        new = self.path / "tmp" / name_of(seq)
        new.write_text(json.dumps(record) + "\n" if text is None else text)
        if when is not None:
            os.utime(new, (when, when))
        (self.path / where).mkdir(parents=True, exist_ok=True)
        new.rename(self.path / where / name_of(seq))
        return f"{where}/{name_of(seq)}"


@pytest.fixture
def deliver(tmp_path):
    return Writer(tmp_path / "spool")


@pytest.fixture
def spool(deliver):
    return Spool(deliver.path)


@pytest.fixture
def nine(deliver, spool):
    """Sequences 10 to 90, three a day, each so many seconds past midnight; the even tens have a tag."""
    for i in range(9):
        seq, day = (i + 1) * 10, (DAY1, DAY2, DAY3)[i // 3]
        when = MIDNIGHT1 + i // 3 * 86400 + seq
        deliver(seq, f"articles/{day}", when)
        if seq % 20 == 0:
            deliver(seq, f"tags/even/{day}", when)
    (deliver.path / "articles/README").write_text("")
    (deliver.path / "articles/2026-11-99").mkdir()
    (deliver.path / "articles/2026-11-22/0000000000000041.json").write_text("")
    (deliver.path / "articles/2026-11-24").mkdir()
    return spool


@pytest.mark.parametrize("query, expected", [
    ({}, [10, 20, 30, 40, 50, 60, 70, 80, 90]),
    ({"newest_first": True}, [90, 80, 70, 60, 50, 40, 30, 20, 10]),
    ({"tag": "even"}, [20, 40, 60, 80]),
    ({"tag": "none"}, []),
    ({"after": 1}, [10, 20, 30, 40, 50, 60, 70, 80, 90]),
    ({"after": 30}, [40, 50, 60, 70, 80, 90]),
    ({"after": 55, "newest_first": True}, [90, 80, 70, 60]),
    ({"after": 60, "tag": "even"}, [80]),
    ({"after": 90}, []),
    ({"since": MIDNIGHT1 + 20}, [20, 30, 40, 50, 60, 70, 80, 90]),
    ({"since": MIDNIGHT1 + 21}, [30, 40, 50, 60, 70, 80, 90]),
    ({"since": MIDNIGHT1 + 3 * 86400}, []),
    ({"until": MIDNIGHT1}, []),
    ({"until": MIDNIGHT1 + 86400 + 50}, [10, 20, 30, 40]),
    ({"since": MIDNIGHT1 + 20, "until": MIDNIGHT1 + 86400 + 50, "after": 20}, [30, 40]),
    ({"since": MIDNIGHT1 + 86400 + 50, "until": MIDNIGHT1 + 20}, []),
])
def test_lists_what_is_asked_for(nine, query, expected):
    found = list(nine.list(**query))
    assert [entry.seq for entry in found] == expected
    assert all(entry.record()["_newspool"]["seq"] == entry.seq and entry.day in entry.path for entry in found)


def test_an_article_is_found_by_its_sequence(nine):
    assert nine.find(40).path == f"articles/{DAY2}/{name_of(40)}"
    assert nine.find(41) is None and nine.find(1000) is None
    assert nine.tags() == ["even"] and nine.queues() == []


@pytest.mark.parametrize("text", ["", "{}", "{}\n", "{}\n{}\n", '{"_newspool":{"schema":2}}\n', "[]\n",
                                  '{"_newspool":{"schema":true}}\n', "[" * 100000 + "\n"])
def test_what_is_no_record_is_not_read(deliver, spool, text):
    deliver(1, f"articles/{DAY1}", text=text)
    with pytest.raises(NotARecord):
        next(spool.list()).record()


def test_links_pipes_and_sockets_are_not_read(deliver, spool):
    (deliver.path / "articles" / DAY1).mkdir()
    os.symlink("/etc/passwd", deliver.path / "articles" / DAY1 / name_of(1))
    os.mkfifo(deliver.path / "articles" / DAY1 / name_of(2))
    os.mknod(deliver.path / "articles" / DAY1 / name_of(3), stat.S_IFSOCK | 0o640)
    for entry in spool.list():
        with pytest.raises(NotARecord):
            entry.record()


def test_what_retention_removes_is_passed_over(nine, deliver):
    entries = nine.list()
    first = next(entries)
    for seq in (10, 40, 50, 60):
        (deliver.path / "articles" / (DAY1 if seq == 10 else DAY2) / name_of(seq)).unlink()
    with pytest.raises(FileNotFoundError):
        first.record()
    assert [entry.seq for entry in entries] == [20, 30, 70, 80, 90]


def test_what_is_no_spool_is_not_opened(tmp_path):
    with pytest.raises(ValueError, match="articles"):
        Spool(tmp_path)
    with pytest.raises(FileNotFoundError):
        Spool(tmp_path / "none")


def test_slugs(spool):
    for good in ("stock-news", "новости", "半導体", "a1", "हिन्दी", "\U00011f04", "\U000323b0"):  # newer than Python 3.9
        assert is_slug(good), good
    for bad in ("", ".", "..", "a/b", "Tech", "tech news", "-a", "a-", "a--b", "a\0b", "x" * 65, ".a.new", "x\u00b2", "\u00b5", "caf\u00e9", "e\u0301"):
        assert not is_slug(bad), bad
        with pytest.raises(ValueError):
            spool.list(tag=bad)
        with pytest.raises(ValueError):
            spool.cursor(bad)
        with pytest.raises((ValueError)):
            spool.queue(bad)


@pytest.mark.parametrize("inotify", [True, False])
def test_follows_over_days_and_folders(deliver, spool, inotify):
    def take(n):
        return [next(follow).seq for _ in range(n)]

    follow = spool.follow(tag="stock-news", timeout=20, inotify=inotify)
    assert (follow.fileno() >= 0) == inotify and follow.next_now() is None
    deliver(1, f"tags/other/{DAY1}")
    deliver(2, f"tags/stock-news/{DAY1}")
    deliver(3, f"tags/stock-news/{DAY2}")
    assert take(2) == [2, 3]
    deliver(4, f"tags/stock-news/{DAY2}")
    deliver(5, f"tags/stock-news/{DAY3}")
    (deliver.path / "tags/stock-news" / DAY3 / "README").write_text("")
    deliver(6, f"tags/stock-news/{DAY3}")
    assert take(3) == [4, 5, 6]
    assert follow.next_now() is None
    timer = threading.Timer(0.1, deliver, (7, f"tags/stock-news/{DAY3}"))
    timer.start()
    assert take(1) == [7]
    timer.join()
    follow.close()
    assert list(spool.follow(tag="stock-news", after=7, timeout=0, inotify=inotify)) == []


def make_again(deliver, parts=()):
    for part in ("articles", "tmp", "cursors", *parts):
        (deliver.path / part).mkdir(parents=True)


@pytest.mark.parametrize("inotify", [True, False])
@pytest.mark.parametrize("tag, folder", [(None, "articles"), ("stock-news", "tags/stock-news")])
def test_a_spool_may_be_removed_or_replaced(deliver, spool, inotify, tag, folder):
    held = os.open(deliver.path, os.O_RDONLY)  # as the daemon holds it
    with spool.follow(tag=tag, timeout=20, inotify=inotify) as follow:
        deliver(1, f"{folder}/{DAY1}")
        assert next(follow).seq == 1 and follow.next_now() is None
        shutil.rmtree(deliver.path)
        assert follow.next_now() is None and follow.fileno() == -1
        make_again(deliver)
        deliver(2, f"{folder}/{DAY1}")
        assert next(follow).seq == 2 and (follow.fileno() >= 0) == inotify
        assert follow.next_now() is None
        deliver.path.rename(deliver.path.with_name("aside"))
        make_again(deliver)
        deliver(3, f"{folder}/{DAY1}")
        assert next(follow).seq == 3
    os.close(held)


def test_more_changes_than_the_kernel_keeps(deliver, spool):
    with open("/proc/sys/fs/inotify/max_queued_events", encoding="ascii") as file:
        n = int(file.read()) + 100
    if n > 100000:
        pytest.skip("the kernel keeps too many")
    deliver(1, f"articles/{DAY1}")
    with spool.follow(timeout=0) as follow:
        assert [entry.seq for entry in follow] == [1]
        more = deliver.path / "tmp/more"
        more.write_text('{"_newspool":{"schema":1}}\n')
        for seq in range(2, n):
            os.link(more, deliver.path / "tmp/link")
            os.rename(deliver.path / "tmp/link", deliver.path / "articles" / DAY1 / name_of(seq))
        assert [entry.seq for entry in follow] == list(range(2, n))


STREAM = """
import json, os, sys
root, seq = sys.argv[1], int(sys.argv[2])
while True:
    day = f"{root}/articles/2026-{seq // 1400 % 12 + 1:02d}-{seq // 50 % 28 + 1:02d}"
    os.makedirs(day, exist_ok=True)
    with open(f"{root}/tmp/x", "w") as file:
        file.write(json.dumps({"_newspool": {"schema": 1, "seq": seq}}) + "\\n")
    os.rename(f"{root}/tmp/x", f"{day}/{seq:016d}-{seq * 11400714819323198485 % 2**64:016x}.json")
    seq += 1
"""


def test_nothing_is_missed_beside_a_writer_that_is_killed(deliver, spool):
    last = 0
    with spool.follow(timeout=30) as follow:
        for _ in range(5):
            # All of a writer's past is done before the next begins, as the daemon's is.
            first = max((entry.seq for entry in spool.list(after=last)), default=last) + 1
            writer = subprocess.Popen([sys.executable, "-c", STREAM, str(deliver.path), str(first)])
            try:
                for _ in range(60):
                    entry = next(follow)
                    assert entry.seq == last + 1 == entry.record()["_newspool"]["seq"]
                    last = entry.seq
            finally:
                writer.kill()
                writer.wait()


def test_empty_days_hide_nothing(deliver, spool):
    seqs, seq = [], 0
    for i in range(40):
        day = f"tags/gaps/2027-{1 + i // 20:02d}-{1 + i % 20:02d}"
        (deliver.path / day).mkdir(parents=True)
        for j in range((1 + i % 3) * (i * i % 7 < 2)):
            seq += 1 + (i + j) % 3
            seqs.append(seq)
            deliver(seq, day)
    for after in range(seq + 3):
        expected = [n for n in seqs if n > after]
        assert [entry.seq for entry in spool.list(tag="gaps", after=after)] == expected
        assert [entry.seq for entry in spool.list(tag="gaps", after=after, newest_first=True)] == expected[::-1]


def test_cursors(deliver, spool):
    cursor = spool.cursor("mailer")
    assert cursor.read() == 0 and cursor.read(default=-1) == -1
    cursor.ack(12)
    path = deliver.path / "cursors/mailer"
    assert spool.cursor("mailer").read() == 12
    assert path.stat().st_mode & 0o777 == 0o644 and int(path.read_text()) == 12
    for text, seq in (("1", 1), ("0\n", 0), (name_of(77) + "\n", 77), (name_of(78), 78)):
        path.write_text(text)
        assert cursor.read() == seq
    for text in ("", "\n", "x", "1\n\n", "-1", "１", "1" * 17, name_of(1)[1:]):
        path.write_text(text)
        with pytest.raises(ValueError):
            cursor.read()
    for seq in (-1, 10 ** 16):
        with pytest.raises(ValueError):
            cursor.ack(seq)
    cursor.remove()
    with pytest.raises(FileNotFoundError):
        cursor.remove()
    os.symlink("/etc/passwd", path)
    with pytest.raises(ValueError):
        cursor.read()
    assert os.listdir(deliver.path / "cursors") == ["mailer"]


ACKS = """
import sys
sys.path.insert(0, sys.argv[2])
from newspool import Spool
cursor = Spool(sys.argv[1]).cursor("mailer")
for seq in range(1, 10 ** 9):
    cursor.ack(seq)
    print(seq, flush=True)
"""


def test_a_kill_leaves_the_old_value_or_the_new(deliver, spool):
    for n in range(1, 6):
        process = subprocess.Popen([sys.executable, "-c", ACKS, str(deliver.path), HERE], stdout=subprocess.PIPE)
        said = 0
        while said < n * 3:
            said = int(process.stdout.readline())
        process.send_signal(signal.SIGKILL)
        rest = process.stdout.read().split(b"\n")[:-1]
        process.wait()
        said = int(rest[-1]) if rest else said
        assert spool.cursor("mailer").read() in (said, said + 1)


@pytest.fixture
def queue(deliver, spool):
    for part in ("new", "cur", "tmp"):
        (deliver.path / "queues/indexer" / part).mkdir(parents=True)
    (deliver.path / "queues/indexer/new/README").write_text("")
    (deliver.path / "queues/indexer/cur" / (name_of(99) + ":2,S")).write_text("mail")
    with spool.queue("indexer", "me") as made:
        yield made


def test_a_queue_may_be_removed_or_its_spool_replaced(deliver, queue):
    def take():
        claim = next(queue.claims(timeout=20))
        claim.finish()
        return claim.seq

    parts = [f"queues/indexer/{part}" for part in ("new", "cur", "tmp")]
    assert queue.claim() is None
    shutil.rmtree(deliver.path)
    assert queue.claim() is None and queue.reap(0) == 0
    make_again(deliver, parts)
    deliver(2, parts[0])
    assert take() == 2
    deliver.path.rename(deliver.path.with_name("aside"))
    make_again(deliver, parts)
    deliver(3, parts[0])
    assert take() == 3 and list(queue.claims(timeout=0)) == []


def test_claims_end_well_or_go_back(deliver, queue):
    for seq in (10, 2):
        deliver(seq, "queues/indexer/new")
    with queue.claim() as claim:
        assert claim.seq == 2 and claim.record()["title"] == "Title 2"
        assert os.path.basename(claim.path).startswith(name_of(2) + ",") and claim.path.endswith(",me")
    with pytest.raises(RuntimeError):
        with queue.claim() as claim:
            assert claim.seq == 10
            raise RuntimeError("no")
    claim = queue.claim()
    assert claim.seq == 10
    claim.finish()
    with pytest.raises(FileNotFoundError):
        claim.finish()
    with pytest.raises(FileNotFoundError):
        claim.renew()
    assert queue.claim() is None
    assert sorted(os.listdir(deliver.path / "queues/indexer/cur")) == [name_of(99) + ":2,S"]


def test_stale_claims_are_reaped_and_renewed_ones_kept(deliver, queue):
    cur = deliver.path / "queues/indexer/cur"
    deliver(3, "queues/indexer/cur")
    os.rename(cur / name_of(3), cur / (name_of(3) + ",1000,dead"))
    deliver(5, "queues/indexer/cur")
    assert queue.reap(time.time() - 3600) == 1
    claim = queue.claim()
    assert claim.seq == 3 and queue.claim() is None
    claim.renew()
    assert queue.reap(time.time() - 3600) == 0
    assert queue.reap(time.time() + 3600) == 2
    assert [claim.seq for claim in queue.claims(timeout=0)] == [3, 5]
    assert queue.claim() is None


def test_an_article_that_a_power_cut_repeats_is_there_once(deliver, queue):
    deliver(4, "queues/indexer/new")
    claim = queue.claim()
    os.link(claim.path, deliver.path / "queues/indexer/new" / name_of(4))
    claim.release()
    assert [claim.seq for claim in queue.claims(timeout=0)] == [4]


def test_messages_are_taken_like_records(deliver, spool, queue):
    new, cur = deliver.path / "queues/indexer/new", deliver.path / "queues/indexer/cur"
    for seq in (7, 5):
        mail = name_of(seq).replace(".json", ".eml")
        (new / mail).write_bytes(b"Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?= %d\nContent-Type: text/plain\n\none\ntwo\n" % seq)
    (new / (name_of(3).replace(".json", ".eml") + ":2,S")).write_text("read in place")
    deliver(6, "queues/indexer/new")
    claims = [queue.claim(), queue.claim(), queue.claim()]
    assert [claim.seq for claim in claims] == [5, 6, 7] and queue.claim() is None
    assert claims[0].message()["Subject"] == "Grüße 5" and claims[0].message().get_content() == "one\ntwo\n"
    assert claims[1].record()["title"] == "Title 6"
    with pytest.raises(NotARecord):
        claims[2].record()
    claims[0].finish()
    claims[1].release()
    claims[2].renew()
    assert queue.reap(time.time() + 1) == 1
    assert sorted(os.listdir(new))[1:4] == [name_of(6), name_of(7).replace(".json", ".eml"), "README"]
    assert os.listdir(cur) == [name_of(99) + ":2,S"]


def test_wrong_names_are_refused(deliver, spool, queue):
    for consumer in ("", "a b", "a/b", "a,b", "x" * 33, "é"):
        with pytest.raises(ValueError):
            spool.queue("indexer", consumer)
    with pytest.raises(FileNotFoundError):
        spool.queue("none")
    assert spool.queue("indexer").consumer.endswith(f".{os.getpid()}")


WORKER = """
import os, signal, sys
sys.path.insert(0, sys.argv[2])
from newspool import Spool
for n, claim in enumerate(Spool(sys.argv[1]).queue("indexer").claims(timeout=0.5), 1):
    if n == int(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)
    print(claim.seq, flush=True)
    claim.finish()
"""


def test_of_several_workers_each_article_goes_to_one(deliver, queue):
    for seq in range(1, 201):
        deliver(seq, "queues/indexer/new")

    def start(die):
        return subprocess.Popen([sys.executable, "-c", WORKER, str(deliver.path), HERE, die], stdout=subprocess.PIPE)

    first = start("1")  # it dies before the others can have taken all
    done = first.communicate(timeout=60)[0].split()
    workers = [start("0"), start("0")]
    done = [int(line) for line in done + [line for w in workers for line in w.communicate(timeout=60)[0].split()]]
    assert [worker.returncode for worker in (first, *workers)] == [-9, 0, 0]
    assert len(done) == len(set(done)) == 199
    queue.reap(time.time() + 1)
    assert {claim.seq for claim in queue.claims(timeout=0)} == set(range(1, 201)) - set(done)
