"""The launcher as a user meets it: each thing that can be amiss gives one clear sentence and breaks nothing.

Most tests run the real launcher in a copy of the checkout in which the JDK and Maven are small shell scripts and
the Python packages one tiny wheel, so that each takes a second or two.
"""

import base64
import contextlib
import functools
import hashlib
import http.server
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tarfile
import threading
import time
import zipfile
from pathlib import Path

import pytest
from conftest import ROOT, end_group, need

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the stand-ins for Java and Maven are shell scripts")

JAVA = """#!/bin/sh
for word in "$@"; do
  case "$word" in
  -XX:AOTCacheOutput=*) echo trained > "${word#-XX:AOTCacheOutput=}" ;;
  -XX:SharedArchiveFile=*) echo archived > "${word#-XX:SharedArchiveFile=}" ;;
  --list-modules) echo java.base@25; echo jdk.jshell@25; exit 0 ;;
  -XshowSettings:properties) echo "    java.version = 25.0.1" ; exit 0 ;;
  esac
done
exit 0
"""

MVN = """#!/bin/sh
if [ "$1" = "-v" ]; then echo "Apache Maven ${FAKE_MVN_VERSION:-3.9.9}"; exit 0; fi
echo "$*" >> "$CALLS/mvn"
if [ "$FAKE_MVN" = fail ]; then
  echo "[INFO] BUILD FAILURE"; echo "[ERROR] COMPILATION ERROR :"; echo "[ERROR] /x/Y.java:[3,5] ';' expected"; exit 1
fi
if [ "$FAKE_MVN" = offline ]; then
  echo "[ERROR] Could not transfer artifact a:b:jar:1 from/to central: Unknown host"; exit 1
fi
if [ "$FAKE_MVN" = wait ]; then echo $$ > "$CALLS/waiting"; read line < "$CALLS/gate"; fi
echo "[INFO] Building Heddle kernel 0.1.0   [1/2]"
for part in kernel/target/heddle/lib/kernel/heddle-kernel kernel/target/heddle/lib/maven/heddle-maven lessons/target/heddle/lib/notebook/heddle-lessons benchmarks/target/heddle-benchmarks jshell/target/heddle-jshell install/target/heddle-install; do
  mkdir -p "kernel-ext/$(dirname $part)"; echo jar > "kernel-ext/$part-0.1.0.jar"
done
case "$*" in *verify*)
  if [ "$FAKE_MVN" = together ]; then
    : > "$CALLS/together-maven"
    for _ in $(cat "$CALLS/tries"); do
      [ -e "$CALLS/together-pytest-python.xml" ] && [ -e "$CALLS/together-pytest-lessons.xml" ] && break
      sleep 0.05
    done
  fi
  mkdir -p kernel-ext/kernel/target/surefire-reports
  case "$*" in *SomeTest#b*)
    echo '<testsuite><testcase classname="heddle.kernel.SomeTest" name="b">'"$FAKE_AGAIN"'</testcase></testsuite>' > kernel-ext/kernel/target/surefire-reports/TEST-heddle.kernel.SomeTest.xml
    exit 0 ;;
  esac
  cat > kernel-ext/kernel/target/surefire-reports/TEST-heddle.kernel.SomeTest.xml <<-END
	<testsuite><testcase name="a"/><testcase classname="heddle.kernel.SomeTest" name="b"><failure/></testcase><testcase name="c"><skipped/></testcase></testsuite>
	END
  echo "[ERROR] Tests run: 3, Failures: 1, Errors: 0, Skipped: 1, Time elapsed: 0.1 s <<< FAILURE! -- in heddle.kernel.SomeTest"
  echo "[ERROR] heddle.kernel.SomeTest.b -- Time elapsed: 0.1 s <<< FAILURE!"
  echo "java.lang.AssertionError: one is not two $(printf '%0400d' 0)"
  echo "	at heddle.kernel.SomeTest.b(SomeTest.java:7)"
  ;;
esac
"""


# Each waits for the two others.
PYTEST = """
import os, sys, time
report = sys.argv[sys.argv.index("--junitxml") + 1]
calls = os.environ["CALLS"]
if "again" in report or "python" in report and os.environ.get("FAKE_PYTEST"):
    word = "PASSED" if "again" in report or os.environ["FAKE_PYTEST"] == "pass" else "FAILED"
    print("tests/test_it.py::test_b[x] " + word + " [100%]")
    with open(report, "w") as file:
        file.write('<testsuite><testcase name="b">' + ("<failure/>" if word == "FAILED" else "") + '</testcase></testsuite>')
    sys.exit(word == "FAILED")
open(os.path.join(calls, "together-" + os.path.basename(report)), "w").close()
limit = time.monotonic() + 30
while len([name for name in os.listdir(calls) if name.startswith("together-")]) < 3:
    assert time.monotonic() < limit, "alone: " + report
    time.sleep(0.02)
print("collected 2 items")
print("tests/test_it.py::test_a PASSED [ 50%]")
print("tests/test_it.py::test_b FAILED [100%]")
print("E   the reason")
with open(report, "w") as file:
    file.write('<testsuites><testsuite><testcase name="a"/><testcase name="b"><failure/></testcase></testsuite></testsuites>')
sys.exit(1)
"""


