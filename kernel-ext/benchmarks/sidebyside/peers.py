"""The kernels that are compared: where each comes from, and its kernelspec in a private folder.

Nothing is installed into the user's profile: peers are fetched once into a cache, and every kernelspec is written
into a folder that ends with the run.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]

# Pinned, so that figures of different days can be compared.
JJAVA = "1.0a8"  # the newest of IJava's successor, published only as a pre-release
RAPAIO = "3.0.1"
FETCH_TIMEOUT_S = 600

# These change how a JVM, Python or a kernel starts: what is compared must not depend on the caller's own settings.
DISTURBING = ("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "CLASSPATH", "PYTHONPATH", "PYTHONSTARTUP")
DISTURBING_PREFIXES = ("IJAVA_", "JJAVA_", "RJK_")


class Missing(Exception):
    """A kernel that cannot take part; the message is one sentence for the user."""


@dataclass(frozen=True)
class Peer:
    """What takes part: its name in the tables, the language of its cells, its kernelspec's content (empty: no kernel)."""

    name: str
    language: str
    spec: dict
    version: str | None = None  # as it was fetched; None where the kernel itself knows best


def find_jdk(given: str | None) -> Path:
    """The JDK that all Java kernels run on: what was given (a JDK or its java), JAVA_HOME, else the java on PATH."""
    origin = "--java" if given else "JAVA_HOME"
    value = given or os.environ.get("JAVA_HOME")
    if not value:
        origin, value = "PATH", shutil.which("java")
    if not value:
        raise Missing("No JDK was found for the Java kernels: set JAVA_HOME to a JDK 25 or give --java.")
    path = Path(value)
    home = path if path.is_dir() else path.resolve().parent.parent
    if not any((home / "bin" / java).is_file() for java in ("java", "java.exe")):
        raise Missing(f"{origin} names {value}, which is no JDK: it has no bin/java.")
    # Peers run on older JDKs, too, but figures of two JDKs side by side would compare the JDKs.
    version = jdk_version(home)
    needed = int(re.search(r"<heddle.jdk>(\d+)<", (REPOSITORY / "pom.xml").read_text(encoding="utf-8")).group(1))
    if version is None or int(re.match(r"\d*", version).group() or 0) < needed:
        raise Missing(
            f"{origin} names {value}, a JDK of version {version or 'unknown'}; the Java kernels are compared on JDK {needed} "
            "or newer: set JAVA_HOME to one or give --java."
        )
    return home


def jdk_version(home: Path) -> str | None:
    """What the JDK's release file says, such as 25.0.3; None where it says nothing."""
    try:
        found = re.search(r'^JAVA_VERSION="(.*)"', (home / "release").read_text(encoding="utf-8"), re.MULTILINE)
    except OSError:
        return None
    return found.group(1) if found else None


def environment(jdk: Path | None) -> dict[str, str]:
    """The environment every kernel is started with: the caller's, less what would disturb, with one JDK first."""
    clean = {
        key: value
        for key, value in os.environ.items()
        if key not in DISTURBING and not key.startswith(DISTURBING_PREFIXES)
    }
    if jdk:
        clean["JAVA_HOME"] = str(jdk)
        clean["PATH"] = str(jdk / "bin") + os.pathsep + clean.get("PATH", "")
    return clean


def cache_folder() -> Path:
    """Where fetched peers are kept: the user's cache, outside the repository."""
    if os.environ.get("XDG_CACHE_HOME"):
        base = Path(os.environ["XDG_CACHE_HOME"])
    elif os.name == "nt" and os.environ.get("LOCALAPPDATA"):
        base = Path(os.environ["LOCALAPPDATA"])
    else:
        base = Path.home() / ".cache"
    return base / "heddle" / "bench"


