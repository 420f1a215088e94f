"""The soak's consumers: each takes whatever comes into its queue, in its own way, and remembers what it had."""
import collections
import email
import email.policy
import json
import os
import threading

PAUSE = 0.1  # seconds between two looks


def json_title(data):
    if not data.endswith(b"}\n"):
        raise ValueError("cut")
    return json.loads(data)["title"]


def mail_title(data):
    title = email.message_from_bytes(data, policy=email.policy.default)["Subject"]
    if not title:
        raise ValueError("no subject")
    return str(title)


class Consumer(threading.Thread):
    """moves: it renames what it takes to cur/ before it reads it, as the manual says; else it reads and unlinks."""

    def __init__(self, spool, name, title, moves):
        super().__init__(daemon=True)
        self.queue, self.path, self.title, self.moves = name, spool / "queues" / name, title, moves
        self.seen = collections.Counter()
        self.broken = []
        self.waiting = 0
        self.ending = threading.Event()

    def take(self):
        new = self.path / "new"
        names = sorted(os.listdir(new)) if new.is_dir() else []
        self.waiting = len(names)
        for name in names:
            place = new / name
            if self.moves:
                place = place.rename(self.path / "cur" / name)
            try:
                self.seen[self.title(place.read_bytes())] += 1
            except ValueError as error:
                self.broken.append(f"{self.queue}: {name}: {error}")
            place.unlink()

    def run(self):
        while not self.ending.wait(PAUSE):
            self.take()

    def end(self):
        self.ending.set()
        self.join()
        self.take()


# The queues of the soak: what their section says, which tags they take (None: all), how they are consumed.
QUEUES = {
    "all": ("tags = *", None, json_title, False),
    "few": ("tags = t0, t1, t2, t3", {"t0", "t1", "t2", "t3"}, json_title, True),
    "mail": ("tags = t4, t5\nformat = rfc5322", {"t4", "t5"}, mail_title, True),
}


def sections():
    return "".join(f"[queue {name}]\n{queue[0]}\n" for name, queue in QUEUES.items())


def start(spool):
    consumers = [Consumer(spool, name, title, moves) for name, (_, _, title, moves) in QUEUES.items()]
    for consumer in consumers:
        consumer.start()
    return consumers
