"""CPython's side of the benchmark of processes: one row, measured whenever a line says so.

    python cpython.py                      says what can be measured here
    python cpython.py METHOD ROW NUMBER... prints "ready", then one figure for each line on standard input

The rows are those of heddle.benchmarks.ProcessesBenchmark and do the same with the same items. Any CPython from 3.8 on will do, not only the harness's own.
"""

import contextlib
import json
import os
import platform
import signal
import sys
import time

WORKERS = 2


class Unfit(Exception):
    """This Python cannot take part; the message is one sentence."""


def load():
    """multiprocessing, or one sentence that says why not."""
    if platform.python_implementation() != "CPython" or sys.version_info < (3, 8):
        raise Unfit("{} is {} {}; compared is with CPython 3.8 or newer.".format(sys.executable, platform.python_implementation(), platform.python_version()))
    try:
        import multiprocessing
        import multiprocessing.synchronize  # fails where the system has no semaphores
    except ImportError as error:
        raise Unfit("{} has no working multiprocessing ({}); give another CPython by --python.".format(sys.executable, error))
    return multiprocessing


# ------------------------------------------------------------------------------------------------ what children do


def nothing():
    pass


def tiny(number):
    return number + 1


def in_turns(go, done, work, arguments):
    """A member of a team: does its work once whenever it is let go."""
    while True:
        go.acquire()
        work(*arguments)
        done.release()


def put_numbers(queue, count):
    for number in range(count):
        queue.put(number)


def put_bytes(queue, count, length):
    block = bytes(length)
    for _ in range(count):
        queue.put(block)


def take(queue, count):
    for _ in range(count):
        queue.get()


def echo(connection):
    while True:
        connection.send(connection.recv())


def acquire_and_release(lock, count):
    acquire, release = lock.acquire, lock.release
    for _ in range(count):
        acquire()
        release()


def be_idle(ready, end):
    ready.release()
    end.acquire()


# ----------------------------------------------------------------------------------------------------------- rows


@contextlib.contextmanager
def children(context, tasks):
    """Children that are ended when the block is left."""
    started = [context.Process(target=task, args=arguments) for task, arguments in tasks]
    for child in started:
        child.start()
    try:
        yield started
    finally:
        for child in started:
            child.kill()
        for child in started:
            child.join()


class Team:
    """Children that each do their work once in every turn."""

    def __init__(self, context, works):
        self.gates = [(context.Lock(), context.Lock()) for _ in works]
        for go, done in self.gates:
            go.acquire()
            done.acquire()
        self.tasks = [(in_turns, (go, done, work, arguments)) for (go, done), (work, arguments) in zip(self.gates, works)]

    def turn(self):
        """Seconds that it takes all of them."""
        began = time.perf_counter()
        for go, _ in self.gates:
            go.release()
        for _, done in self.gates:
            done.acquire()
        return time.perf_counter() - began


def ms_each(times, work):
    began = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - began) * 1e3 / times


@contextlib.contextmanager
def start(context):
    def sample():
        child = context.Process(target=nothing)
        began = time.perf_counter()
        child.start()
        child.join()
        took = time.perf_counter() - began
        assert child.exitcode == 0
        return took * 1e3

    yield sample


@contextlib.contextmanager
def many(context, count):
    def sample():
        began = time.perf_counter()
        started = [context.Process(target=nothing) for _ in range(count)]
        for child in started:
            child.start()
        for child in started:
            child.join()
        took = time.perf_counter() - began
        assert all(child.exitcode == 0 for child in started)
        return took * 1e3

    yield sample


@contextlib.contextmanager
def pool_map(context, count, times):
    numbers = list(range(count))
    with context.Pool(WORKERS) as pool:
        assert pool.map(tiny, numbers) == list(range(1, count + 1))
        yield lambda: ms_each(times, lambda: pool.map(tiny, numbers))


@contextlib.contextmanager
def apply_async(context, count):
    with context.Pool(WORKERS) as pool:

        def sample():
            began = time.perf_counter()
            results = [pool.apply_async(tiny, (number,)) for number in range(count)]
            values = [result.get() for result in results]
            took = time.perf_counter() - began
            assert values == list(range(1, count + 1))
            return took * 1e3

        yield sample


@contextlib.contextmanager
def apply(context, times):
    with context.Pool(WORKERS) as pool:
        yield lambda: ms_each(times, lambda: pool.apply(tiny, (1,))) * 1e3


@contextlib.contextmanager
def queue(context, pairs, count):
    channel = context.Queue()
    each = count // pairs
    team = Team(context, [(put_numbers, (channel, each))] * pairs + [(take, (channel, each))] * pairs)
    with children(context, team.tasks):
        yield lambda: each * pairs / team.turn()


@contextlib.contextmanager
def queue_bytes(context, length, count):
    channel = context.Queue()
    team = Team(context, [(put_bytes, (channel, count, length)), (take, (channel, count))])
    with children(context, team.tasks):
        yield lambda: count * length / team.turn() / 1e9


@contextlib.contextmanager
def pipe(context, times):
    mine, other = context.Pipe()
    with children(context, [(echo, (other,))]):

        def round_trip():
            mine.send(7)
            mine.recv()

        yield lambda: ms_each(times, round_trip) * 1e3


@contextlib.contextmanager
def lock(context, times):
    it = context.Lock()

    def sample():
        began = time.perf_counter()
        acquire_and_release(it, times)
        return (time.perf_counter() - began) * 1e9 / times

    yield sample


@contextlib.contextmanager
def contended(context, processes, count):
    it = context.Lock()
    each = count // processes
    team = Team(context, [(acquire_and_release, (it, each))] * processes)
    with children(context, team.tasks):
        yield lambda: team.turn() * 1e9 / (each * processes)


@contextlib.contextmanager
def map_update(context, times):
    with context.Manager() as manager:
        shared = manager.dict(c=0)

        def update():
            shared["c"] += 1

        yield lambda: ms_each(times, update) * 1e3


@contextlib.contextmanager
def idle(context):
    def sample():
        ready, end = context.Lock(), context.Lock()
        ready.acquire()
        end.acquire()
        with children(context, [(be_idle, (ready, end))]) as (child,):
            ready.acquire()
            return pss_mb(child.pid)

    yield sample


def pss_mb(pid):
    """Resident memory, what is shared divided by the sharers."""
    with open("/proc/{}/smaps_rollup".format(pid)) as lines:
        return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) * 1024 / 1e6


ROWS = {
    "start": start,
    "many": many,
    "map": pool_map,
    "async": apply_async,
    "apply": apply,
    "queue": queue,
    "bytes": queue_bytes,
    "pipe": pipe,
    "lock": lock,
    "contended": contended,
    "update": map_update,
    "idle": idle,
}


def main(words):
    multiprocessing = load()
    if not words:
        facts = {"version": platform.python_version(), "methods": multiprocessing.get_all_start_methods(), "executable": os.path.realpath(sys.executable)}
        print(json.dumps(facts))
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # what was made is cleared away
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=lambda: signal.signal(signal.SIGTERM, signal.SIG_DFL))  # which is no affair of the children
    method, row, *numbers = words
    with ROWS[row](multiprocessing.get_context(method), *map(int, numbers)) as sample:
        print("ready", flush=True)
        for _ in sys.stdin:
            print(sample(), flush=True)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except Unfit as unfit:
        sys.exit(str(unfit))
