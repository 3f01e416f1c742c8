"""How a benchmark ends: by itself, or when it is told to, in either case after it has cleared up."""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Callable, Iterator

_held_back: list[int] | None = None  # signals that came at a bad time; None: they are answered at once


@contextlib.contextmanager
def unbroken() -> Iterator[None]:
    """Whoever is told to end in here ends behind it: a program that is just being started is not yet known to whoever has to end it."""
    global _held_back
    _held_back = []
    try:
        yield
    finally:
        came, _held_back = _held_back, None
    for number in came:
        signal.raise_signal(number)


def until_told(work: Callable[[], int], stopped: str) -> int:
    """Does the work and returns its exit code, or that of a program ended by SIGINT or SIGTERM; then it says what became of it."""
    told: list[int] = []

    def end(number: int, _frame: object) -> None:
        if _held_back is not None:
            _held_back.append(number)
            return
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
