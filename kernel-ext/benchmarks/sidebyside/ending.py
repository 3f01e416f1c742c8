"""How a benchmark ends: by itself, or when it is told to, in either case after it has cleared up."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable


def until_told(work: Callable[[], int], stopped: str) -> int:
    """Does the work and returns its exit code, or that of a program ended by SIGINT or SIGTERM; then it says what became of it."""
    told: list[int] = []

    def end(number: int, _frame: object) -> None:
        told.append(128 + number)
        raise SystemExit(told[0])  # so that what was started is ended on SIGTERM, too

    previous = signal.signal(signal.SIGTERM, end)
    try:
        return work()
    except KeyboardInterrupt:
        print(stopped, file=sys.stderr)
        return 130
    except BaseException:
        # What the end interrupts may make another exception of it, as an event loop does: told is told.
        if not told:
            raise
        return told[0]
    finally:
        signal.signal(signal.SIGTERM, previous)
