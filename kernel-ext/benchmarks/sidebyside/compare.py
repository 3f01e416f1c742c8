"""Measures rows on Heddle and on CPython by turns, in one run on one machine, and sets the figures side by side.

Each side of a row is a program of its own, CPython's once for each start method. All of a row's programs are started, do the same number of warm-up rounds, and are then
measured round by round, one after the other, while the others wait for their turn; each round begins with another one. A ratio is taken within each round,
between neighbours in time, and the median of those is shown, so that a machine that is busy for a while favours nobody.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from . import ending, peers, report
from .rows import BENCHES, MANY_ROUNDS, Row

BENCHMARKS = Path(__file__).resolve().parents[1]
CPYTHON = BENCHMARKS / "cpython.py"
HEDDLE = "heddle"
LIMIT = "limit"
MUCH = 3  # times the median: from there on the first sample is reported, too


class Unfit(Exception):
    """The comparison cannot be made; the message is one sentence."""


@dataclasses.dataclass(frozen=True)
class Settings:
    rounds: int = 15
    warm_up: int = 10
    sample_limit_s: float = 120.0


QUICK = Settings(rounds=2, warm_up=1)


def main(bench: str, arguments: list[str] | None = None) -> int:
    options = _options(bench, arguments)
    scratch = Path(tempfile.mkdtemp(prefix="heddle-bench-"))

    def work() -> int:
        try:
            return _compare(bench, options, scratch)
        except Unfit as unfit:
            print(unfit, file=sys.stderr)
        except ModuleNotFoundError as error:
            print(f"The benchmark needs the Python package {error.name}: run ./heddle setup, then ./heddle bench {bench}.", file=sys.stderr)
        return 1

    try:
        return ending.until_told(work, "Stopped; no process was left running.")
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _options(bench: str, arguments: list[str] | None) -> argparse.Namespace:
    keys = [row.key for row in BENCHES[bench]]
    parser = argparse.ArgumentParser(prog=f"bench {bench}", description="Heddle's processes beside CPython's multiprocessing on this machine.")
    parser.add_argument("--java", required=True, help="the java command")
    parser.add_argument("--classpath", required=True, help="with heddle-processes and heddle-benchmarks, as jars")
    parser.add_argument("--python", default=sys.executable, help="the CPython to compare with (default: the one that runs this)")
    parser.add_argument("--json", metavar="FILE", type=Path, help="also write every figure to FILE")
    parser.add_argument("--only", metavar="ROW", nargs="+", choices=keys, help=f"measure only these: {', '.join(keys)}")
    parser.add_argument("--quick", action="store_true", help="two short rounds, to see that all works; its figures mean little")
    parser.add_argument("--rounds", metavar="N", type=int, help=f"how many rounds (default {Settings.rounds})")
    options = parser.parse_args(arguments)
    if options.rounds is not None and options.rounds < 1:
        parser.error("--rounds must be at least 1")
    if options.json and not options.json.resolve().parent.is_dir():
        parser.error(f"--json: there is no folder {options.json.resolve().parent}")
    return options


def _compare(bench: str, options: argparse.Namespace, scratch: Path) -> int:
    settings = QUICK if options.quick else Settings()
    if options.rounds:
        settings = dataclasses.replace(settings, rounds=options.rounds)
    try:
        jdk = peers.find_jdk(options.java)
    except peers.Missing as missing:
        raise Unfit(str(missing)) from None
    env = peers.environment(jdk)
    cpython = _look_at(options.python, env)
    machine = {
        "system": platform.platform(),
        "processors": os.cpu_count(),
        "processor": _processor(),
        "jdk": peers.jdk_version(jdk),
        "cpython": cpython["version"],
        "start_methods": cpython["methods"],
        "load_before": _load(),
    }
    java = [options.java, "--enable-native-access=ALL-UNNAMED", "-cp", options.classpath]
    measured = {}
    for row in BENCHES[bench]:
        if options.only and row.key not in options.only:
            continue
        mine, theirs, limit = row.orders(options.quick)
        commands = {HEDDLE: [*java, "heddle.benchmarks.ProcessesBenchmark", *mine]}
        commands |= {method: [options.python, str(CPYTHON), method, *theirs] for method in cpython["methods"]}
        commands[LIMIT] = [*java, "heddle.benchmarks.LimitsBenchmark", *limit]
        measured[row.key] = judge(row, *measure(row, commands, env, scratch, settings), quick=options.quick)
        _say(f"{row.title}: {_short(row, measured[row.key])}")
    machine["load_after"] = _load()
    _print(machine, settings, measured, options.quick)
    if options.json:
        document = {
            "benchmark": bench,
            "quick": options.quick,
            "machine": machine,
            "settings": dataclasses.asdict(settings),
            "rows": measured,
        }
        options.json.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return 1 if any(result["notes"] for result in measured.values()) else 0


def _look_at(python: str, env: dict[str, str]) -> dict:
    """What this Python says that it can do."""
    try:
        asked = subprocess.run([python, str(CPYTHON)], env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unfit(f"--python names {python}, which cannot be run ({error}).") from None
    if asked.returncode != 0:
        raise Unfit(asked.stderr.strip().splitlines()[-1] if asked.stderr.strip() else f"{python} ended with {asked.returncode}.")
    return json.loads(asked.stdout)


def measure(row: Row, commands: dict[str, list[str]], env: dict[str, str], scratch: Path, settings: Settings) -> tuple[dict, dict]:
    """(figures, notes) by side. Figures: the warm-up's samples, the rounds' (None where it failed), and the processor time of the rounds in seconds."""
    from .programs import Failed, Program

    rounds = min(settings.rounds, MANY_ROUNDS) if row.slow else settings.rounds
    warm_up = min(settings.warm_up, 1) if row.slow else settings.warm_up
    figures: dict[str, dict] = {}
    notes: dict[str, str] = {}
    programs: dict[str, Program] = {}
    with contextlib.ExitStack() as stack:

        def attempt(side, work):
            if side not in notes:
                try:
                    return work()
                except Failed as failure:
                    notes[side] = str(failure)
            return None

        def begin(side):
            with ending.unbroken():
                programs[side] = stack.enter_context(
                    Program(commands[side], env, scratch / f"{row.key}-{side}.log", settings.sample_limit_s)
                )
            programs[side].await_ready()

        for side in commands:
            figures[side] = {"warm_up": [], "samples": [], "cpu_s": None}
            attempt(side, lambda: begin(side))
        sides = list(commands)
        for number in range(warm_up):
            for side in sides:
                figures[side]["warm_up"].append(attempt(side, lambda: programs[side].sample()))
        _say(f"{row.title}: all are warm, {rounds} rounds follow")
        before = {side: attempt(side, lambda: programs[side].cpu_s()) for side in sides}
        for number in range(rounds):
            first = number % len(sides)
            for side in sides[first:] + sides[:first]:
                figures[side]["samples"].append(attempt(side, lambda: programs[side].sample()))
        for side in sides:
            after = attempt(side, lambda: programs[side].cpu_s())
            figures[side]["cpu_s"] = None if after is None or before[side] is None else round(after - before[side], 3)
    for side, program in programs.items():
        if program.left_behind and side not in notes:
            notes[side] = f"left {program.left_behind} processes behind, killed"
    return figures, notes


def judge(row: Row, figures: dict[str, dict], notes: dict[str, str], quick: bool = False) -> dict:
    """A row as it goes into the JSON: every sample, and what they come to. A quick run's reaches and misses nothing."""
    sides = {side: {**one, **_summary(one)} for side, one in figures.items()}
    mine = figures[HEDDLE]["samples"]
    base = row.base if row.base in figures else _best(row, sides)
    result = {
        "title": row.title,
        "unit": row.unit,
        "more_is_better": row.more,
        "absolute": row.absolute,
        "target": row.target,
        "compared_with": base,
        "limit": row.limit[0],
        "sides": sides,
        "notes": notes,
    }
    for name, other in (("ratio", base), ("to_limit", LIMIT)):
        pairs = [(a, b) for a, b in zip(mine, figures[other]["samples"] if other else []) if a is not None and b]
        if pairs:
            result[name] = report.spread([a / b for a, b in pairs])
    value = (sides[HEDDLE] if row.absolute else result.get("ratio", {})).get("median")
    result["reached"] = None if quick or value is None else value >= row.target if row.more else value <= row.target
    return result