def executable(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def tiny_wheel(folder, name, module="", content=""):
    """A wheel made by hand, so that pip has something to install without a network."""
    folder.mkdir(parents=True, exist_ok=True)
    info = name + "-1.0.dist-info"
    files = {
        (module or name) + ".py": content.encode(),
        info + "/METADATA": "Metadata-Version: 2.1\nName: {}\nVersion: 1.0\n".format(name).encode(),
        info + "/WHEEL": b"Wheel-Version: 1.0\nGenerator: hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = []
    with zipfile.ZipFile(str(folder / (name + "-1.0-py3-none-any.whl")), "w") as wheel:
        for path, content in files.items():
            wheel.writestr(path, content)
            check = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            record.append("{},sha256={},{}".format(path, check, len(content)))
        wheel.writestr(info + "/RECORD", "\n".join(record + [info + "/RECORD,,"]) + "\n")


def fake_jdk(home, version="25.0.1", modules="java.base jdk.compiler jdk.jshell", compiler=True, release=True):
    executable(home / "bin/java", JAVA)
    if compiler:
        executable(home / "bin/javac", "#!/bin/sh\n")
    if release:
        (home / "release").write_text('JAVA_VERSION="{}"\nMODULES="{}"\n'.format(version, modules))
    return home


class Sandbox:
    """A checkout of its own, with a HOME and a PATH of its own."""

    def __init__(self, folder):
        self.root = folder / "my heddle ü"
        self.home = folder / "home"
        self.calls = folder / "calls"
        self.jdks = folder / "jdks"
        self.bin = folder / "bin"
        for made in (self.home, self.calls, self.jdks, self.bin, self.root / "notebooks/en", self.root / "notebooks/zh"):
            made.mkdir(parents=True)
        shutil.copy(str(ROOT / "heddle"), str(self.root / "heddle"))
        shutil.copytree(str(ROOT / "kernel-ext/kernelspec"), str(self.root / "kernel-ext/kernelspec"))
        for module in ("kernel", "lessons"):
            source = self.root / "kernel-ext" / module / "src/main/java/A.java"
            source.parent.mkdir(parents=True)
            source.write_text("class A {}")
            (self.root / "kernel-ext" / module / "pom.xml").write_text("<project/>")
        (self.root / "pom.xml").write_text("<project/>")
        (self.root / "requirements.txt").write_text("# pins\nheddletiny==1.0\n")
        (self.root / "requirements-test.txt").write_text("heddletinytest==1.0\n")
        (self.root / "requirements-jdk.txt").write_text("heddletinyjdk==1.0\n")
        tiny_wheel(folder / "wheels", "heddletiny")
        tiny_wheel(folder / "wheels", "heddletinytest", "pytest", PYTEST)
        executable(self.bin / "mvn", MVN)
        for tool in ("sh", "cat", "dirname", "mkdir", "echo", "sleep", "env", "rm", "mv", "uname", "mktemp", "unzip", "tar", "gzip", "curl", "tr"):
            if shutil.which(tool):
                (self.bin / tool).symlink_to(shutil.which(tool))
        self.jdk = fake_jdk(self.jdks / "jdk-25")
        self.env = {
            "HOME": str(self.home),
            "PATH": str(self.bin),
            "CALLS": str(self.calls),
            "HEDDLE_JDK_FOLDERS": str(self.jdks),
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(folder / "wheels"),
            "PIP_NO_CACHE_DIR": "1",
            "PIP_NO_COMPILE": "1",
            "LANG": "C.UTF-8",
        }

    def start(self, *arguments, prefix=(), **env):
        full = dict(self.env, **env)
        full.update({name: value for name, value in os.environ.items() if name.startswith("HEDDLE_TEST_")})
        command = [*prefix, sys.executable, str(self.root / "heddle"), *arguments]
        return subprocess.Popen(
            command, env=full, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", start_new_session=True
        )

    def heddle(self, *arguments, prefix=(), **env):
        process = self.start(*arguments, prefix=prefix, **env)
        try:
            output, _ = process.communicate(timeout=120)
        finally:
            end_group(process)
        return process.returncode, output

    def count(self, tool):
        calls = self.calls / tool
        return len(calls.read_text().splitlines()) if calls.exists() else 0

    @property
    def kernel(self):
        return self.root / ".venv/share/jupyter/kernels/heddle"

    def spec(self):
        return json.loads((self.kernel / "kernel.json").read_text(encoding="utf-8"))

    def gate(self):
        os.mkfifo(str(self.calls / "gate"))

    def wait_for_maven(self, process):
        limit = time.monotonic() + 60
        while not (self.calls / "waiting").exists() or not (self.calls / "waiting").read_text().strip():
            assert time.monotonic() < limit and process.poll() is None, process.stdout.read()
            time.sleep(0.02)
        return int((self.calls / "waiting").read_text())

    def open_gate(self):
        (self.calls / "gate").write_text("go\n")


@pytest.fixture
def sandbox(tmp_path):
    return Sandbox(tmp_path)


def gone(pid):
    """Whether a process has ended, waiting a little for it."""
    import psutil

    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        psutil.wait_procs([process], timeout=10)
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    return True


def one_sentence(output):
    """The message for the user is the last line: one line, ended like a sentence or by the place of a log."""
    last = output.strip().splitlines()[-1]
    assert last.endswith((".", ")")), output
    assert "Traceback" not in output
    return last


# ------------------------------------------------------------------------------------------------------- set-up


def jars_of(spec):
    """The class path of a kernel: what the manifest of its jar names."""
    main = Path(spec["argv"][spec["argv"].index("-jar") + 1])
    with zipfile.ZipFile(main) as jar:
        manifest = jar.read("META-INF/MANIFEST.MF").decode()
    assert max(len(line.encode()) for line in manifest.splitlines()) <= 72
    attributes = dict(line.split(": ", 1) for line in manifest.replace("\r\n ", "").splitlines() if line)
    assert attributes["Main-Class"] == "heddle.kernel.KernelMain" and attributes["Add-Opens"] == "jdk.jshell/jdk.jshell jdk.compiler/com.sun.tools.javac.api"
    return [str(main.parent / name) for name in attributes["Class-Path"].split()]


def test_setup_installs_a_kernelspec_that_stands_alone_and_does_nothing_twice(sandbox):
    code, output = sandbox.heddle("setup")
    assert code == 0, output
    spec = sandbox.spec()
    argv = spec["argv"]
    assert spec["display_name"] == "Java (Heddle)" and spec["language"] == "java" and spec["interrupt_mode"] == "message"
    assert argv[0] == str(sandbox.jdk / "bin/java"), "Java is started directly, no Python in between"
    assert argv[-3] == "-jar" and argv[-1] == "{connection_file}"
    assert "-XX:TieredStopAtLevel=1" in argv and "-XX:+UseSerialGC" in argv
    jars = jars_of(spec)
    assert [Path(jar).name for jar in jars] == ["heddle-kernel-0.1.0.jar", "heddle-lessons-0.1.0.jar"]
    assert all(Path(jar).is_file() and sandbox.kernel in Path(jar).parents for jar in jars)
    notebook = next(word for word in argv if word.startswith("-Dheddle.notebook.classpath=")).split("=", 1)[1]
    assert notebook == jars[1], "the notebook process does not see the kernel's jars"
    cache = next(word for word in argv if word.startswith("-XX:AOTCache=")).split("=", 1)[1]
    assert Path(cache).read_text() == "trained\n"
    archive = next(word for word in argv if word.startswith("-Dheddle.notebook.archive=")).split("=", 1)[1]
    assert Path(archive).read_text() == "archived\n"

    begin = time.monotonic()
    code, output = sandbox.heddle("setup")
    assert (code, sandbox.count("mvn")) == (0, 1), output
    assert time.monotonic() - begin < 10
    assert "Everything is ready" in output


def test_only_what_changed_is_done_again(sandbox):
    assert sandbox.heddle("setup")[0] == 0
    before = sandbox.spec()
    (sandbox.root / "kernel-ext/kernel/src/main/java/A.java").write_text("class A { int a; }")
    code, output = sandbox.heddle("setup")
    assert code == 0 and sandbox.count("mvn") == 2 and "Installing JupyterLab" not in output, output
    assert sandbox.spec() != before
    assert jars_of(before) and all(Path(jar).is_file() for jar in jars_of(before)), "a kernel that runs keeps its jars"
    (sandbox.root / "requirements.txt").write_text("heddletiny==1.0 # again\n")
    code, output = sandbox.heddle("setup")
    assert code == 0 and sandbox.count("mvn") == 2 and "Installing JupyterLab" in output, output


def test_a_checkout_that_was_moved_is_set_up_again(sandbox):
    assert sandbox.heddle("setup")[0] == 0
    moved = sandbox.root.with_name("moved")
    sandbox.root.rename(moved)
    sandbox.root = moved
    code, output = sandbox.heddle("setup")
    assert code == 0, output
    assert all(str(moved) in jar for jar in jars_of(sandbox.spec()))


def test_training_that_fails_costs_time_only(sandbox):
    executable(sandbox.jdk / "bin/java", "#!/bin/sh\nexit 1\n")
    code, output = sandbox.heddle("setup")
    assert code == 0 and "starts a little slower" in output
    assert not any("AOTCache" in word for word in sandbox.spec()["argv"])


def test_into_the_current_environment(sandbox, tmp_path):
    env = tmp_path / "env"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(env)], check=True)
    python = str(env / "bin/python")
    done = subprocess.run(
        [python, str(sandbox.root / "heddle"), "setup", "--into-current-env"], env=sandbox.env, stdout=subprocess.PIPE, encoding="utf-8", timeout=60
    )
    assert done.returncode == 0, done.stdout
    assert (env / "share/jupyter/kernels/heddle/kernel.json").is_file()
    assert not (sandbox.root / ".venv").exists()


