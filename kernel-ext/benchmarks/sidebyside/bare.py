"""The JDK's own JShell beside the kernels: the same cells in a bare process, with C1 and an AOT cache as Heddle's kernel has."""

from __future__ import annotations

import statistics
import subprocess
import time
import zipfile
from pathlib import Path

from . import peers, probe

SOURCE = Path(__file__).resolve().parents[1] / "src/main/java/heddle/benchmarks/BareShell.java"
OPTIONS = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:-UsePerfData", "-Xlog:aot*=off", "-Xlog:cds*=off")
STEP_TIMEOUT_S = 60


class Shell:
    """Makes the program once for a run, then starts it as often as it is asked."""

    def __init__(self, jdk: Path, folder: Path):
        self._java = str(jdk / "bin" / "java")
        self._folder = folder
        self._jar = folder / "shell.jar"
        self._cache = folder / "shell.aot"
        folder.mkdir()
        classes = folder / "classes"
        _run([str(jdk / "bin" / "javac"), "-d", str(classes), str(SOURCE)])
        with zipfile.ZipFile(self._jar, "w") as jar:
            for file in sorted(classes.rglob("*.class")):
                jar.write(file, file.relative_to(classes).as_posix())
        cells = probe.LANGUAGES["java"]
        training = [f"{n} * 7" for n in range(20)] + [cells.prepare, _one_line(cells.thirty)]
        _run(self._command(f"-XX:AOTCacheOutput={self._cache}"), "".join(line + "\n" for line in training))

    def run_round(self, settings: probe.Settings, many: bool) -> tuple[dict, dict, list[str]]:
        """As probe.run_round, with the figures that a shell without a protocol has."""
        figures: dict[str, float] = {}
        began = time.perf_counter()
        with subprocess.Popen(
            self._command(f"-XX:AOTCache={self._cache}"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as process:
            try:

                def evaluate(code: str) -> float:
                    process.stdin.write(code + "\n")
                    process.stdin.flush()
                    answer = process.stdout.readline()
                    if "\t" not in answer:
                        raise probe.Failed(f"the shell ended at {code!r}")
                    return int(answer.split("\t")[1]) / 1e6

                if process.stdout.readline().strip() != "ready":
                    raise probe.Failed("did not get ready")
                figures["start"] = time.perf_counter() - began
                figures["first"] = evaluate("6 * 7")
                probe.spread(figures, "cell", [evaluate(f"{n} * 7") for n in range(settings.warm_up + settings.cells)][settings.warm_up :])
                thirty = _one_line(probe.LANGUAGES["java"].thirty)
                figures["thirty"] = statistics.median([evaluate(thirty) for _ in range(settings.thirties + 1)][1:])
                if many:
                    for n in range(settings.many):
                        evaluate(probe.LANGUAGES["java"].declare.format(n=n))
                    figures["many"] = statistics.median(evaluate(f"{n} * 7") for n in range(settings.cells))
            except (probe.Failed, OSError) as failure:
                return {}, figures, [f"shell: {failure}"]
            finally:
                process.kill()
        return {}, figures, []

    def _command(self, option: str) -> list[str]:
        return [self._java, *OPTIONS, option, "-cp", str(self._jar), "heddle.benchmarks.BareShell"]


def _one_line(cell: str) -> str:
    return " ".join(cell.splitlines())


def _run(command: list[str], text: str = "") -> None:
    try:
        done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=STEP_TIMEOUT_S)
    except (OSError, subprocess.SubprocessError) as error:
        raise peers.Missing(f"jshell is left out: {Path(command[0]).name} cannot be run ({error}).") from error
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["no message"]
        raise peers.Missing(f"jshell is left out: {Path(command[0]).name} failed ({lines[-1][:200]}).")
