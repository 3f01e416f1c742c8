"""The soak runs its cells on a real kernel, looks at what it holds, and tells what grows from what does not."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[1] / "kernel-ext" / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))

from sidebyside import soaking  # noqa: E402


def looks(key, values):
    return [{"cells": 100 * number, key: value} for number, value in enumerate(values, 1)]


@pytest.mark.parametrize(
    "values, slope, flat",
    [
        ([40, 20, 10, 10, 11, 10, 9, 10], 0, True),  # what is warming up says nothing
        ([10, 10, 10, 10, 500, 10, 10, 10], 0, True),  # one look moves nothing
        ([10, 11, 12, 13, 14, 15, 16, 17], 10, False),
    ],
)
def test_the_slope_decides(values, slope, flat):
    verdict = soaking.verdicts(looks("kernel_threads", values))[0]
    assert (verdict.key, round(verdict.slope), verdict.flat) == ("kernel_threads", slope, flat)
    assert ("GROWS" in soaking.table([verdict])) != flat


def test_a_short_soak_leaves_no_thread_file_or_process(tmp_path):
    out = tmp_path / "soak.json"
    command = [sys.executable, "soak.py", "--cells", "150", "--looks", "4", "--rest", "0", "--json", str(out)]
    done = subprocess.run(command, cwd=BENCHMARKS, capture_output=True, text=True, timeout=180, env=dict(os.environ, TMPDIR=str(tmp_path)))
    assert out.is_file(), done.stderr
    document = json.loads(out.read_text(encoding="utf-8"))
    first, last = document["looks"][1], document["looks"][-1]
    assert (first["cells"], last["cells"]) == (75, 150)
    # Sooner or later the JVM makes a thread or two more of its own; a leak makes one for each cell that starts some.
    for key, more in {"processes": 2, "kernel_threads": 4, "main_threads": 4, "kernel_files": 4, "main_files": 4}.items():
        if key in first:
            assert last[key] <= first[key] + more, (key, document["looks"])
    for name in ("kernel", "main"):
        assert 0 < last[name + "_heap"] < 200 and last[name + "_metaspace"] > 0
    assert {verdict["key"] for verdict in document["verdicts"]} <= {measure.key for measure in soaking.MEASURES}
