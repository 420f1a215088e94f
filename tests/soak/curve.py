"""Samples of the daemon's processes, the curve that they make, and what is judged of it.

Judged is what the keeper and the fetcher that nobody kills do after the warm-up, by the slope of a straight line
through their samples (Theil and Sen: the median of the slopes between pairs, which a single peak does not move).
"""
import collections
import os
import statistics
import time

PAGE = os.sysconf("SC_PAGE_SIZE")
MEBI = 1 << 20
WARM_UP = 1 / 3  # of the run: caches fill, backlogs of the first polls go
# What memory may grow by after the warm-up: what allocators and SQLite's page cache move to and fro, and a little that
# really grows with what is remembered. A hundred bytes lost at each poll would be ten times as much in an hour.
GROWTH = 2 * MEBI
GROWTH_HOUR = 4 * MEBI
DESCRIPTORS = 24  # connections that are kept, or not, come and go
THREADS = 0
EARLY = 10  # polls of such feeds that are under way when a fetcher is killed
WAL = 32 * MEBI  # one that is never written back grows without an end
CHART_WIDTH, CHART_HEIGHT = 72, 10

Process = collections.namedtuple("Process", "rss descriptors threads")
# early: requests for feeds that always answer well which came before their time; it stays 0 but for polls that are
# handed out again when a fetcher was killed. Sizes are bytes.
Sample = collections.namedtuple(
    "Sample", "time processes requests early articles database wal overdue to_store waiting free")


def look(pid):
    """Of one process; None where it has just ended."""
    try:
        with open(f"/proc/{pid}/statm") as statm, open(f"/proc/{pid}/status") as status:
            rss = int(statm.read().split()[1]) * PAGE
            threads = next(int(line.split()[1]) for line in status if line.startswith("Threads:"))
        return Process(rss, len(os.listdir(f"/proc/{pid}/fd")), threads)
    except (OSError, StopIteration, IndexError):
        return None


def size(path):
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


class Curve:
    def __init__(self, say):
        self.say = say
        self.samples = []
        self.marks = []  # (time, letter): what was done
        self.begin = time.monotonic()
        self.printed = 0  # samples that the last line has told of

    def now(self):
        return time.monotonic() - self.begin

    def mark(self, letter):
        self.marks.append((self.now(), letter))

    def add(self, sample):
        self.samples.append(sample)

    # The line for an interval.

    def head(self):
        fetchers = "".join(f"{name:>11}" for name in self.samples[-1].processes if name != "keeper")
        self.say(f"{'time':>7}{'polls/s':>8}{'early':>7}{'articles':>9}{'keeper':>8}{fetchers}"
                 f"{'fds':>6}{'thr':>4}{'db':>7}{'wal':>6}{'late':>6}{'queued':>7}{'free':>7}  MiB; done: "
                 "R reload, B bad file, K kill, F disk full, E emptied")

    def line(self):
        last, before = self.samples[-1], self.samples[max(0, self.printed - 1)]
        span = max(last.time - before.time, 0.001)
        processes = [p for p in last.processes.values() if p is not None]
        memory = "".join(f"{p.rss / MEBI:{w}.1f}" if p is not None else f"{'-':>{w}}"
                         for p, w in zip(last.processes.values(), [8] + [11] * len(last.processes)))
        marks = "".join(letter for when, letter in self.marks if before.time < when <= last.time)
        self.say(f"{int(last.time) // 60:4d}:{int(last.time) % 60:02d}{(last.requests - before.requests) / span:8.1f}"
                 f"{last.early - before.early:7d}{last.articles:9d}{memory}{sum(p.descriptors for p in processes):6d}"
                 f"{sum(p.threads for p in processes):4d}{last.database / MEBI:7.1f}{last.wal / MEBI:6.1f}"
                 f"{last.overdue:6d}{last.waiting:7d}{last.free / MEBI:7.0f}  {marks}")
        self.printed = len(self.samples)

    # The chart at the end.

    def series(self, name, value):
        return [(s.time, value(s.processes[name])) for s in self.samples if s.processes.get(name) is not None]

    def chart(self, name):
        points = self.series(name, lambda p: p.rss / MEBI)
        if len(points) < 2:
            return
        columns, top = [0.0] * CHART_WIDTH, max(v for _, v in points)
        for column in range(CHART_WIDTH):
            until = points[-1][0] * (column + 1) / CHART_WIDTH
            columns[column] = next(v for when, v in reversed(points) if when <= until or when == points[0][0])
        self.say(f"resident memory of {name}, 0 to {top:.1f} MiB")
        for row in range(CHART_HEIGHT, 0, -1):
            filled = "".join("#" if c > top * (row - 0.5) / CHART_HEIGHT else " " for c in columns)
            self.say(f"{top * row / CHART_HEIGHT:7.1f} |{filled.rstrip()}")
        self.say(" " * 8 + "+" + "-" * CHART_WIDTH + f" {points[-1][0] / 60:.1f} min")

    # What is judged.

    def measured(self, name, value):
        points = self.series(name, value)
        warm = WARM_UP * self.samples[-1].time
        return [p for p in points if p[0] >= warm]

    def memory(self, name):
        points = self.measured(name, lambda p: p.rss)
        if len(points) < 3:
            return False, f"memory of {name}: too few samples"
        hours = (points[-1][0] - points[0][0]) / 3600
        growth = slope(points) * hours * 3600
        limit = GROWTH + GROWTH_HOUR * hours
        return growth <= limit, (f"memory of {name}: {growth / MEBI:+.2f} MiB in {hours * 60:.1f} min after the "
                                 f"warm-up ({statistics.median(v for _, v in points) / MEBI:.1f} MiB; limit "
                                 f"{limit / MEBI:+.2f} MiB)")

    def steady(self, what, name, value, limit):
        points = self.measured(name, value)
        if len(points) < 3:
            return False, f"{what} of {name}: too few samples"
        growth = slope(points) * (points[-1][0] - points[0][0])
        return growth <= limit, (f"{what} of {name}: {growth:+.1f} after the warm-up "
                                 f"({min(v for _, v in points)} to {max(v for _, v in points)}; limit +{limit})")

    def done(self, letters):
        """Whether what was to be done to the daemon was done."""
        counts = {letter: sum(m == letter for _, m in self.marks) for letter in letters}
        return all(counts.values()), "done: " + ", ".join(f"{n} {letter}" for letter, n in counts.items())

    def politeness(self):
        """Polls are handed out again when a fetcher was killed; for nothing else is a feed asked before its time."""
        kills = sum(letter == "K" for _, letter in self.marks)
        early = self.samples[-1].early
        return early <= EARLY * kills, f"asked before their time: {early} (limit {EARLY * kills}, for {kills} kills)"

    def log(self):
        most = max(s.wal for s in self.samples)
        return most <= WAL, f"write-ahead log: {most / MEBI:.1f} MiB at most (limit {WAL / MEBI:.0f} MiB)"

    def verdicts(self, names, with_memory):
        yield self.log()
        yield self.politeness()
        for name in names:
            if with_memory:
                yield self.memory(name)
            yield self.steady("descriptors", name, lambda p: p.descriptors, DESCRIPTORS)
            yield self.steady("threads", name, lambda p: p.threads, THREADS)


def slope(points):
    """Per second; of at most 300 points, spread evenly."""
    points = points[::max(1, len(points) // 300)]
    slopes = [(b[1] - a[1]) / (b[0] - a[0]) for i, a in enumerate(points) for b in points[i + 1:] if b[0] > a[0]]
    return statistics.median(slopes) if slopes else 0.0
