"""Turns the figures of all rounds into tables, ratios and JSON."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

BASES = ("ipykernel", "jjava", "jshell")


@dataclass(frozen=True)
class Row:
    """A measured quantity: its key, what the table calls it, and its unit."""

    key: str
    title: str
    unit: str


ROWS = (
    Row("start", "start to ready", "s"),
    Row("start_cpu", "processor time to ready", "s"),
    Row("first", "first cell", "ms"),
    Row("cell", "one-line cell, warm, p50", "ms"),
    Row("cell_p95", "one-line cell, warm, p95", "ms"),
    Row("cell_cpu", "processor time of that cell", "ms"),
    Row("thirty", "cell of 30 statements", "ms"),
    Row("many", "one-line cell after many cells", "ms"),
    Row("info", "kernel_info round trip, p50", "ms"),
    Row("complete", "completion, warm, p50", "ms"),
    Row("complete_p95", "completion, warm, p95", "ms"),
    Row("inspect", "inspection, warm, p50", "ms"),
    Row("inspect_p95", "inspection, warm, p95", "ms"),
    Row("flood", "{lines:,} println until idle", "s"),
    Row("flood_lines", "  of these arrived", "lines"),
    Row("idle_cpu", "processor time while idle", "ms/s"),
    Row("pss_first", "memory after the first cell, PSS", "MiB"),
    Row("pss_idle", "memory used and idle, without children, PSS", "MiB"),
    Row("rss_first", "memory after the first cell, RSS", "MiB"),
    Row("pss_end", "memory at the end, PSS", "MiB"),
    Row("rss_end", "memory at the end, RSS", "MiB"),
    Row("processes", "processes at the end", ""),
    Row("shutdown", "shutdown until all are gone", "ms"),
)
# Counts, and what is a few clock ticks at most.
NO_RATIO = {"processes", "flood_lines", "idle_cpu"}


def summarize(rounds: list[dict[str, dict]]) -> dict[str, dict]:
    """Per kernel and key: the median over rounds, least, greatest and every round's value (None where it failed)."""
    names = list(dict.fromkeys(name for one in rounds for name in one))
    summary = {}
    for name in names:
        measures = {}
        for row in ROWS:
            values = [one.get(name, {}).get(row.key) for one in rounds]
            known = [value for value in values if value is not None]
            if known:
                measures[row.key] = {
                    "unit": row.unit,
                    # Of counts a count: no 19,999.5 lines.
                    "median": (statistics.median_low if isinstance(known[0], int) else statistics.median)(known),
                    "min": min(known),
                    "max": max(known),
                    "rounds": values,
                }
        summary[name] = measures
    return summary


def ratios(rounds: list[dict[str, dict]], names: list[str]) -> dict[str, dict]:
    """kernel -> base -> key -> ratio. Each round gives one ratio, of neighbours in time; theirs is the median."""
    result: dict[str, dict] = {}
    for name in names:
        for base in BASES:
            if base == name or base not in names:
                continue
            for row in ROWS:
                pairs = [(one.get(name, {}).get(row.key), one.get(base, {}).get(row.key)) for one in rounds]
                known = [mine / theirs for mine, theirs in pairs if mine is not None and theirs]
                if known and row.key not in NO_RATIO:
                    result.setdefault(name, {}).setdefault(base, {})[row.key] = spread(known)
    return result


