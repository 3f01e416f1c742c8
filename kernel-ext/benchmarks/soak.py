"""A long day of one kernel: thousands of cells with redefinitions, errors, threads, displays, floods and children.

Every so often, after a collection in both processes, it is looked at what they hold and how long a one-line cell takes.
What matters is the slope, not the height: a soak has passed when nothing grows by more than its limit. Exit code: 1 when
something grows or the kernel shows a fault, 2 for a wrong command line.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import platform
import sys
import warnings
from pathlib import Path

from sidebyside import kernels


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="bench soak", description="Thousands of cells on one kernel: does anything grow?")
    parser.add_argument("--json", metavar="FILE", type=Path, help="also write every figure to FILE")
    parser.add_argument("--cells", metavar="N", type=int, default=5_000, help="how many cells (default 5000)")
    parser.add_argument("--looks", metavar="N", type=int, default=20, help="how often it is looked at what the kernel holds (default 20)")
    parser.add_argument("--rest", metavar="S", type=float, default=3.0, help="seconds that the kernel may tidy up in before each look (default 3)")
    parser.add_argument("--quick", action="store_true", help="300 cells, to see that all works; short runs prove little")
    parser.add_argument("--java", metavar="JDK", help="the JDK whose tools look into the processes (default: JAVA_HOME, then PATH)")
    # The launcher gives every benchmark the same options; this one runs the kernel as its kernelspec says.
    parser.add_argument("--classpath", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.quick:
        options.cells, options.looks = 300, 6
    if options.looks < 4 or options.cells < 10 * options.looks:
        parser.error("--looks must be at least 4, and --cells 10 times as many")
    return kernels.in_scratch("soak", "The soak", lambda scratch: _soak(options, scratch))


def _soak(options: argparse.Namespace, scratch: Path) -> int:
    from sidebyside import peers, probe, soaking

    warnings.filterwarnings("ignore", module="jupyter_client")
    try:
        jdk = peers.find_jdk(options.java)
        peer = peers.Peers(peers.cache_folder(), jdk, print).find("heddle")
    except peers.Missing as missing:
        print(missing, file=sys.stderr)
        return 1
    specs = scratch / "kernels"
    peers.write_specs([peer], specs)
    folder = scratch / "kernel"
    folder.mkdir()
    with probe.Session(peer, specs, peers.environment(jdk), folder, probe.Settings()) as session:
        try:
            session.start()
            looks = soaking.run(session, jdk, options.cells, options.looks, options.rest, lambda line: print(line, file=sys.stderr, flush=True))
        except probe.Failed as failure:
            print(f"The kernel {failure}.", file=sys.stderr)
            return 1
    verdicts = soaking.verdicts(looks)
    print(f"{options.cells:,} cells on {platform.system()}, {os.cpu_count()} processors, JDK {peers.jdk_version(jdk)}")
    print(soaking.table(verdicts))
    if options.json:
        document = {
            "benchmark": "soak",
            "cells": options.cells,
            "quick": options.quick,
            "looks": looks,
            "verdicts": [dataclasses.asdict(verdict) for verdict in verdicts],
        }
        options.json.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    return 0 if all(verdict.flat for verdict in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
