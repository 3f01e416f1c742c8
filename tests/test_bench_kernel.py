"""The side-by-side kernel benchmark measures what it says, survives every kind of bad kernel, and leaves nothing."""

import json
import os
import subprocess
import sys
import tempfile
import textwrap
import unittest
from pathlib import Path
from unittest import mock

BENCHMARKS = Path(__file__).resolve().parents[1] / "kernel-ext" / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))

from sidebyside import peers, report  # noqa: E402

TIMEOUT_S = 120


class Run(unittest.TestCase):
    """The whole program, as ./heddle bench calls it."""

    def test_ipykernel_is_measured_and_nothing_is_left(self):
        with tempfile.TemporaryDirectory() as folder:
            home, temporary = Path(folder, "home"), Path(folder, "temporary folder")
            home.mkdir()
            temporary.mkdir()
            out = Path(folder, "figures.json")
            env = {**os.environ, "HOME": str(home), "XDG_CACHE_HOME": str(home / "cache"), "TMPDIR": str(temporary)}
            done = subprocess.run(
                [sys.executable, "kernel.py", "--quick", "--only", "ipykernel", "--json", str(out)],
                cwd=BENCHMARKS,
                env={**env, "TEMP": str(temporary), "TMP": str(temporary)},
                capture_output=True,
                text=True,
                timeout=TIMEOUT_S,
            )
            self.assertEqual(0, done.returncode, done.stderr)
            document = json.loads(out.read_text(encoding="utf-8"))
            kept = [path.name for path in home.iterdir()]
            self.assertLessEqual(set(kept), {"cache", "Library"}, "nothing but caches goes into the user's profile")
            self.assertEqual([], list(temporary.iterdir()), "the run's own folder is removed")
            self.assertEqual([], _processes_with("TMPDIR", str(temporary)), "no kernel outlives the run")

        self.assertEqual("kernel", document["benchmark"])
        self.assertTrue(document["quick"])
        self.assertEqual({}, document["absent"])
        self.assertEqual({}, document["ratios"])
        self.assertEqual(os.cpu_count(), document["machine"]["processors"])
        self.assertEqual(["ipykernel"], list(document["kernels"]))
        kernel = document["kernels"]["ipykernel"]
        self.assertEqual({}, kernel["notes"], done.stdout)
        self.assertRegex(kernel["version"], r"^\d+\.\d+")
        measures = kernel["measures"]
        optional = {"pss_first", "pss_end", "pss_idle"}  # only Linux tells
        self.assertLessEqual({row.key for row in report.ROWS} - optional, set(measures))
        for row in report.ROWS:
            if row.key in measures:
                measure = measures[row.key]
                self.assertEqual(row.unit, measure["unit"])
                self.assertEqual(1, len(measure["rounds"]))
                self.assertLessEqual(measure["min"], measure["median"])
                self.assertLessEqual(measure["median"], measure["max"])
                if row.key not in {"idle_cpu", "start_cpu", "cell_cpu"}:  # counted in ticks, may be none
                    self.assertGreater(measure["median"], 0, row.key)
                self.assertIn(row.title.format(lines=document["settings"]["lines"]), done.stdout)
        self.assertEqual(document["settings"]["lines"], measures["flood_lines"]["median"])
        self.assertEqual(1, measures["processes"]["median"])
        self.assertLess(measures["start"]["median"], document["settings"]["start_timeout_s"])
        self.assertLessEqual(measures["cell"]["median"], measures["cell_p95"]["median"])
        self.assertGreater(measures["rss_end"]["median"], 10)

    @unittest.skipIf(os.name == "nt", "Windows ends a process without a signal it could answer")
    def test_a_run_that_is_told_to_end_takes_its_kernels_with_it(self):
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "kernel.py", "--quick", "--rounds", "50", "--only", "ipykernel"]
            env = {**os.environ, "TMPDIR": folder, "XDG_CACHE_HOME": folder + "/cache"}
            with subprocess.Popen(command, cwd=BENCHMARKS, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as run:
                try:
                    self.assertIn(b"round 1 of 50", run.stderr.readline())
                    run.terminate()
                    self.assertEqual(143, run.wait(TIMEOUT_S))
                finally:
                    run.kill()
            self.assertEqual([], _processes_with("TMPDIR", folder))
            self.assertLessEqual({path.name for path in Path(folder).iterdir()}, {"cache"})

    def test_a_wrong_command_line_is_answered_in_words(self):
        for arguments, sentence in (
            (["--only", "xeus"], "invalid choice: 'xeus'"),
            (["--rounds", "0"], "--rounds must be at least 1"),
            (["--json", "no/such/folder/f.json"], "--json: there is no folder"),
        ):
            done = subprocess.run(
                [sys.executable, "kernel.py", *arguments], cwd=BENCHMARKS, capture_output=True, text=True, timeout=TIMEOUT_S
            )
            self.assertEqual(2, done.returncode)
            self.assertIn(sentence, done.stderr)
            self.assertNotIn("Traceback", done.stderr)


class BadKernels(unittest.TestCase):
    """What a round says of a kernel that misbehaves, and that it ends it with everything below it."""

    def test_one_that_dies_at_once_is_reported_with_its_last_words(self):
        info, figures, notes, _ = self._round("import sys; sys.exit('the disk is full')")
        self.assertEqual(({}, {}), (info, figures))
        self.assertEqual(["start: died (the disk is full)"], notes)

    def test_a_kernelspec_whose_program_is_gone_is_reported(self):
        _, figures, notes, _ = self._round("", executable="/no/such/java")
        self.assertEqual({}, figures)
        self.assertEqual(["start: /no/such/java cannot be run (No such file or directory)"], notes)

    def test_one_that_never_answers_is_ended_with_its_orphans(self):
        _, figures, notes, tag = self._round(
            """
            import subprocess, sys, time
            orphan = "import time; time.sleep(600)"
            child = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {orphan!r}], start_new_session=True)"
            subprocess.run([sys.executable, "-c", child])
            time.sleep(600)
            """,
            start_timeout_s=3,
        )
        self.assertEqual({}, figures)
        self.assertEqual(["start: did not get ready in time"], notes)
        self.assertEqual([], _processes_with(*tag))

    def test_a_lost_idle_is_reported_and_the_lines_still_count(self):
        _, figures, notes, tag = self._round(
            """
            from jupyter_client.session import Session
            send = Session.send
            def forgetful(self, stream, kind, content=None, parent=None, *rest, **more):
                if kind == "status" and content == {"execution_state": "idle"} and "line" in (parent or {}).get("content", {}).get("code", ""):
                    return None
                return send(self, stream, kind, content, parent, *rest, **more)
            Session.send = forgetful
            from ipykernel.kernelapp import launch_new_instance
            launch_new_instance()
            """
        )
        self.assertEqual(["println: idle never came"], notes)
        self.assertNotIn("flood", figures)
        self.assertEqual(2000, figures["flood_lines"])
        self.assertIn("shutdown", figures)
        self.assertEqual([], _processes_with(*tag))

    def test_lost_lines_and_wrong_results_are_reported(self):
        _, figures, notes, _ = self._round(
            """
            import builtins
            say = builtins.print
            builtins.print = lambda line: say(line, end="" if line == "line 7" else "\\n") if line != "line 3" else None
            import sys
            from ipykernel.ipkernel import IPythonKernel
            run = IPythonKernel.do_execute
            async def wrong(self, code, *rest, **more):
                return await run(self, "43" if code == "6 * 7" else code, *rest, **more)
            IPythonKernel.do_execute = wrong
            from ipykernel.kernelapp import launch_new_instance
            launch_new_instance()
            """
        )
        self.assertIn("println: lines were lost", notes)
        self.assertIn("println: lines were torn", notes)
        self.assertTrue(any("first cell: a cell should show 42 and showed" in note and "43" in note for note in notes), notes)
        self.assertEqual(1997, figures["flood_lines"])

    def _round(self, program, executable=sys.executable, **settings):
        import dataclasses

        from sidebyside import probe

        with tempfile.TemporaryDirectory() as folder:
            script = Path(folder, "kernel.py")
            script.write_text(textwrap.dedent(program), encoding="utf-8")
            spec = {"argv": [executable, str(script), "-f", "{connection_file}"], "display_name": "", "language": "python"}
            peer = peers.Peer("bad", "python", spec)
            peers.write_specs([peer], Path(folder, "kernels"))
            run = Path(folder, "run")
            run.mkdir()
            private = {"JUPYTER_RUNTIME_DIR": str(run), "IPYTHONDIR": str(run)}
            with mock.patch.dict(os.environ, private):
                chosen = dataclasses.replace(probe.QUICK, **settings)
                with probe.Session(peer, Path(folder, "kernels"), dict(os.environ), run, chosen) as session:
                    info, figures, notes = probe.run_round(session, "python", chosen)
        return info, figures, notes, ("IPYTHONDIR", str(run))


class FindingPeers(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.cache = Path(self.folder.name, "cache")
        self.jdk = Path(self.folder.name, "jdk")
        (self.jdk / "bin").mkdir(parents=True)
        (self.jdk / "bin" / "java").touch()
        (self.jdk / "release").write_text('JAVA_VERSION="99.0.1"\n', encoding="utf-8")
        self.said = []

    def _find(self, name, jdk=True):
        return peers.Peers(self.cache, self.jdk if jdk else None, self.said.append).find(name)

    def test_heddle_that_is_not_set_up_is_one_sentence(self):
        with mock.patch.object(sys, "prefix", self.folder.name):
            with self.assertRaisesRegex(peers.Missing, r"^heddle is not set up \(.*\): run ./heddle setup first\.$"):
                self._find("heddle")

    def test_a_peer_without_a_network_is_one_sentence_and_leaves_no_half_download(self):
        with mock.patch.dict(os.environ, {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": ""}):
            with self.assertRaisesRegex(peers.Missing, r"^JJava is left out: it could not be fetched from PyPI; .*network"):
                self._find("jjava")
        self.assertEqual([], list(self.cache.iterdir()))
        self.assertEqual(1, len(self.said))
        self.assertRegex(self.said[0], r"^Fetching JJava once from PyPI into .*\.$")

    def test_a_fetched_peer_is_used_again_without_a_word(self):
        spec = self.cache / f"jjava-{peers.JJAVA}" / "share" / "jupyter" / "kernels" / "java"
        spec.mkdir(parents=True)
        (spec / "kernel.json").write_text('{"argv": ["java", "{resource_dir}/a.jar"]}', encoding="utf-8")
        self.assertEqual(["java", str(spec) + "/a.jar"], self._find("jjava").spec["argv"])
        self.assertEqual([], self.said)

    def test_java_kernels_without_a_jdk_are_left_out(self):
        for name in ("jjava", "rapaio", "jshell"):
            with self.assertRaisesRegex(peers.Missing, f"^{name} is left out: it needs a JDK, and none was found"):
                self._find(name, jdk=False)

    def test_the_jdk_is_the_given_one_or_a_clear_sentence(self):
        self.assertEqual(self.jdk, peers.find_jdk(str(self.jdk)))
        self.assertEqual(self.jdk.resolve(), peers.find_jdk(str(self.jdk / "bin" / "java")))
        with self.assertRaisesRegex(peers.Missing, "--java names .* which is no JDK: it has no bin/java"):
            peers.find_jdk(self.folder.name)

    def test_figures_of_an_old_jdk_are_not_set_beside_others(self):
        (self.jdk / "release").write_text('JAVA_VERSION="17.0.15"\n', encoding="utf-8")
        with self.assertRaisesRegex(peers.Missing, r"a JDK of version 17\.0\.15; the Java kernels are compared on JDK \d+ or newer"):
            peers.find_jdk(str(self.jdk))
        (self.jdk / "release").unlink()
        with self.assertRaisesRegex(peers.Missing, "a JDK of version unknown"):
            peers.find_jdk(str(self.jdk))

    def test_kernels_do_not_inherit_what_would_disturb(self):
        with mock.patch.dict(os.environ, {"JAVA_TOOL_OPTIONS": "-Xint", "JJAVA_STARTUP_SCRIPT": "x", "KEPT": "y"}):
            env = peers.environment(self.jdk)
        self.assertEqual((str(self.jdk), "y"), (env["JAVA_HOME"], env["KEPT"]))
        self.assertTrue(env["PATH"].startswith(str(self.jdk / "bin")))
        self.assertFalse({"JAVA_TOOL_OPTIONS", "JJAVA_STARTUP_SCRIPT"} & set(env))


class Figures(unittest.TestCase):
    ROUNDS = [
        {"heddle": {"cell": 10.0, "flood": 0.5, "flood_lines": 20_000}, "jjava": {"cell": 100.0, "flood": 2.0}},
        {"heddle": {"cell": 40.0, "flood": 0.9, "flood_lines": 20_000}, "jjava": {"cell": 200.0}},
        {"heddle": {"cell": 12.0, "flood": 0.6, "flood_lines": 19_800}, "jjava": {"cell": 40.0, "flood": 3.0}},
    ]

    def test_ratios_are_taken_within_a_round(self):
        ratio = report.ratios(self.ROUNDS, ["heddle", "jjava"])["heddle"]["jjava"]
        self.assertEqual({"median": 0.2, "min": 0.1, "max": 0.3}, ratio["cell"])
        self.assertAlmostEqual(0.225, ratio["flood"]["median"])  # of the two rounds in which both ended

    def test_a_round_that_failed_is_seen_in_the_table(self):
        summary = report.summarize(self.ROUNDS)
        self.assertEqual([2.0, None, 3.0], summary["jjava"]["flood"]["rounds"])
        text = report.table(summary, ["heddle", "jjava"], 20_000)
        self.assertRegex(text, r"20,000 println until idle +s +0\.600 \(0\.500-0\.900\) +2\.50 \(2\.00-3\.00\) in 2 of 3")

    def test_goals_are_judged_by_what_was_measured_only(self):
        summary = report.summarize(self.ROUNDS)
        ratio = report.ratios(self.ROUNDS, ["heddle", "jjava"])
        found = {goal["goal"]: goal["reached"] for goal in report.goals(summary, ratio, 20_000)}
        self.assertEqual(
            {
                "warm one-line cell at most 0.35 of JJava's": True,
                "20,000 println within 1 s": True,
                "20,000 println complete in every round": False,
            },
            found,
        )


def _processes_with(variable, value):
    """Living processes whose environment has this value."""
    import psutil

    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(variable) == value and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process.pid)
        except (psutil.Error, OSError):
            continue
    return found


if __name__ == "__main__":
    unittest.main()