def _summary(side: dict) -> dict:
    known = [sample for sample in side["samples"] if sample is not None]
    return report.spread(known) if known else {}


def _best(row: Row, sides: dict[str, dict]) -> str | None:
    """CPython's best start method for this row, by its median."""
    theirs = {side: one["median"] for side, one in sides.items() if side not in (HEDDLE, LIMIT) and "median" in one}
    return (max if row.more else min)(theirs, key=theirs.get) if theirs else None


def _short(row: Row, result: dict) -> str:
    if "median" not in result["sides"][HEDDLE] or "ratio" not in result:
        return "; ".join(f"{side} {note}" for side, note in result["notes"].items()) or "not measured"
    if row.absolute:
        return f"{report.number(result['sides'][HEDDLE]['median'])} {row.unit}"
    return f"{report.number(result['ratio']['median'])} of CPython's"


def _print(machine: dict, settings: Settings, measured: dict[str, dict], quick: bool) -> None:
    load = "" if machine["load_before"] is None else f", load {machine['load_before']:.1f} before and {machine['load_after']:.1f} after"
    print(f"{machine['system']}, {machine['processors']} processors ({machine['processor']}){load}")
    print(f"Heddle on JDK {machine['jdk']} beside CPython {machine['cpython']} ({', '.join(machine['start_methods'])})")
    if machine["load_before"] is not None and machine["load_before"] > machine["processors"] / 2:
        print("The machine was busy with other work when this began: the ratios are rough, and CPU says more than time.")
    if quick:
        print("This was a quick run: it shows that all rows work, and its figures mean little.")
    print(
        f"\nMedians of {settings.rounds} rounds after {settings.warm_up} rounds of warm-up on each side (of what takes seconds: {MANY_ROUNDS} and 1); "
        "ratios are Heddle/CPython\nwithin a round, their median (least-greatest). CPU: the ratio of the processor time of all processes."
    )
    print(table(measured))
    firsts = [line for line in map(_first, measured.values()) if line]
    if firsts:
        print(f"\nThe first sample of all, with nothing warm, where that was more than {MUCH} times worse than the median on either side")
        print(report.align(["", "unit", "Heddle", "times", "CPython", "times"], firsts))
    notes = [f"{result['title']}: {side}: {note}" for result in measured.values() for side, note in result["notes"].items()]
    if notes:
        print("\nWhat went wrong")
        for note in notes:
            print("  " + note)