class Peers:
    """Finds or fetches the kernels by name and writes their kernelspecs into a folder of this run."""

    def __init__(self, cache: Path, jdk: Path | None, say):
        self._cache = cache
        self._jdk = jdk
        self._say = say
        self._finders = {
            "heddle": self._heddle,
            "ipykernel": self._ipykernel,
            "jjava": self._jjava,
            "rapaio": self._rapaio,
            "jshell": self._jshell,
        }

    def find(self, name: str) -> Peer:
        """The kernel of this name, fetched if need be. Raises Missing with one sentence where it cannot be had."""
        return self._finders[name]()

    def _heddle(self) -> Peer:
        folder = Path(sys.prefix) / "share" / "jupyter" / "kernels" / "heddle"
        if not (folder / "kernel.json").is_file():
            raise Missing(f"heddle is not set up (no kernelspec in {folder}): run ./heddle setup first.")
        return Peer("heddle", "java", _read_spec(folder))

    def _ipykernel(self) -> Peer:
        folder = Path(sys.prefix) / "share" / "jupyter" / "kernels" / "python3"
        if not (folder / "kernel.json").is_file():
            raise Missing(f"ipykernel is not installed beside {sys.executable}: run ./heddle setup first.")
        spec = _read_spec(folder)
        # The shipped kernelspec says "python" and leaves it to Jupyter to put its own interpreter there.
        spec["argv"] = [sys.executable, *spec["argv"][1:]]
        return Peer("ipykernel", "python", spec, importlib.metadata.version("ipykernel"))

    def _jjava(self) -> Peer:
        self._need_jdk("jjava")
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        command += ["--no-deps", "--only-binary", ":all:", f"jjava=={JJAVA}", "--target"]
        folder = self._fetch(f"jjava-{JJAVA}", "JJava", "PyPI", lambda target: [*command, str(target)])
        return Peer("jjava", "java", _read_spec(folder / "share" / "jupyter" / "kernels" / "java"), JJAVA)

    def _rapaio(self) -> Peer:
        self._need_jdk("rapaio")
        wrapper = REPOSITORY / ("mvnw.cmd" if os.name == "nt" else "mvnw")
        maven = str(wrapper) if wrapper.is_file() else shutil.which("mvn")
        artifact = f"io.github.padreati:rapaio-jupyter-kernel:{RAPAIO}"

        def command(target: Path) -> list[str]:
            if not maven:
                raise Missing("rapaio is left out: neither the repository's mvnw nor an mvn on PATH was found.")
            # In the repository, so that the parent pom pins the plugin; -N, so that no module is looked at.
            copy = ["dependency:copy", f"-Dartifact={artifact}", f"-DoutputDirectory={target}"]
            return [maven, "-q", "-B", "-N", "-f", str(REPOSITORY / "pom.xml"), *copy]

        folder = self._fetch(f"rapaio-{RAPAIO}", "rapaio-jupyter-kernel", "Maven Central", command)
        jar = folder / f"rapaio-jupyter-kernel-{RAPAIO}.jar"
        # Content as its own installer writes it.
        spec = {
            "argv": ["java", "-jar", str(jar), "{connection_file}"],
            "display_name": "Java (rapaio)",
            "language": "java",
            "interrupt_mode": "message",
            "env": {
                "RJK_CLASSPATH": "",
                "RJK_COMPILER_OPTIONS": "",
                "RJK_INIT_SCRIPT": "",
                "RJK_TIMEOUT_MILLIS": "-1",
                "RJK_MIMA_CACHE": "mima_cache",
            },
        }
        return Peer("rapaio", "java", spec, RAPAIO)

    def _jshell(self) -> Peer:
        self._need_jdk("jshell")
        return Peer("jshell", "java", {}, jdk_version(self._jdk))

    def _need_jdk(self, name: str) -> None:
        if self._jdk is None:
            raise Missing(f"{name} is left out: it needs a JDK, and none was found.")

    def _fetch(self, folder_name: str, title: str, source: str, command) -> Path:
        """The peer's folder in the cache; filled beside it first, so that a broken download is never taken for one."""
        folder = self._cache / folder_name
        if folder.is_dir():
            return folder
        try:
            self._cache.mkdir(parents=True, exist_ok=True)
            partial = Path(tempfile.mkdtemp(prefix=folder_name + ".", suffix=".partial", dir=self._cache))
        except OSError as error:
            raise Missing(f"{title} is left out: the cache {self._cache} cannot be written ({error.strerror}).") from error
        try:
            line = command(partial)
            self._say(f"Fetching {title} once from {source} into {folder}.")
            _run(line, environment(self._jdk), title, source)
            try:
                partial.rename(folder)
            except OSError:
                if not folder.is_dir():  # else another run was quicker
                    raise
            return folder
        finally:
            shutil.rmtree(partial, ignore_errors=True)


def write_specs(peers: list[Peer], folder: Path) -> None:
    """Writes kernelspecs that Jupyter finds below the folder, each under the peer's name."""
    for peer in peers:
        target = folder / peer.name
        target.mkdir(parents=True)
        (target / "kernel.json").write_text(json.dumps(peer.spec), encoding="utf-8")


def _read_spec(folder: Path) -> dict:
    try:
        spec = json.loads((folder / "kernel.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Missing(f"The kernelspec in {folder} cannot be read ({error}): remove it and run ./heddle setup.") from error
    spec["argv"] = [argument.replace("{resource_dir}", str(folder)) for argument in spec["argv"]]
    return spec


def _run(command: list[str], env: dict[str, str], title: str, source: str) -> None:
    try:
        subprocess.run(
            command,
            cwd=REPOSITORY,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=FETCH_TIMEOUT_S,
            check=True,
        )
    except subprocess.TimeoutExpired as error:
        raise Missing(f"{title} is left out: {source} did not deliver within {FETCH_TIMEOUT_S} s.") from error
    except subprocess.CalledProcessError as error:
        lines = [line.strip() for line in error.output.decode("utf-8", "replace").splitlines()]
        reason = next((line for line in lines if "ERROR" in line), lines[-1] if lines else "no message")
        raise Missing(f"{title} is left out: it could not be fetched from {source}; is there a network? ({reason[:200]})") from error
    except OSError as error:
        raise Missing(f"{title} is left out: {command[0]} cannot be run ({error.strerror}).") from error
