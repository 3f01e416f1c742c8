"""Processes with everything below them: what they use, and their end."""

from __future__ import annotations

import time

import psutil

LOOK_S = 0.005


def tree(root: psutil.Process | None) -> list[psutil.Process]:
    """A process and all below it that are alive."""
    try:
        return [root, *root.children(recursive=True)] if root else []
    except psutil.NoSuchProcess:
        return []


def cpu_s(processes: list[psutil.Process]) -> float:
    """Processor time that they have used so far, with that of their children that ended."""
    total = 0.0
    for process in processes:
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system + getattr(times, "children_user", 0) + getattr(times, "children_system", 0)
    return total


def await_end(processes: list[psutil.Process], timeout_s: float) -> bool:
    """Waits until all have ended. A zombie has: it holds nothing, and an orphan may wait for seconds until it is reaped."""
    deadline = time.perf_counter() + timeout_s
    while any(_runs(process) for process in processes):
        if time.perf_counter() > deadline:
            return False
        time.sleep(LOOK_S)
    return True


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def kill_all(root: psutil.Process | None, variable: str, value: str) -> int:
    """Kills a process, all below it, and all that carry this environment variable, orphans, too; returns how many there were."""
    killed = set()
    victims = {process.pid: process for process in tree(root)}
    for _ in range(5):  # what is forked while its parent is being killed is met in the next turn
        for process in psutil.process_iter():
            try:
                if process.environ().get(variable) == value and process.status() != psutil.STATUS_ZOMBIE:
                    victims[process.pid] = process
            except (psutil.Error, OSError):
                continue  # another user's, or gone
        if not victims:
            break
        killed.update(victims)
        for process in victims.values():
            try:
                process.kill()
            except psutil.NoSuchProcess:
                pass
        _, alive = psutil.wait_procs(list(victims.values()), timeout=5)
        victims = {process.pid: process for process in alive}
    return len(killed)