def table(measured: dict[str, dict]) -> str:
    head = ["", "unit", "CPython", "", "Heddle", "ratio", "to reach", "", "CPU", "limit", "Heddle/limit", ""]
    body = []
    for result in measured.values():
        sides, base = result["sides"], result["compared_with"]
        bound = ("{} or more" if result["more_is_better"] else "{} or less").format(f"{result['target']:g}")
        body.append(
            [
                result["title"],
                result["unit"],
                _median(sides.get(base)),
                base or "-",
                _median(sides[HEDDLE]),
                _spread(result.get("ratio")),
                f"{bound}, {result['unit']}" if result["absolute"] else bound,
                {None: "-", True: "reached", False: "MISSED"}[result["reached"]],
                _ratio(sides[HEDDLE]["cpu_s"], (sides.get(base) or {}).get("cpu_s")),
                _median(sides[LIMIT]),
                report.number(result["to_limit"]["median"]) if "to_limit" in result else "-",
                result["limit"],
            ]
        )
    return report.align(head, body, left=(3, 7, 11))


def _first(result: dict) -> list[str] | None:
    """What the first sample was on both sides, where it was much worse than the median of the warm ones."""
    cells, much = [], False
    for side in (HEDDLE, result["compared_with"]):
        one = result["sides"].get(side, {})
        first = (one.get("warm_up") or [None])[0]
        times = None
        if first and "median" in one:
            times = one["median"] / first if result["more_is_better"] else first / one["median"]
            much = much or times > MUCH
        cells += [report.number(first) if first else "-", report.number(times) if times else "-"]
    return [result["title"], result["unit"], *cells] if much else None


def _median(side: dict | None) -> str:
    return report.number(side["median"]) if side and "median" in side else "-"


def _spread(ratio: dict | None) -> str:
    return "{} ({}-{})".format(*(report.number(ratio[key]) for key in ("median", "min", "max"))) if ratio else "-"


def _ratio(mine: float | None, theirs: float | None) -> str:
    return report.number(mine / theirs) if mine and theirs else "-"


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def _load() -> float | None:
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else None


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
