"""What is compared: each row with its orders to both sides, what it is to reach, and the limit that stands beside it."""

from __future__ import annotations

from dataclasses import dataclass

MANY_ROUNDS = 3  # of what takes seconds


@dataclass(frozen=True)
class Row:
    """One measured quantity.

    An order is the words that a program is started with. The last number of an order says how much is done in one sample and is cut down in a quick run;
    it is chosen so that a sample takes CPython some 50 to 100 ms, if nothing speaks against it.
    """

    key: str
    title: str
    unit: str
    order: tuple  # to both sides
    target: float  # of the ratio Heddle / CPython; of Heddle's own figure where it is compared with nobody
    limit: tuple[str, tuple]  # what it is called, and its order
    heddle: tuple = ()  # where Heddle's order is another one
    base: str | None = None  # the start method to compare with; None: whichever is best
    more: bool = False  # more is better
    absolute: bool = False
    slow: bool = False

    def orders(self, quick: bool) -> tuple[list[str], list[str], list[str]]:
        """To Heddle, to CPython, to the limit."""
        return tuple(_words(order, quick) for order in (self.heddle or self.order, self.order, self.limit[1]))


def _words(order: tuple, quick: bool) -> list[str]:
    *rest, last = order
    if quick and isinstance(last, int):
        last = max(last // 50, min(last, 8))
    return [str(word) for word in (*rest, last)]


JVM = "a bare JVM's start and end"
WAKE = "waking a thread and being woken"
THREADS = "the same between threads of one JVM"

# Throughput, not beginnings: 30,000 ints take this library 10 to 25 ms, much of which it takes eight processes on two processors to wake up.
MANY_INTS = 150_000

START = (
    Row("reserve", "start + join, from the reserve", "ms", ("start",), 1.3, ("a bare JVM's end", ("jvm-end",)), base="fork"),
    Row("cold", "start + join, cold", "ms", ("start",), 0.7, (JVM, ("jvm",)), heddle=("cold",), base="spawn"),
    Row("many", "100 children started, then joined", "ms", ("many", 100), 0.4, ("100 bare JVMs", ("jvms", 100)), base="spawn", slow=True),
)
PROCESSES = (
    *START,
    Row("map_500", "Pool.map of 500 tiny tasks", "ms", ("map", 500, 100), 0.7, (THREADS, ("map", 500, 100))),
    Row("map_100000", "Pool.map of 100,000 tiny tasks", "ms", ("map", 100_000, 3), 0.7, (THREADS, ("map", 100_000, 3))),
    Row("async", "5,000 applyAsync, results fetched", "ms", ("async", 5_000), 0.3, (THREADS, ("async", 5_000))),
    Row("apply", "Pool.apply round trip", "us", ("apply", 1_000), 0.4, (WAKE, ("wake", 1_000))),
    Row("queue_1", "Queue, small ints, 1 to 1", "items/s", ("queue", 1, MANY_INTS), 15, (THREADS, ("queue", 1, MANY_INTS)), more=True),
    Row("queue_4", "Queue, small ints, 4 to 4", "items/s", ("queue", 4, MANY_INTS), 15, (THREADS, ("queue", 4, MANY_INTS)), more=True),
    Row("queue_bytes", "Queue, byte arrays of 1 MB", "GB/s", ("bytes", 1_000_000, 80), 3, ("one copy in memory", ("copy", 1_000_000, 80)), more=True),
    Row("pipe", "Pipe round trip", "us", ("pipe", 3_000), 0.5, (WAKE, ("wake", 3_000))),
    Row("lock", "Lock, uncontended", "ns", ("lock", 500_000), 0.5, ("one compare-and-swap and one store", ("swap", 500_000))),
    Row("contended", "Lock, contended by 4 processes", "ns", ("contended", 4, 400_000), 0.5, (THREADS, ("contended", 4, 400_000))),
    Row("update", "shared map update", "us", ("update", 2_000), 0.2, (THREADS, ("update", 2_000))),
    Row("idle", "memory of an idle child, PSS", "MB", ("idle",), 35, ("a bare JVM that waits", ("jvm-memory",)), absolute=True),
)
BENCHES = {"start": START, "processes": PROCESSES}
