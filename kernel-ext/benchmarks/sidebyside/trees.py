"""Processes with everything below them: what they use, and their end."""

from __future__ import annotations

import psutil


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