# --------------------------------------------------------------------------------------------------- what is amiss


def test_no_network_for_the_packages_and_then_again(sandbox):
    closed = {"PIP_NO_INDEX": "0", "PIP_FIND_LINKS": "", "PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "0"}
    code, output = sandbox.heddle("setup", **closed)
    assert code == 1 and "no network to install JupyterLab" in one_sentence(output)
    code, output = sandbox.heddle("setup")
    assert code == 0, output
    assert sandbox.count("mvn") == 2, "the kernel that was built is not yet installed, so Maven runs again"


def test_no_network_for_maven(sandbox):
    code, output = sandbox.heddle("setup", FAKE_MVN="offline")
    assert code == 1 and "no network to fetch what the build needs" in one_sentence(output)
    assert sandbox.heddle("setup")[0] == 0


def test_a_build_that_fails_says_why_and_where_the_log_is(sandbox):
    assert sandbox.heddle("setup")[0] == 0
    before = sandbox.spec()
    (sandbox.root / "kernel-ext/kernel/src/main/java/A.java").write_text("class A { int a }")
    code, output = sandbox.heddle("setup", FAKE_MVN="fail")
    assert code == 1 and "';' expected" in output and str(sandbox.root / ".heddle/logs/build.log") in output
    assert sandbox.spec() == before, "the kernel of before is still there"


def test_no_jdk_and_no_network(sandbox):
    shutil.rmtree(str(sandbox.jdk))
    closed = {"PIP_NO_INDEX": "0", "PIP_FIND_LINKS": "", "PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "0"}
    code, output = sandbox.heddle("setup", **closed)
    assert code == 1
    last = one_sentence(output)
    assert "no network" in last and "adoptium.net" in last and "JAVA_HOME" in last
    fake_jdk(sandbox.jdk)
    assert sandbox.heddle("setup")[0] == 0


def test_no_venv_module(sandbox, tmp_path):
    blocker = tmp_path / "blocker"
    blocker.mkdir()
    (blocker / "sitecustomize.py").write_text("import sys\nsys.modules['ensurepip'] = None\n")
    code, output = sandbox.heddle("setup", PYTHONPATH=str(blocker))
    assert code == 1 and "sudo apt install python3-venv" in one_sentence(output)
    assert not (sandbox.root / ".venv").exists()


def test_a_venv_of_someone_else_is_left_alone(sandbox):
    other = sandbox.root / ".venv/keep"
    other.parent.mkdir()
    other.write_text("mine")
    code, output = sandbox.heddle("setup")
    assert code == 1 and "was not made by Heddle" in one_sentence(output)
    assert other.read_text() == "mine"


def test_a_set_up_that_was_not_finished_is_repaired(sandbox):
    venv = sandbox.root / ".venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "heddle.json").write_text(json.dumps({"root": str(sandbox.root)}))
    (venv / "bin/python").write_text("torn")
    code, output = sandbox.heddle("setup")
    assert code == 0 and "earlier set-up was not finished" in output
    build = next(sandbox.kernel.glob("build-*"))
    (sandbox.kernel / "heddle.json").unlink()
    shutil.rmtree(str(build / "lib"))
    code, output = sandbox.heddle("setup")
    assert code == 0 and (build / "lib/kernel/heddle-kernel-0.1.0.jar").is_file(), output


def without_root_rights():
    """Root may write anywhere; as root the launcher is run without that right."""
    return [need("setpriv"), "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []


def test_a_read_only_checkout(sandbox):
    def freeze(mode):
        for folder, _, _ in os.walk(str(sandbox.root)):
            os.chmod(folder, mode)

    prefix = without_root_rights()
    freeze(0o555)
    try:
        code, output = sandbox.heddle("setup", prefix=prefix)
        assert code == 1 and "copy it to a folder of your own" in one_sentence(output)
        freeze(0o755)
        assert sandbox.heddle("setup")[0] == 0
        freeze(0o555)
        code, output = sandbox.heddle("setup", prefix=prefix)
        assert code == 0 and "Everything is ready" in output, "what is set up needs no right to write"
    finally:
        freeze(0o755)


def test_an_occupied_port(sandbox):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        code, output = sandbox.heddle("lab", "--port", str(taken.getsockname()[1]))
    assert code == 1 and "in use" in one_sentence(output)
    assert not (sandbox.root / ".venv").exists(), "nothing was begun"


def test_a_notebook_that_is_not_there(sandbox):
    for name in ("01-one", "02-two", "02-three"):
        (sandbox.root / "notebooks/en" / (name + ".ipynb")).write_text("{}")
    code, output = sandbox.heddle("run", "09")
    assert code == 1 and "no notebook '09'" in one_sentence(output) and "01-one" in output
    code, output = sandbox.heddle("lab", "02")
    assert code == 1 and "02-three, 02-two" in one_sentence(output)


@pytest.mark.parametrize("command, word", [("bench", "nonsense"), ("test", "nonsense")])
def test_a_name_that_is_not_there(sandbox, command, word):
    code, output = sandbox.heddle(command, word)
    assert code == 1 and "'nonsense'" in one_sentence(output)


# -------------------------------------------------------------------------------------------- two at once, Ctrl-C


def test_a_second_set_up_waits_for_the_first(sandbox):
    sandbox.gate()
    first = sandbox.start("setup", FAKE_MVN="wait")
    try:
        sandbox.wait_for_maven(first)
        code, output = sandbox.heddle("setup", HEDDLE_LOCK_WAIT="0.5")
        assert code == 1 and "process {}".format(first.pid) in output and "did not end within" in one_sentence(output)
        second = sandbox.start("setup")
        try:
            assert "Another set-up is running" in second.stdout.readline()
            sandbox.open_gate()
            assert first.wait(60) == 0 and second.wait(60) == 0
            assert sandbox.count("mvn") == 1, "the second found everything done"
        finally:
            end_group(second)
            second.stdout.close()
    finally:
        end_group(first)
        first.stdout.close()


@pytest.mark.parametrize("number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_end_from_outside_leaves_nothing_running_and_nothing_broken(sandbox, number, code):
    sandbox.gate()
    process = sandbox.start("setup", FAKE_MVN="wait")
    try:
        maven = sandbox.wait_for_maven(process)
        os.kill(process.pid, number)
        assert process.wait(30) == code
        assert gone(maven)
    finally:
        end_group(process)
        process.stdout.close()
    again, output = sandbox.heddle("setup")
    assert again == 0, output


def test_a_killed_set_up_is_taken_up_when_its_maven_has_ended(sandbox):
    sandbox.gate()
    process = sandbox.start("setup", FAKE_MVN="wait")
    sandbox.wait_for_maven(process)
    process.kill()
    process.wait(10)
    process.stdout.close()
    second = sandbox.start("setup")
    try:
        assert "Another set-up is running" in second.stdout.readline(), "the orphaned Maven still holds the lock"
        sandbox.open_gate()
        assert second.wait(60) == 0, second.stdout.read()
    finally:
        end_group(second)
        second.stdout.close()


# ---------------------------------------------------------------------------------------------------- the JDK


@pytest.mark.parametrize(
    "wrong, reason",
    [
        (dict(version="17.0.9"), "it is Java 17.0.9, Heddle needs 25 or later"),
        (dict(version="1.8.0_402"), "it is Java 1.8.0_402"),
        (dict(compiler=False), "it has no compiler"),
        (dict(modules="java.base jdk.compiler"), "it lacks the module jdk.jshell"),
    ],
)
def test_a_jdk_that_will_not_do_is_named_and_another_found(sandbox, tmp_path, wrong, reason):
    home = fake_jdk(tmp_path / "wrong jdk", **wrong)
    code, output = sandbox.heddle("setup", JAVA_HOME=str(home))
    assert code == 0 and "JAVA_HOME is not used: " + reason in output, output
    assert sandbox.spec()["argv"][0] == str(sandbox.jdk / "bin/java")
    _, output = sandbox.heddle("doctor", JAVA_HOME=str(home))
    assert reason in output


def test_a_jdk_without_a_release_file_is_asked(sandbox, tmp_path):
    home = fake_jdk(tmp_path / "plain", release=False)
    code, output = sandbox.heddle("setup", JAVA_HOME=str(home))
    assert code == 0 and sandbox.spec()["argv"][0] == str(home / "bin/java"), output


def test_java_home_goes_before_the_path_and_the_path_before_the_usual_folders(sandbox, tmp_path):
    on_path = fake_jdk(tmp_path / "on path")
    early = fake_jdk(tmp_path / "early", version="26-ea")
    path = str(on_path / "bin") + os.pathsep + str(sandbox.bin)
    _, output = sandbox.heddle("doctor", PATH=path)
    assert "25.0.1 ({})".format(on_path) in output
    _, output = sandbox.heddle("doctor", PATH=path, JAVA_HOME=str(early))
    assert "26-ea ({})".format(early) in output


@pytest.mark.parametrize("folder", [".sdkman/candidates/java/25-tem", ".jdks/temurin-25", ".gradle/jdks/25"])
def test_the_usual_folders_of_a_home(sandbox, folder):
    shutil.rmtree(str(sandbox.jdk))
    home = fake_jdk(sandbox.home / folder)
    _, output = sandbox.heddle("doctor")
    assert "25.0.1 ({})".format(home) in output


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@contextlib.contextmanager
def serving(folder, context=None):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_jdk_is_fetched_from_an_index(sandbox, tmp_path, heddle):
    """cjdk as pinned, against an index on loopback that serves an archive made of the installed JDK."""
    import certifi
    import trustme

    installed = heddle.find_jdk()
    assert installed, "the tests run with a JDK"
    site = tmp_path / "site"
    site.mkdir()
    with tarfile.open(str(site / "jdk.tgz"), "w:gz", compresslevel=1) as archive:
        # The sources and the C headers are a third of it, and nobody needs them here.
        archive.add(str(installed.home), "jdk-25", filter=lambda entry: None if entry.name.endswith(("src.zip", "jmods", "ct.sym")) else entry)
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    # cjdk insists on https; pip needs the usual authorities for the index it fetches cjdk from.
    usual = os.environ.get("PIP_CERT") or os.environ.get("REQUESTS_CA_BUNDLE") or certifi.where()
    bundle = tmp_path / "authorities.pem"
    bundle.write_bytes(Path(usual).read_bytes() + b"\n" + authority.cert_pem.bytes())
    shutil.copy(str(ROOT / "requirements-jdk.txt"), str(sandbox.root / "requirements-jdk.txt"))
    shutil.rmtree(str(sandbox.jdk))
    network = {name: value for name, value in os.environ.items() if name.upper().startswith(("PIP_", "HTTP", "NO_PROXY"))}
    stale = sandbox.home / ".cache/heddle/v0/fetching/jdks"
    stale.mkdir(parents=True)
    with serving(site, context) as port:
        address = "https://127.0.0.1:{}/".format(port)
        index = {
            system: {arch: {"jdk@temurin": {"25.0.3": "tgz+" + address + "jdk.tgz"}} for arch in ("amd64", "arm64")} for system in ("linux", "darwin")
        }
        (site / "index.json").write_text(json.dumps(index))
        network.update(PIP_FIND_LINKS=sandbox.env["PIP_FIND_LINKS"] + " " + os.environ.get("PIP_FIND_LINKS", ""), PIP_NO_INDEX="0")
        network.update(PIP_CERT=str(bundle), REQUESTS_CA_BUNDLE=str(bundle), CJDK_INDEX_URL=address + "index.json")
        code, output = sandbox.heddle("setup", **network)
    assert code == 0, output
    assert "so Heddle now fetches Temurin 25" in output
    java = Path(sandbox.spec()["argv"][0])
    assert sandbox.home / ".cache/heddle" in java.parents
    shown = subprocess.run([str(java), "-version"], stderr=subprocess.PIPE, encoding="utf-8", timeout=60)
    assert shown.returncode == 0 and installed.version in shown.stderr
    # The next one finds it there, without any network.
    code, output = sandbox.heddle("setup")
    assert code == 0 and "Everything is ready" in output


# -------------------------------------------------------------------------------------------------------- Maven


def test_an_old_maven_gives_way_to_the_wrapper(sandbox):
    executable(sandbox.root / "mvnw", MVN.replace("$CALLS/mvn", "$CALLS/mvnw"))
    code, output = sandbox.heddle("setup", FAKE_MVN_VERSION="3.6.3")
    assert code == 0, output
    assert (sandbox.count("mvn"), sandbox.count("mvnw")) == (0, 1)


def test_the_wrapper_fetches_maven(sandbox, tmp_path):
    """mvnw against a repository on loopback that serves an archive made of the installed Maven."""
    home = installed_maven()
    name = "apache-maven-" + wrapper_version()
    site = tmp_path / "site"
    archive = site / "org/apache/maven/apache-maven" / wrapper_version() / (name + "-bin.zip")
    archive.parent.mkdir(parents=True)
    with zipfile.ZipFile(str(archive), "w") as maven, tarfile.open(str(archive.with_suffix(".tar.gz")), "w:gz", dereference=True) as tar:
        for folder, _, files in os.walk(str(home), followlinks=True):
            for file in files:
                path = Path(folder) / file
                inside = name + "/" + path.relative_to(home).as_posix()
                entry = zipfile.ZipInfo(inside)
                entry.external_attr = (path.stat().st_mode & 0xFFFF) << 16
                maven.writestr(entry, path.read_bytes())
                tar.add(str(path), inside)
    for file in ("mvnw", ".mvn/wrapper/maven-wrapper.properties"):
        (sandbox.root / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(str(ROOT / file), str(sandbox.root / file))
    with serving(site) as port:
        env = {
            "HOME": str(sandbox.home),
            "PATH": os.environ["PATH"],
            "MVNW_REPOURL": "http://127.0.0.1:{}".format(port),
            "JAVA_HOME": os.environ.get("JAVA_HOME", ""),
        }
        for _ in range(2):
            done = subprocess.run(
                ["sh", str(sandbox.root / "mvnw"), "-v"], env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", timeout=120
            )
            assert done.returncode == 0 and "Apache Maven" in done.stdout, done.stdout
            shutil.rmtree(str(site), ignore_errors=True)  # the second time it is there already
    assert str(sandbox.home / ".m2/wrapper") in done.stdout


def test_the_wrapper_fetches_from_apache():
    """Apache's own archive keeps every release; no host of a package registry stands in the checkout."""
    text = (ROOT / ".mvn/wrapper/maven-wrapper.properties").read_text()
    assert "distributionUrl=https://archive.apache.org/dist/maven/maven-3/" in text


def wrapper_version():
    text = (ROOT / ".mvn/wrapper/maven-wrapper.properties").read_text()
    return text.split("apache-maven-")[1].split("-bin")[0]


def installed_maven():
    # On a machine without Maven the launcher has let the wrapper fetch one.
    fetched = sorted((Path.home() / ".m2/wrapper/dists").glob("apache-maven-*/*/bin/mvn"))
    if fetched and not shutil.which("mvn"):
        return fetched[-1].parent.parent
    shown = subprocess.run([need("Maven", "mvn"), "-v"], stdout=subprocess.PIPE, encoding="utf-8", timeout=60).stdout
    return Path(next(line.split(": ", 1)[1] for line in shown.splitlines() if line.startswith("Maven home")))


# --------------------------------------------------------------------------------------------- doctor, test, 3.9


def test_doctor_says_what_is_missing_and_then_that_nothing_is(sandbox):
    code, output = sandbox.heddle("doctor")
    assert code == 1 and "Missing: the set-up, the kernel." in output
    assert not (sandbox.root / ".venv").exists() and not (sandbox.root / ".heddle").exists(), "doctor only looks"
    assert sandbox.heddle("setup")[0] == 0
    code, output = sandbox.heddle("doctor")
    assert code == 0 and output.strip().endswith("Everything is ready.")


def test_the_last_line_counts_the_tests(sandbox):
    tests = sandbox.root / "kernel-ext/kernel/src/test/java/heddle/kernel"
    tests.mkdir(parents=True)
    (tests / "SomeTest.java").write_text("class SomeTest {}")
    code, output = sandbox.heddle("test", "SomeTest")
    assert code == 1
    assert output.strip().splitlines()[-1] == "1 passed, 1 failed, 1 skipped"
    assert "-Dtest=SomeTest" in (sandbox.calls / "mvn").read_text()
    failed, reason = output[output.index("failed:") :].splitlines()[:2]
    assert failed == "failed: heddle.kernel.SomeTest.b"
    assert reason.strip().startswith("java.lang.AssertionError: one is not two 000") and reason.strip().endswith("0...")
    assert len(reason.strip()) == 300
    assert not (sandbox.root / ".venv").exists(), "Java's tests need no JupyterLab"


def test_the_jar_for_other_kernels_is_built_once_and_put_where_it_is_wanted(sandbox):
    folder = sandbox.root / "my jars"
    code, output = sandbox.heddle("jar", str(folder))
    assert code == 0 and "%classpath {}".format(folder / "heddle-jshell.jar") in output, output
    assert (folder / "heddle-jshell.jar").read_text() == "jar\n"
    assert "-pl kernel-ext/jshell -am" in (sandbox.calls / "mvn").read_text()
    code, output = sandbox.heddle("jar", str(sandbox.root / "heddle" / "below a file"))
    assert code == 1 and "cannot be made" in output and "Traceback" not in output, output
    code, _ = sandbox.heddle("jar")
    assert code == 0 and (sandbox.root / "target/heddle-jshell.jar").is_file() and sandbox.count("mvn") == 1
    assert not (sandbox.root / ".venv").exists(), "a jar needs no JupyterLab"


def test_java_and_the_lessons_and_the_other_python_tests_run_at_once(sandbox):
    for file in ("kernel-ext/kernel/src/test/java/heddle/kernel/SomeTest.java", "tests/test_lessons.py", "tests/test_other.py"):
        (sandbox.root / file).parent.mkdir(parents=True, exist_ok=True)
        (sandbox.root / file).write_text("")
    (sandbox.calls / "tries").write_text(" ".join(["again"] * 600))
    code, output = sandbox.heddle("test", FAKE_MVN="together")
    assert code == 1, output
    assert sorted(path.name[9:] for path in sandbox.calls.glob("together-*")) == ["maven", "pytest-lessons.xml", "pytest-python.xml"]
    assert output.count("failed: tests/test_it.py::test_b") == 2 and "collected" not in output
    assert "Python tests\n  E   the reason\n" in output and "Lessons\n  E   the reason\n" in output
    assert output.strip().splitlines()[-1] == "3 passed, 3 failed, 1 skipped"
    assert sandbox.count("mvn") == 2, "the set-up has built the benchmarks too"


@pytest.mark.parametrize("again, code", [("", 0), ("<failure/>", 1)])
def test_what_failed_beside_the_others_is_asked_once_more_alone_and_named(sandbox, again, code):
    for file in ("kernel-ext/kernel/src/test/java/heddle/kernel/SomeTest.java", "tests/test_other.py"):
        (sandbox.root / file).parent.mkdir(parents=True, exist_ok=True)
        (sandbox.root / file).write_text("")
    ended, output = sandbox.heddle("test", FAKE_PYTEST="fail", FAKE_AGAIN=again)
    assert ended == code, output
    unsteady = [line.split()[1] for line in output.splitlines() if line.startswith("Unsteady: ")]
    assert unsteady == ["heddle.kernel.SomeTest#b"] * (code == 0) + ["tests/test_it.py::test_b[x]"]
    end = "3 passed, 0 failed, 1 skipped, 2 of the passed unsteady" if code == 0 else "2 passed, 1 failed, 1 skipped, 1 of the passed unsteady"
    assert output.strip().splitlines()[-1] == end


def test_a_benchmark_gets_java_the_class_path_and_its_own_options(sandbox):
    script = sandbox.root / "kernel-ext/benchmarks/start.py"
    script.parent.mkdir()
    script.write_text("import sys\nopen(sys.argv[sys.argv.index('--json') + 1], 'w').write('{}')\nprint(sys.argv[1:])\nsys.exit(3)\n")
    code, output = sandbox.heddle("bench", "start", "--rounds", "5")
    assert code == 3, output
    words, kept = output.strip().splitlines()[-2:]
    for word in (str(sandbox.jdk / "bin/java"), "benchmarks.jar", "heddle-kernel-0.1.0.jar", "'--rounds', '5'"):
        assert word in words
    (figures,) = (sandbox.root / ".heddle/bench").iterdir()
    assert kept == "Every figure of it is in {}.".format(figures)
    own = sandbox.root / "own.json"
    assert sandbox.heddle("bench", "start", "--json", str(own))[0] == 3 and own.is_file()
    assert sandbox.count("mvn") == 1, "what was built is kept"
    assert list((sandbox.root / ".heddle/bench").iterdir()) == [figures]


def test_old_pythons_read_the_launcher():
    """Nothing newer than Python 3.6's grammar stands in it, so that an old Python can say that it is too old."""
    import ast

    ast.parse((ROOT / "heddle").read_text(encoding="utf-8"), feature_version=(3, 6))
