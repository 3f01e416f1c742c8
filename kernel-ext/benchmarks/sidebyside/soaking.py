"""The cells of a soak, what is looked at in between, and whether it grows."""

from __future__ import annotations

import itertools
import re
import statistics
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from . import probe

MIB = 1024 * 1024
CELL_TIMEOUT_S = 60.0
TOOL_TIMEOUT_S = 60.0
TIMED_CELLS = 21
WARM_UP = 0.25  # the part of the looks that says nothing yet: caches fill, code is compiled
CHILD_EVERY = 25

# Names come back, so that whatever a cell replaces can go; what a notebook declares and keeps is its own.
KINDS = (
    "int kept{few} = {n}; kept{few} + 1",
    "class Thing{few} {{ int of(int x) {{ return x + {n}; }} }} new Thing{few}().of(1)",
    "class Shape{few} {{ int field{n} = {n}; }} new Shape{few}()",
    "int twice{few}(int x) {{ return 2 * x + {n}; }} twice{few}(1)",
    "record Pair{few}(int a, String b{n}) {{}} new Pair{few}(1, \"b\")",
    "Object nothing = null; nothing.toString()",
    "int wrong = \"a text\";",
    "var threads = new ArrayList<Thread>(); for (int i = 0; i < 4; i++) {{ int me = i; threads.add(Thread.ofPlatform().start(() -> System.out.println(\"thread \" + me))); }} for (var thread : threads) thread.join();",
    "try (var pool = Executors.newVirtualThreadPerTaskExecutor()) {{ for (int i = 0; i < 20; i++) {{ int me = i; pool.submit(() -> System.out.println(me)); }} }}",
    "var shown = display(\"{n}\"); for (int i = 0; i < 20; i++) updateDisplay(shown, i);",
    "for (int i = 0; i < 2_000; i++) System.out.println(\"line \" + i); clearOutput(true); System.out.println(\"end\");",
    "List.of({n}, 1, 2).stream().map(x -> x * {n}L).toList()",
    "Thread.ofPlatform().start(() -> {{ throw new IllegalStateException(\"{n}\"); }}).join();",
)
FAILING = frozenset((5, 6))
CHILD = "new ChildProcess(() -> System.out.println(\"child {n}\")).start().join();"
FEW = 10


@dataclass(frozen=True)
class Measure:
    key: str
    title: str
    limit: float  # what it may grow by in 1,000 cells
    unit: str = ""


MEASURES = (
    Measure("kernel_heap", "kernel: heap after a collection", 1.5, "MiB"),
    Measure("kernel_pss", "kernel: PSS", 6.0, "MiB"),
    Measure("kernel_metaspace", "kernel: metaspace", 1.0, "MiB"),
    Measure("kernel_threads", "kernel: threads", 0.5),
    Measure("kernel_files", "kernel: file descriptors", 0.5),
    Measure("kernel_maps", "kernel: mapped regions", 30.0),
    Measure("main_heap", "main process: heap after a collection", 1.5, "MiB"),
    Measure("main_pss", "main process: PSS", 8.0, "MiB"),
    Measure("main_metaspace", "main process: metaspace", 6.0, "MiB"),
    Measure("main_threads", "main process: threads", 0.5),
    Measure("main_files", "main process: file descriptors", 0.5),
    Measure("main_maps", "main process: mapped regions", 30.0),
    Measure("processes", "processes", 0.5),
    Measure("cell", "a one-line cell", 1.5, "ms"),
)


@dataclass(frozen=True)
class Verdict:
    key: str
    title: str
    unit: str
    first: float
    last: float
    slope: float  # in 1,000 cells
    limit: float
    flat: bool


def run(session: probe.Session, jdk: Path, cells: int, looks: int, rest_s: float, say: Callable[[str], None]) -> list[dict[str, float]]:
    """Runs that many cells and looks that often; raises probe.Failed when the kernel shows a fault."""
    taken = []
    for number in range(1, cells + 1):
        _cell(session, number)
        if number * looks // cells > len(taken):
            taken.append(_look(session, jdk, number, rest_s))
            say(f"{number} cells: " + ", ".join(f"{key} {value:.1f}" for key, value in taken[-1].items() if key != "cells"))
    return taken


