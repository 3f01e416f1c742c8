"""Our one jar in JJava, as it comes from PyPI: lessons run there, and what its users are promised holds."""

import contextlib
import os
import re
import shutil
import sys
from pathlib import Path

import nbclient
import nbformat
import psutil
import pytest
from conftest import GRACE_S, ROOT
from jupyter_client.kernelspec import KernelSpecManager

sys.path.insert(0, str(ROOT / "kernel-ext/benchmarks"))
from sidebyside import peers  # noqa: E402

JAR = Path(os.environ.get("HEDDLE_JSHELL", str(ROOT / "target/heddle-jshell.jar")))
LIMIT_S = 60


@pytest.fixture(scope="module")
def jar(tmp_path_factory):
    """Where no space is in the path, at which JJava ends it."""
    if not JAR.is_file():
        pytest.skip("{} is not there: make it with ./heddle jar".format(JAR))
    return shutil.copy(str(JAR), str(tmp_path_factory.mktemp("jar")))


@pytest.fixture(scope="module")
def jjava(jar, tmp_path_factory):
    """Runs a notebook's cells there, behind one that has the jar; what they showed, cell by cell."""
    try:
        jdk = peers.find_jdk(None)
        peer = peers.Peers(peers.cache_folder(), jdk, print).find("jjava")
    except peers.Missing as missing:
        pytest.skip(str(missing))
    folder = tmp_path_factory.mktemp("kernels")
    peers.write_specs([peer], folder)

    def run(cells, work, path="", dies=False):
        notebook = nbformat.v4.new_notebook()
        notebook.cells = [nbformat.v4.new_code_cell("%classpath {}".format(jar)), *cells]
        client = nbclient.NotebookClient(notebook, kernel_name="jjava", timeout=LIMIT_S, resources={"metadata": {"path": str(work)}})
        manager = client.create_kernel_manager()
        manager.kernel_spec_manager = KernelSpecManager(kernel_dirs=[str(folder)])
        manager.shutdown_wait_time = 1  # that kernel takes long to end by itself
        with pytest.raises(nbclient.exceptions.DeadKernelError) if dies else contextlib.nullcontext():
            # Made anew each time: what is in the environment tells the processes of one test from another's.
            client.execute(env={**peers.environment(jdk), "JPY_SESSION_NAME": str(path)})
        return [cell for cell in notebook.cells if cell.cell_type == "code"]

    return run


@pytest.fixture(autouse=True)
def messages_are_as_the_protocol_says(received_messages):
    """That is for our own kernel; JJava leaves the seconds out of its dates."""
    yield
    received_messages.clear()


def code(*cells):
    return [nbformat.v4.new_code_cell(cell) for cell in cells]


def printed(cell, stream="stdout"):
    return "".join(output.text for output in cell.outputs if output.output_type == "stream" and output.name == stream)


def shown(cell):
    return [output.data for output in cell.outputs if output.output_type in ("display_data", "execute_result")]


@pytest.mark.parametrize("lesson, sentence", [("en/01-what-a-process-is", "after it has ended"), ("zh/11-data-is-isolated", "单元格结束之后")])
def test_a_lesson_runs_unchanged(jjava, tmp_path, lesson, sentence):
    path = ROOT / "notebooks" / (lesson + ".ipynb")
    first, *cells = jjava(nbformat.read(str(path), as_version=4).cells, tmp_path, path)
    assert sentence in printed(first) and printed(first).count("\n") == 1
    solutions = [cell for cell in cells if cell.metadata.get("jupyter", {}).get("source_hidden")]
    assert len(solutions) >= 2
    for cell in solutions:
        assert any(data["text/plain"].startswith("\u2713") and "text/html" in data for data in shown(cell)), cell
    for cell in cells:
        if cell.source.startswith("%%threads"):
            assert "image/svg+xml" in shown(cell)[0], cell
    assert any(re.search(r"\bChildProcess\b.*\.start\(\)", cell.source, re.DOTALL) and printed(cell) for cell in cells), "children print in their cell"


def test_what_cells_declare_is_in_the_children_which_end_with_the_kernel(jjava, jar, tmp_path):
    cells = jjava(
        code(
            "%classpath {}".format(jar),
            "int sold = 41; record Order(String dish, int table) implements Serializable {}",
            'var orders = new ProcessQueue<Order>(); var waiter = new ChildProcess(() -> { sold++; orders.put(new Order("tea", sold)); }).start();',
            'waiter.join(); IO.println(orders.take() + " " + sold); orders.close();',
            "try (var pool = new ProcessPool(2)) { IO.println(pool.map(n -> n * n + sold, List.of(1, 2))); }",
            'new ChildProcess("clumsy", () -> { throw new IllegalStateException("no tea"); }).start().join();',
            'Watch.threads(() -> { var cook = Thread.ofPlatform().name("cook").start(() -> Pause.millis(50)); cook.join(); }).lane("cook").ended()',
            "new ChildProcess(() -> Pause.seconds(600)).start().pid()",
            "Runtime.getRuntime().halt(9)",
        ),
        tmp_path,
        dies=True,
    )
    again, _, _, taken, pool, clumsy, watched, sleeper, _ = cells[1:]
    assert printed(again) == "", "what this kernel cannot do is said once"
    assert printed(taken) == "Order[dish=tea, table=42] 41\n"
    assert printed(pool) == "[42, 45]\n"
    said = printed(clumsy, "stderr")
    assert "clumsy" in said and "IllegalStateException: no tea" in said and "\tat " in said, said
    picture, facts = shown(watched)
    assert "cook" in picture["text/plain"] and "<svg" in picture["text/html"] and facts["text/plain"] == "true"
    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.Process(int(shown(sleeper)[0]["text/plain"])).wait(GRACE_S)
