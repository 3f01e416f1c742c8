"""The benchmark of processes measures every row on both sides, says what went wrong, ends when it is told to, and leaves nothing."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from unittest import mock

import pytest
from conftest import ROOT, processes_with

BENCHMARKS = ROOT / "kernel-ext" / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))

from sidebyside import compare, programs, rows  # noqa: E402

TIMEOUT_S = 200
QUICKEST = ["reserve", "lock"]


@pytest.fixture
def java(tmp_path):
    """Java with a folder of its own for shared memory, in which nothing may be left; whatever else runs here has another."""
    home = os.environ.get("JAVA_HOME")
    if not home:
        pytest.skip("JAVA_HOME is not set")
    if os.name == "nt":
        yield str(Path(home, "bin", "java.exe"))
        return
    jdk = tmp_path / "jdk"
    (jdk / "bin").mkdir(parents=True)
    (jdk / "release").symlink_to(Path(home, "release"))
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as memory:
        wrapper = jdk / "bin/java"
        wrapper.write_text('#!/bin/sh\nexec "{}/bin/java" "-Dheddle.processes.memory={}" "$@"\n'.format(home, memory))
        wrapper.chmod(0o755)
        yield str(wrapper)
        assert os.listdir(memory) == [], "shared memory is left"


def class_path():
    """What `./heddle bench` runs, built by `./heddle test`."""
    path = os.environ.get("HEDDLE_BENCHMARKS")
    if not path:
        pytest.skip("HEDDLE_BENCHMARKS is not set: ./heddle test bench_processes does it")
    return path


def command(java, *more):
    return [sys.executable, "processes.py", "--java", java, "--classpath", class_path(), *more]


@pytest.fixture
def surroundings(tmp_path):
    """An environment in which all that a run writes lies in one folder."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    cache = str(tmp_path / "cache")
    yield {**os.environ, "TMPDIR": str(folder), "TEMP": str(folder), "TMP": str(folder), "XDG_CACHE_HOME": cache}
    assert list(folder.iterdir()) == [], "the run's own folder is removed"