def _cell(session: probe.Session, number: int) -> None:
    kind = number % len(KINDS)
    text = (CHILD if number % CHILD_EVERY == 0 else KINDS[kind]).format(n=number, few=number // len(KINDS) % FEW)
    fails = kind in FAILING and number % CHILD_EVERY != 0
    try:
        session.execute(text, CELL_TIMEOUT_S)
    except probe.Failed as failure:
        if not fails or "a cell failed" not in str(failure):
            raise
    else:
        if fails:
            raise probe.Failed(f"took a wrong cell for a right one: {text}")


def _look(session: probe.Session, jdk: Path, number: int, rest_s: float) -> dict[str, float]:
    tree = session.tree()
    kernel = tree[0]
    main = next(process for process in tree if any("NotebookMain" in part for part in process.cmdline()))
    look: dict[str, float] = {"cells": number}
    times = [session.execute(f"{n} * 7", CELL_TIMEOUT_S).done_s * 1000 for n in range(TIMED_CELLS)]
    look["cell"] = statistics.median(times)
    look["processes"] = len(tree)
    time.sleep(rest_s)  # what a kernel does that nobody asks anything
    for name, process in (("kernel", kernel), ("main", main)):
        _jcmd(jdk, process.pid, "GC.run")
        heap = _jcmd(jdk, process.pid, "GC.heap_info")
        # One line for each generation, or one for the whole heap; metaspace reserves, a heap does not have to.
        used = re.findall(r"^ *\S.* total .*used (\d+)K", heap, re.MULTILINE)
        look[name + "_heap"] = sum(map(int, used)) / 1024
        classes = re.search(r"^ *Both:.*?([\d.]+) (KB|MB|bytes).*?used", _jcmd(jdk, process.pid, "VM.metaspace", "basic", "scale=KB"), re.MULTILINE)
        look[name + "_metaspace"] = float(classes.group(1)) / 1024 if classes else 0.0
        look[name + "_threads"] = _settled(process.num_threads)
        memory = process.memory_full_info()
        if hasattr(memory, "pss"):
            look[name + "_pss"] = memory.pss / MIB
            look[name + "_files"] = process.num_fds()
            look[name + "_maps"] = len(process.memory_maps(grouped=False))
    return look


def _settled(count: Callable[[], int]) -> int:
    """Threads that are about to end are not counted: what counts is the least of some looks."""
    least = count()
    for _ in range(5):
        time.sleep(0.02)
        least = min(least, count())
    return least


def _jcmd(jdk: Path, pid: int, *command: str) -> str:
    done = subprocess.run([str(jdk / "bin" / "jcmd"), str(pid), *command], capture_output=True, text=True, timeout=TOOL_TIMEOUT_S)
    if done.returncode != 0:
        raise probe.Failed(f"cannot be looked into: {done.stdout.strip()[-160:]}")
    return done.stdout


def verdicts(looks: list[dict[str, float]]) -> list[Verdict]:
    """How each measure grows: the median of the slopes between all pairs of looks (Theil and Sen), which no single look can move."""
    settled = looks[int(len(looks) * WARM_UP) :]
    found = []
    for measure in MEASURES:
        points = [(look["cells"], look[measure.key]) for look in settled if measure.key in look]
        if len(points) >= 2:
            slope = 1000 * statistics.median((b[1] - a[1]) / (b[0] - a[0]) for a, b in itertools.combinations(points, 2))
            found.append(
                Verdict(measure.key, measure.title, measure.unit, points[0][1], points[-1][1], slope, measure.limit, slope <= measure.limit)
            )
    return found


def table(found: list[Verdict]) -> str:
    lines = [f"{'':<40} {'first':>9} {'last':>9} {'in 1,000':>10} {'limit':>7}"]
    for verdict in found:
        grows = "" if verdict.flat else "  GROWS"
        lines.append(
            f"{verdict.title + (', ' + verdict.unit if verdict.unit else ''):<40} {verdict.first:>9.1f} {verdict.last:>9.1f} {verdict.slope:>+10.2f} {verdict.limit:>7.1f}{grows}"
        )
    return "\n".join(lines)