def spread(values: list[float]) -> dict[str, float]:
    """Median, least and greatest."""
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def goals(summary: dict[str, dict], ratio: dict[str, dict], lines: int) -> list[dict]:
    """What this step of the project set itself, for what was measured: {goal, value, reached}."""
    found = []

    def judge(goal: str, value: float | None, reached) -> None:
        if value is not None:
            found.append({"goal": goal, "value": value, "reached": bool(reached(value))})

    mine = summary.get("heddle", {})
    beside = ratio.get("heddle", {})

    def median(of: dict, key: str) -> float | None:
        return of.get(key, {}).get("median")

    def less(key: str, other: str) -> float | None:
        values = median(mine, key), median(summary.get(other, {}), key)
        return None if None in values else values[0] - values[1]

    def growth(key: str) -> float | None:
        values = median(mine, key), median(mine, "cell")
        return None if None in values else values[0] / values[1]

    judge("start to ready 0.5 of ipykernel's or less", median(beside.get("ipykernel", {}), "start"), lambda r: r <= 0.5)
    judge("first cell at most 10 ms above bare JShell's", less("first", "jshell"), lambda ms: ms <= 10)
    judge("warm one-line cell at most 2 ms above bare JShell's", less("cell", "jshell"), lambda ms: ms <= 2)
    judge("warm one-line cell at most 0.35 of JJava's", median(beside.get("jjava", {}), "cell"), lambda r: r <= 0.35)
    judge("a cell of 30 statements at most 3 one-line cells", growth("thirty"), lambda r: r <= 3)
    judge("a one-line cell after 1,000 cells as quick as before (ratio at most 1.2)", growth("many"), lambda r: r <= 1.2)
    judge("kernel_info not slower than ipykernel's (ratio at most 1)", median(beside.get("ipykernel", {}), "info"), lambda r: r <= 1)
    judge(f"{lines:,} println within 1 s", median(mine, "flood"), lambda s: s <= 1)
    judge(f"{lines:,} println complete in every round", mine.get("flood_lines", {}).get("min"), lambda n: n == lines)
    for key, name in (("complete_p95", "completion"), ("inspect_p95", "inspection")):
        judge(f"{name}, p95, 0.4 of JJava's or less", median(beside.get("jjava", {}), key), lambda r: r <= 0.4)
        judge(f"{name}, p95, never over 100 ms", mine.get(key, {}).get("max"), lambda ms: ms <= 100)
    judge("idle memory of kernel and notebook process 200 MiB or less", median(mine, "pss_idle"), lambda mib: mib <= 200)
    return found


def table(summary: dict[str, dict], names: list[str], lines: int) -> str:
    """The absolute figures: median, and least to greatest round below one heading per kernel."""
    head = ["", "unit", *names]
    body = []
    for row in ROWS:
        cells = [_absolute(summary[name].get(row.key)) for name in names]
        if any(cell != "-" for cell in cells):
            body.append([row.title.format(lines=lines), row.unit, *cells])
    return align(head, body)


def ratio_table(ratio: dict[str, dict], lines: int) -> str:
    """The ratios, one column per pair; below 1 is less time or memory than the kernel compared with."""
    pairs = [(name, base) for name in ratio for base in ratio[name]]
    head = ["", *(f"{name}/{base}" for name, base in pairs)]
    body = []
    for row in ROWS:
        cells = [ratio[name][base].get(row.key) for name, base in pairs]
        if any(cells):
            body.append([row.title.format(lines=lines), *(number(cell["median"]) if cell else "-" for cell in cells)])
    return align(head, body)


def _absolute(measure: dict | None) -> str:
    if measure is None:
        return "-"
    known = [value for value in measure["rounds"] if value is not None]
    text = number(measure["median"])
    if len(known) > 1 and measure["min"] != measure["max"]:
        text += f" ({number(measure['min'])}-{number(measure['max'])})"
    if len(known) < len(measure["rounds"]):
        text += f" in {len(known)} of {len(measure['rounds'])}"
    return text


def number(value: float) -> str:
    """Three figures that mean something; no exponent."""
    if value == 0:
        return "0"
    if isinstance(value, int):
        return f"{value:,}"
    for limit, digits in ((100, 0), (10, 1), (1, 2)):
        if abs(value) >= limit:
            return f"{value:.{digits}f}"
    return f"{value:.3f}"


def align(head: list[str], body: list[list[str]], left: tuple[int, ...] = ()) -> str:
    """A table: the first column and those named to the left, figures to the right."""
    widths = [max(len(line[n]) for line in [head, *body]) for n in range(len(head))]
    lines = []
    for line in [head, *body]:
        padded = (cell.ljust(width) if n in (0, *left) else cell.rjust(width) for n, (cell, width) in enumerate(zip(line, widths)))
        lines.append("  ".join(padded).rstrip())
    lines.insert(1, "-" * max(len(line) for line in lines))
    return "\n".join(lines)
