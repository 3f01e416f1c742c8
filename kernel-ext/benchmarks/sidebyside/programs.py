"""Programs that measure one thing whenever they are told to: a line in, a figure out."""

from __future__ import annotations

import queue
import subprocess
import threading
import uuid
from pathlib import Path

import psutil

from . import trees

TAG = "BENCH_PROGRAM"  # marks every process below a program, also those whose parent is gone
END_S = 10  # how long a program may take to end, and all below it to be gone
HURRY_S = 1  # and where the benchmark itself was told to end, or the program failed


class Failed(Exception):
    """The program ended or did not answer in time; the message is a clause that says which."""


class Program:
    """A started program; a context manager that leaves no process behind."""

    def __init__(self, command: list[str], env: dict[str, str], log: Path, limit_s: float):
        self._tag = uuid.uuid4().hex
        self._log = log
        self._limit_s = limit_s
        self._lines: queue.Queue[str | None] = queue.Queue()
        self.left_behind = 0
        with open(log, "wb") as errors:
            try:
                self._process = subprocess.Popen(
                    command,
                    env={**env, TAG: self._tag},
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=errors,
                    text=True,
                    start_new_session=True,  # Ctrl-C is for the benchmark, which then ends its programs in its own way
                )
            except OSError as error:
                raise Failed(f"{command[0]} cannot be run ({error.strerror})") from error
        self._root = psutil.Process(self._process.pid)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self._process.stdout:
            self._lines.put(line.strip())
        self._lines.put(None)

    def __enter__(self) -> Program:
        return self

    def await_ready(self) -> None:
        self._answer("get ready")

    def sample(self) -> float:
        """One figure."""
        try:
            self._process.stdin.write("again\n")
            self._process.stdin.flush()
        except OSError:
            pass  # it has ended: its answer says so
        return float(self._answer("answer"))

    def cpu_s(self) -> float:
        """Processor time used so far by the program and all below it, with those that ended."""
        return trees.cpu_s(trees.tree(self._root))

    def _answer(self, what: str) -> str:
        try:
            line = self._lines.get(timeout=self._limit_s)
        except queue.Empty:
            raise Failed(f"did not {what} within {self._limit_s:g} s") from None
        if line is None:
            raise Failed(f"ended{self._last_words()}")
        return line

    def _last_words(self) -> str:
        lines = [line.strip() for line in self._log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
        said = next((line for line in lines if line.startswith("Exception in thread")), lines[-1] if lines else "")
        return f" ({said[:300]})" if said else ""

    def __exit__(self, kind, *_) -> None:
        """Lets the program end by itself; where that is out of the question, orders it to, so that it can still clear away what it has made."""
        below = trees.tree(self._root)[1:]
        patience_s = END_S if kind is None else HURRY_S
        try:
            if kind is not None:
                self._process.terminate()
            try:
                self._process.stdin.close()
            except OSError:
                pass  # it has ended
            try:
                self._process.wait(patience_s)
                psutil.wait_procs(below, timeout=patience_s)
            except subprocess.TimeoutExpired:
                self.left_behind += 1
        finally:
            self.left_behind += trees.kill_all(self._root if self._process.poll() is None else None, TAG, self._tag)
            self._process.wait()
            self._process.stdout.close()
