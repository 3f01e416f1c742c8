"""Side-by-side benchmark of Jupyter kernels: heddle, ipykernel, JJava and rapaio, and of bare JShell, all in one run on one machine.

Every round starts each kernel afresh, one after the other, lets it live through the same small session and ends it;
tables show medians over the rounds, and ratios are taken within each round, between neighbours in time, so that a
machine that is busy for a while does not favour anyone. Peers are fetched into the user's cache on the first run.

Runs in the project's .venv (jupyter_client, ipykernel, psutil, pip). Exit code: 1 when heddle was asked for
and is missing or showed a fault, or when nothing could be measured at all; faults and absences of peers are reported
only; 2 for a wrong command line.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import platform
import sys
import time
import warnings
from pathlib import Path

from sidebyside import kernels

NAMES = ("heddle", "ipykernel", "jjava", "rapaio", "jshell")


def main(arguments: list[str] | None = None) -> int:
    options = _options(arguments)
    return kernels.in_scratch("kernel", "The benchmark", lambda scratch: _measure(options, scratch))


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench kernel", description="Jupyter kernels side by side on this machine.")
    parser.add_argument("--json", metavar="FILE", type=Path, help="also write every figure to FILE")
    parser.add_argument("--only", metavar="NAME", nargs="+", choices=NAMES, help=f"measure only these: {', '.join(NAMES)}")
    parser.add_argument("--quick", action="store_true", help="one short round, to see that all works; its figures mean little")
    parser.add_argument("--rounds", metavar="N", type=int, help="how many rounds (default 5)")
    parser.add_argument("--java", metavar="JDK", help="the JDK for all Java kernels (default: JAVA_HOME, then PATH)")
    # The launcher gives every benchmark the same options; this one runs kernels as their kernelspecs say.
    parser.add_argument("--classpath", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.rounds is not None and options.rounds < 1:
        parser.error("--rounds must be at least 1")
    if options.json and not options.json.resolve().parent.is_dir():
        parser.error(f"--json: there is no folder {options.json.resolve().parent}")
    return options


def _measure(options: argparse.Namespace, scratch: Path) -> int:
    from sidebyside import bare, peers, probe, report

    # jupyter_client warns that TCP ports carry no encryption; all of this stays on the loopback interface.
    warnings.filterwarnings("ignore", module="jupyter_client")
    settings = probe.QUICK if options.quick else probe.Settings()
    if options.rounds:
        settings = dataclasses.replace(settings, rounds=options.rounds)
    names = [name for name in NAMES if options.only is None or name in options.only]

    try:
        jdk = peers.find_jdk(options.java)
    except peers.Missing as missing:
        jdk = None
        if names != ["ipykernel"]:
            _say(str(missing))
    finder = peers.Peers(peers.cache_folder(), jdk, _say)
    taking_part, absent = [], {}
    for name in names:
        try:
            peer = finder.find(name)
            if name == "jshell":
                shell = bare.Shell(jdk, scratch / "jshell")
            taking_part.append(peer)
        except peers.Missing as missing:
            absent[name] = str(missing)
            _say(str(missing))
    if not taking_part:
        _say("No kernel is there to be measured.")
        return 1
    specs = scratch / "data" / "kernels"
    peers.write_specs([peer for peer in taking_part if peer.spec], specs)
    env = peers.environment(jdk)

    rounds: list[dict[str, dict]] = []
    notes: dict[str, dict[str, int]] = {peer.name: {} for peer in taking_part}
    described: dict[str, dict] = {}
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    for number in range(1, settings.rounds + 1):
        figures = {}
        for peer in taking_part:
            began = time.perf_counter()
            if peer.spec:
                folder = scratch / f"{number}-{peer.name}"
                folder.mkdir()
                with probe.Session(peer, specs, env, folder, settings) as session:
                    info, figures[peer.name], faults = probe.run_round(session, peer.language, settings, many=number == 1)
            else:
                info, figures[peer.name], faults = shell.run_round(settings, many=number == 1)
            described.setdefault(peer.name, info)
            for fault in faults:
                notes[peer.name][fault] = notes[peer.name].get(fault, 0) + 1
            _say(f"round {number} of {settings.rounds}: {peer.name}, {time.perf_counter() - began:.0f} s")
        rounds.append(figures)

    measured = [peer.name for peer in taking_part]
    summary = report.summarize(rounds)
    ratio = report.ratios(rounds, measured)
    goals = [] if options.quick else report.goals(summary, ratio, settings.lines)
    machine = {
        "system": platform.platform(),
        "processors": os.cpu_count(),
        "load_before": load,
        "python": platform.python_version(),
        "jdk": peers.jdk_version(jdk) if jdk else None,
    }
    versions = {peer.name: peer.version or described[peer.name].get("implementation_version", "?") for peer in taking_part}
    _print(report, settings, machine, versions, summary, ratio, goals, measured, notes)
    if options.json:
        document = {
            "benchmark": "kernel",
            "quick": options.quick,
            "machine": machine,
            "settings": dataclasses.asdict(settings),
            "kernels": {
                name: {"version": versions[name], "measures": summary[name], "notes": notes[name]} for name in measured
            },
            "absent": absent,
            "ratios": ratio,
            "goals": goals,
        }
        options.json.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    nothing = not any(summary.values())
    return 1 if nothing or "heddle" in absent or notes.get("heddle") else 0


def _print(report, settings, machine, versions, summary, ratio, goals, measured, notes) -> None:
    load = f", load {machine['load_before']:.1f} before" if machine["load_before"] is not None else ""
    print(f"Kernels on {machine['system']}, {machine['processors']} processors{load}, JDK {machine['jdk'] or 'none'}")
    print(", ".join(f"{name} {versions[name]}" for name in measured))
    print(f"\nMedian over {settings.rounds} round(s) (least-greatest)")
    print(report.table(summary, measured, settings.lines))
    if ratio:
        print("\nRatios, median of the rounds' own; below 1 is less than the kernel after the stroke")
        print(report.ratio_table(ratio, settings.lines))
    faults = [(name, fault, count) for name in measured for fault, count in notes[name].items()]
    if faults:
        print("\nWhat went wrong")
        for name, fault, count in faults:
            print(f"  {name}: {fault}" + (f" (in {count} rounds)" if count > 1 else ""))
    if goals:
        print("\nGoals")
        for goal in goals:
            print(f"  {'reached' if goal['reached'] else 'MISSED '}  {goal['goal']}: {report.number(goal['value'])}")


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
