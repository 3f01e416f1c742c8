"""What starting and joining a child process takes: ChildProcess beside CPython's fork, spawn and forkserver, measured by turns in one run.

    python start.py --java JAVA --classpath CP [--json FILE] [--pairs N] [--many N]
"""

import argparse
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent


class Measured:
    """A program that measures when it is told to, one order and one answer a line."""

    def __init__(self, *command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._answer(command[0])

    def _answer(self, what):
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"start.py: the program measured ended while it was asked for {what!r}; see its message above")
        return line.strip()

    def ask(self, order):
        self.process.stdin.write(order + "\n")
        self.process.stdin.flush()
        return self._answer(order)

    def ms(self, order):
        return float(self.ask(order))

    def end(self):
        self.process.stdin.write("end\n")
        self.process.stdin.close()
        self.process.wait(timeout=60)


def start_methods():
    if os.name == "nt":
        return ["spawn"]
    return ["fork", "spawn", "forkserver"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--java", required=True, help="the java command")
    parser.add_argument("--classpath", required=True, help="with heddle-processes and heddle-benchmarks, as jars")
    parser.add_argument("--json", type=pathlib.Path, help="also write the figures here")
    parser.add_argument("--pairs", type=int, default=20, help="how often each is measured (default %(default)s)")
    parser.add_argument("--many", type=int, default=100, help="how many children at once (default %(default)s)")
    parser.add_argument("--many-pairs", type=int, default=3, help="how often that is measured (default %(default)s)")
    given = parser.parse_args()

    java = Measured(given.java, "-cp", given.classpath, "heddle.benchmarks.StartBenchmark")
    cpython = Measured(sys.executable, str(HERE / "start_cpython.py"))
    java.ask("warm")
    methods = start_methods()
    for method in methods:
        cpython.ms(f"one {method}")
    for _ in range(5):
        java.ms("reserve")

    one = {"ChildProcess, from the reserve": [], "ChildProcess, cold": []}
    one.update({f"CPython {method}": [] for method in methods})
    many = {"ChildProcess": []}
    many.update({f"CPython {method}": [] for method in methods})
    for _ in range(given.pairs):
        one["ChildProcess, from the reserve"].append(java.ms("reserve"))
        for method in methods:
            one[f"CPython {method}"].append(cpython.ms(f"one {method}"))
        one["ChildProcess, cold"].append(java.ms("cold"))
    for _ in range(given.many_pairs):
        many["ChildProcess"].append(java.ms(f"many {given.many}"))
        for method in methods:
            many[f"CPython {method}"].append(cpython.ms(f"many {method} {given.many}"))
    java.end()
    cpython.end()

    tables = {"start + join of one child": one, f"{given.many} children started, then joined": many}
    for title, rows in tables.items():
        show(title, rows, methods)
    if given.json:
        report = {
            "machine": {"cores": os.cpu_count(), "system": platform.system(), "python": platform.python_version()},
            "milliseconds": tables,
            "medians": {title: {name: statistics.median(ms) for name, ms in rows.items()} for title, rows in tables.items()},
            "load": os.getloadavg() if hasattr(os, "getloadavg") else None,
        }
        given.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


def show(title, rows, methods):
    """Medians, and ratios as the median of the pairs."""
    print(f"\n{title}")
    heads = "".join(f"{'x ' + method:>14}" for method in methods)
    print(f"  {'':32}{'median ms':>12}{'least ms':>12}{heads}")
    for name, ms in rows.items():
        ratios = ""
        for method in methods:
            base = rows[f"CPython {method}"]
            ratio = statistics.median(mine / theirs for mine, theirs in zip(ms, base))
            ratios += f"{ratio:14.2f}"
        print(f"  {name:32}{statistics.median(ms):12.2f}{min(ms):12.2f}{ratios}")


if __name__ == "__main__":
    main()
