"""Notebooks written as IJava's and JJava's are, run unchanged by the installed kernel; and the kernel in one jar that installs itself."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import nbformat
import pytest
from conftest import ROOT
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager
from nbclient import NotebookClient

NOTEBOOKS = ROOT / "tests/ijava"
JAR = ROOT / ".heddle/install.jar"  # what the build calls heddle-kernel.jar


def jdk():
    return Path(KernelSpecManager().get_kernel_spec("heddle").argv[0]).parent


def make_jar(jar, name, version):
    """A library with one class, which says its version."""
    work = jar.parent / ("classes-" + name + version)
    (work / name).mkdir(parents=True)
    (work / name / "Its.java").write_text(
        "package {0}; public class Its implements java.io.Serializable {{ public static String version() {{ return \"{0} {1}\"; }} }}".format(name, version)
    )
    subprocess.run([str(jdk() / "javac"), "-d", str(work), str(work / name / "Its.java")], check=True)
    subprocess.run([str(jdk() / "jar"), "cf", str(jar), "-C", str(work), name + "/Its.class"], check=True)
    shutil.rmtree(str(work))


def add_artifact(repository, name, version, needs=()):
    folder = repository / "org/example" / name / version
    folder.mkdir(parents=True)
    jar = folder / "{}-{}.jar".format(name, version)
    make_jar(jar, name, version)
    dependency = "<dependency><groupId>org.example</groupId><artifactId>{}</artifactId><version>{}</version></dependency>"
    pom = jar.with_suffix(".pom")
    pom.write_text(
        "<project><modelVersion>4.0.0</modelVersion><groupId>org.example</groupId><artifactId>{}</artifactId><version>{}</version>"
        "<dependencies>{}</dependencies></project>".format(name, version, "".join(dependency.format(*need) for need in needs))
    )
    for file in (jar, pom):
        (folder / (file.name + ".sha1")).write_text(hashlib.sha1(file.read_bytes()).hexdigest())


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A repository, another one, a folder of jars, files to load, and a home for Maven whose settings lead to the first."""
    root = tmp_path_factory.mktemp("ijava")
    add_artifact(root / "central", "depth", "1.0")
    add_artifact(root / "central", "surface", "3.0", [("depth", "1.0")])
    add_artifact(root / "central", "pasted", "2.0")
    add_artifact(root / "central", "late", "1.0")
    add_artifact(root / "other", "elsewhere", "1.0")
    (root / "lib").mkdir()
    make_jar(root / "lib/local-1.0.jar", "local", "1.0")
    (root / "m2").mkdir()
    (root / "m2/settings.xml").write_text(
        "<settings><mirrors><mirror><id>made</id><mirrorOf>central</mirrorOf><url>{}</url></mirror></mirrors></settings>".format((root / "central").as_uri())
    )
    (root / "Shapes.java").write_text("package shapes;\n\npublic record Square(int side) {\n    int area() {\n        return side * side;\n    }\n}\n")
    (root / "tools.jshell").write_text("int triple(int n) { return 3 * n; }\n")
    other = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("no code"), nbformat.v4.new_code_cell("int fromNotebook = 100;")])
    nbformat.write(other, str(root / "other.ipynb"))
    (root / "init.jshell").write_text('String greet(String name) { return "Hello, " + name; }\n')
    return root


def run(name, world, monkeypatch, allow_errors=False, **variables):
    monkeypatch.setenv("IJAVA_TEST", str(world))  # and, as no kernel knows it, to be told so
    monkeypatch.setenv("HEDDLE_MAVEN_HOME", str(world / "m2"))
    for key, value in variables.items():
        monkeypatch.setenv(key, value)
    notebook = nbformat.read(str(NOTEBOOKS / (name + ".ipynb")), as_version=4)
    NotebookClient(notebook, timeout=120, kernel_name="heddle", allow_errors=allow_errors).execute()
    return [cell.outputs for cell in notebook.cells if cell.cell_type == "code"]


def text(outputs, stream=None):
    """What a cell shows as plain text, or what it wrote to one stream."""
    if stream:
        return "".join(output.text for output in outputs if output.output_type == "stream" and output.name == stream)
    return [output.data["text/plain"] for output in outputs if output.output_type == "execute_result"]


def test_libraries(world, monkeypatch):
    first, repository, pom, pasted, jars, pool, late, child, _ = run("dependencies", world, monkeypatch)
    assert text(first) == ["surface 3.0 over depth 1.0"]
    assert any(output.get("data", {}).get("text/plain") == "surface-3.0.jar and 1 more are on the class path now." for output in first)
    assert text(first, "stderr") == "IJAVA_TEST is not known to this kernel and changes nothing.\n"
    assert text(repository) == ["elsewhere 1.0"]
    assert text(pom) == [] and text(pasted) == ["pasted 2.0"]
    assert text(jars, "stdout") == "local-1.0.jar\n" and text(jars) == ["local 1.0"]
    assert text(late) == ["late.Itslate 1.0"], "a worker that was there before has the class, too"
    assert "in a child: late 1.0" in text(child, "stdout")