def test_a_run_measures_both_sides_and_leaves_nothing(java, surroundings, tmp_path):
    out = tmp_path / "figures.json"
    done = subprocess.run(
        command(java, "--quick", "--only", *QUICKEST, "--json", str(out)),
        cwd=BENCHMARKS,
        env=surroundings,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    document = json.loads(out.read_text(encoding="utf-8"))
    assert document["benchmark"] == "processes" and document["quick"]
    assert document["machine"]["processors"] == os.cpu_count()
    assert document["machine"]["cpython"].count(".") == 2
    assert sorted(document["rows"]) == sorted(QUICKEST)
    for row in rows.PROCESSES:
        if row.key in QUICKEST:
            result = document["rows"][row.key]
            assert row.title in done.stdout
            assert result["notes"] == {}
            assert set(result["sides"]) == {"heddle", "limit", *document["machine"]["start_methods"]}
            for side in result["sides"].values():
                assert len(side["samples"]) == compare.QUICK.rounds and len(side["warm_up"]) == compare.QUICK.warm_up
                assert 0 < side["min"] <= side["median"] <= side["max"]
            assert result["ratio"]["min"] <= result["ratio"]["median"] <= result["ratio"]["max"]
            assert result["reached"] is None, "a quick run reaches nothing"
    assert document["rows"]["reserve"]["compared_with"] == "fork"


@pytest.mark.skipif(os.name == "nt", reason="Windows ends a process without a signal it could answer")
@pytest.mark.parametrize("row", ["reserve", "contended"])
def test_a_run_that_is_told_to_end_takes_its_programs_with_it(java, surroundings, row):
    with subprocess.Popen(
        command(java, "--rounds", "100000", "--only", row),
        cwd=BENCHMARKS,
        env={**surroundings, "BENCH_TEST": str(os.getpid())},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as run:
        try:
            assert "all are warm" in run.stderr.readline()
            run.terminate()
            assert run.wait(TIMEOUT_S) == 143, run.stderr.read()
        finally:
            run.kill()
    assert list(processes_with("BENCH_TEST", str(os.getpid()))) == []


@pytest.mark.parametrize("side", ["heddle", "cpython", "limit"])
def test_every_row_can_be_measured_and_ends_by_itself(java, surroundings, tmp_path, side):
    for row in rows.PROCESSES:
        mine, theirs, limit = row.orders(quick=True)
        jvm = [java, "--enable-native-access=ALL-UNNAMED", "-cp", class_path()]
        commands = {
            "heddle": [*jvm, "heddle.benchmarks.ProcessesBenchmark", *mine],
            "cpython": [sys.executable, str(compare.CPYTHON), "spawn", *theirs],
            "limit": [*jvm, "heddle.benchmarks.LimitsBenchmark", *limit],
        }
        with programs.Program(commands[side], surroundings, tmp_path / "log", 60) as program:
            program.await_ready()
            assert program.sample() > 0, row.key
        assert program.left_behind == 0, row.key


@pytest.mark.parametrize(
    "python, sentence",
    [
        ("import sys; sys.version_info = (3, 7, 9)", "compared is with CPython 3.8 or newer."),
        ("import platform; platform.python_implementation = lambda: 'PyPy'", "compared is with CPython 3.8 or newer."),
        ("import sys; sys.modules['_multiprocessing'] = None", "has no working multiprocessing"),
    ],
)
def test_a_python_that_cannot_take_part_is_told_in_one_sentence(java, surroundings, tmp_path, python, sentence):
    # The first thing any Python does is to look for a module of this name.
    (tmp_path / "sitecustomize.py").write_text(python)
    unfit = tmp_path / "python"
    unfit.write_text('#!/bin/sh\nPYTHONPATH="{}" exec "{}" "$@"\n'.format(tmp_path, sys.executable))
    unfit.chmod(0o755)
    done = subprocess.run(
        command(java, "--quick", "--python", str(unfit)), cwd=BENCHMARKS, env=surroundings, capture_output=True, text=True, timeout=TIMEOUT_S
    )
    assert done.returncode == 1
    assert sentence in done.stderr and len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    "more, sentence",
    [
        (["--only", "gil"], "invalid choice: 'gil'"),
        (["--rounds", "0"], "--rounds must be at least 1"),
        (["--json", "no/such/folder/f.json"], "--json: there is no folder"),
    ],
)
def test_a_wrong_command_line_is_answered_in_words(more, sentence):
    done = subprocess.run(
        [sys.executable, "start.py", "--java", "java", "--classpath", "x", *more], cwd=BENCHMARKS, capture_output=True, text=True, timeout=TIMEOUT_S
    )
    assert done.returncode == 2
    assert sentence in done.stderr and "Traceback" not in done.stderr


# ------------------------------------------------------------------------------------------------- bad programs


def program(text, tmp_path, limit_s=60):
    script = tmp_path / "program.py"
    script.write_text(text)
    return programs.Program([sys.executable, str(script)], dict(os.environ), tmp_path / "log", limit_s)


def test_one_that_ends_is_reported_with_its_last_words(tmp_path):
    with program("import sys; print('ready', flush=True); input(); sys.exit('the disk is full')", tmp_path) as it:
        it.await_ready()
        with pytest.raises(programs.Failed, match=r"^ended \(the disk is full\)$"):
            it.sample()


def test_one_that_never_answers_is_ended_with_its_orphans(tmp_path):
    with pytest.raises(programs.Failed, match="did not answer within 0.5 s"):
        with program(
            "import subprocess, sys, time\n"
            "sleep = [sys.executable, '-c', 'import time; time.sleep(600)']\n"
            "subprocess.Popen([sys.executable, '-c', f'import subprocess; subprocess.Popen({sleep!r}, start_new_session=True)']).wait()\n"
            "print('ready', flush=True)\n"
            "time.sleep(600)\n",
            tmp_path,
            limit_s=0.5,
        ) as it:
            it._limit_s, short = 60, it._limit_s
            it.await_ready()
            it._limit_s = short
            it.sample()
    assert list(processes_with(programs.TAG, it._tag)) == []


def test_what_is_left_behind_is_counted_and_killed(tmp_path):
    text = "import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\nprint('ready', flush=True)\ninput()\n"
    with mock.patch.object(programs, "END_S", 0.5), program(text, tmp_path) as it:
        it.await_ready()
    assert it.left_behind == 1
    assert list(processes_with(programs.TAG, it._tag)) == []


# ------------------------------------------------------------------------------------------------------ figures


def side(samples, warm_up=(1.0,)):
    return {"warm_up": list(warm_up), "samples": samples, "cpu_s": 2.0}


def test_ratios_are_taken_within_a_round_and_with_the_best_of_cpython():
    row = rows.Row("x", "a row", "ms", ("x", 1), 0.3, ("a limit", ("y", 1)))
    figures = {"heddle": side([10, 40, 12]), "fork": side([100, 200, 40]), "spawn": side([300, 300, 300]), "limit": side([5, 5, 5])}
    result = compare.judge(row, figures, {})
    assert result["compared_with"] == "fork"
    assert result["ratio"] == {"median": 0.2, "min": 0.1, "max": 0.3}
    assert result["to_limit"]["median"] == 2.4
    assert result["reached"] is True
    assert "0.200 (0.100-0.300)" in compare.table({"x": result})
    assert compare._first(result) is None


def test_a_first_sample_much_worse_than_the_others_is_told():
    for more, warm_up in ((False, [70.0, 20.0]), (True, [1.0, 9.0])):
        row = rows.Row("x", "a row", "ms", ("x", 1), 0.3, ("a limit", ("y", 1)), more=more)
        figures = {"heddle": side([10, 10], warm_up), "fork": side([10, 10], [20.0 if not more else 5.0]), "limit": side([5, 5])}
        line = compare._first(compare.judge(row, figures, {}))
        assert line == ["a row", "ms", *(["1.00", "10.0", "5.00", "2.00"] if more else ["70.0", "7.00", "20.0", "2.00"])]


def test_of_throughput_more_is_better():
    row = rows.Row("x", "a row", "items/s", ("x", 1), 15, ("a limit", ("y", 1)), more=True)
    figures = {"heddle": side([100, 100]), "fork": side([10, 10]), "spawn": side([20, 20]), "limit": side([400, 400])}
    result = compare.judge(row, figures, {})
    assert result["compared_with"] == "spawn"
    assert result["reached"] is False


def test_what_failed_is_not_judged():
    row = rows.Row("x", "a row", "ms", ("x", 1), 0.3, ("a limit", ("y", 1)), base="fork")
    result = compare.judge(row, {"heddle": side([None]), "fork": side([1]), "limit": side([1])}, {"heddle": "ended"})
    assert result["reached"] is None and "ratio" not in result
    assert "a row" in compare.table({"x": result})


def test_a_quick_run_does_less_of_the_same():
    for row in rows.PROCESSES:
        for quick, full in zip(row.orders(True), row.orders(False)):
            assert len(quick) == len(full) and quick[:-1] == full[:-1]