def test_what_is_shown(world, monkeypatch):
    countdown, markdown, types, imports, evaluated, loop, line, cell = run("display", world, monkeypatch)
    assert [output.data["text/html"] for output in countdown if "data" in output] == ["<b>Countdown:</b> 1", "<b>Liftoff!</b>"]
    assert markdown[0].data == {"text/markdown": "Hello from **Java**", "text/plain": "Hello from **Java**"}
    assert [sorted(output.data) for output in types] == [["application/javascript", "text/plain"], ["text/html", "text/markdown", "text/plain"]]
    assert text(imports, "stdout") == "42 formatted\n" and text(imports) == ["0.3 2"]
    assert text(evaluated) == ["6"]
    assert text(loop) == ["40 20"]
    assert "wall time: " in text(line, "stdout")
    assert "CPU time" in text(cell, "stdout") and text(cell) == ["499500"]


def test_files_and_variables(world, monkeypatch):
    started, load, used, glob, wrong = run(
        "files",
        world,
        monkeypatch,
        allow_errors=True,
        IJAVA_STARTUP_SCRIPT='String startedWith = "JJava?";',
        JJAVA_STARTUP_SCRIPT='String startedWith = "begun";',
        IJAVA_STARTUP_SCRIPTS_PATH=str(world / "*.jsh*") + os.pathsep + "no/such/file",
        IJAVA_COMPILER_OPTS="-parameters -Xlint:none",
        JJAVA_JVM_OPTS="-Dfrom.options=7 -XX:NoSuchOption",
        IJAVA_TIMEOUT="5 fortnights",
        IJAVA_CLASSPATH=str(world / "lib/*.jar"),
    )
    assert text(started) == ["begun Hello, Ann"], started
    said = text(started, "stderr")
    assert "IJAVA_STARTUP_SCRIPTS_PATH: there is no file no/such/file." in said
    assert 'IJAVA_TIMEOUT: "5 fortnights" is no time;' in said
    assert "With the JVM_OPTS -Dfrom.options=7 -XX:NoSuchOption Java does not start" in said
    assert text(used) == ["115"]
    assert text(glob, "stderr").startswith("There is no file no/such/*.jar")
    assert wrong[0].evalue == "There is no magic %mavn; do you mean %maven?"


def installer(*arguments):
    return subprocess.run(
        [str(jdk() / "java"), "-jar", str(JAR), *arguments], stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", timeout=300
    )


def test_one_jar_installs_the_kernel_and_removes_it(tmp_path):
    place = ["--prefix", str(tmp_path), "--name", "mine", "--display-name", 'My "Java"']
    done = installer("install", *place)
    assert done.returncode == 0, done.stdout + done.stderr
    manager = KernelSpecManager(kernel_dirs=[str(tmp_path / "share/jupyter/kernels")], ensure_native_kernel=False)
    spec = manager.get_kernel_spec("mine")
    assert spec.display_name == 'My "Java"' and spec.interrupt_mode == "message"
    assert spec.argv[:-1] != [] and any("AOTCache=" in word for word in spec.argv), "its start was trained"
    assert next(word for word in spec.argv if "notebook.archive=" in word)
    kernel = KernelManager(kernel_name="mine", kernel_spec_manager=manager)
    kernel.start_kernel()
    client = kernel.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        shown = []
        client.execute_interactive("6 * 7", timeout=60, output_hook=lambda message: shown.append(message["content"].get("data")))
        assert {"text/plain": "42"} in shown
    finally:
        client.stop_channels()
        kernel.shutdown_kernel()
    again = installer("install", "--no-training", *place)
    assert again.returncode == 0 and not any("AOTCache=" in word for word in manager.get_kernel_spec("mine").argv)
    removed = installer("uninstall", *place)
    assert removed.returncode == 0 and list((tmp_path / "share/jupyter/kernels").iterdir()) == [], removed.stderr
    gone = installer("uninstall", *place)
    assert gone.returncode == 1 and gone.stderr.startswith("No kernel is installed in ")


def test_the_installer_refuses_in_one_sentence(tmp_path):
    file = tmp_path / "file"
    file.write_text("")
    foreign = tmp_path / "share/jupyter/kernels/java"
    foreign.mkdir(parents=True)
    (foreign / "kernel.json").write_text("{}")
    for arguments, said in [
        (["install", "--no-training", "--prefix", str(file)], "cannot be written"),
        (["install", "--name", "a b"], 'A kernel cannot be called "a b"'),
        (["install", "--prefix"], "--prefix needs a word behind it"),
        (["instal"], "There is no command instal"),
        (["install", "--nope"], "There is no option --nope"),
        (["uninstall", "--prefix", str(tmp_path), "--name", "java"], "is not Heddle's, so it is left alone"),
    ]:
        done = installer(*arguments)
        assert done.returncode == 1 and said in done.stderr and len(done.stderr.strip().splitlines()) == 1, (arguments, done.stderr)
