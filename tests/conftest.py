"""What every Python test of Heddle has: the proof that it left nothing behind, and no silent skip in CI."""

import contextlib
import functools
import importlib.machinery
import importlib.util
import json
import os
import shutil
import signal
import socket
import subprocess
import uuid
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).resolve().parent.parent
MESSAGES = ROOT / "kernel-ext/protocol/src/test/resources/heddle/protocol/testkit/messages.schema.json"
IN_CI = os.environ.get("CI", "").lower() in ("1", "true")
MARK = "HEDDLE_TEST_MARK"
SESSION_MARK = "HEDDLE_TEST_SESSION"
# How long what was told to end may take to be gone.
GRACE_S = 10


def processes_with(name, value):
    """Processes that carry an environment variable: also the orphans, which are nobody's children any more."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.pid != os.getpid() and process.environ().get(name) == value:
                yield process


def listening_sockets():
    with contextlib.suppress(psutil.Error):
        return {(connection.fd, connection.laddr) for connection in psutil.Process().net_connections("all") if connection.status == "LISTEN"}
    return set()


def describe(processes):
    lines = []
    for process in processes:
        with contextlib.suppress(psutil.Error):
            lines.append("{} {}".format(process.pid, " ".join(process.cmdline())[:300]))
    return "\n".join(lines)


def of(known, process):
    """Whether a process is one of the known ones or below one: a kernel that a whole class shares starts helpers at any time."""
    with contextlib.suppress(psutil.Error):
        return process in known or any(parent in known for parent in process.parents())
    return False


def prove_gone(name, value, known=()):
    left = [process for process in processes_with(name, value) if process not in known]
    with contextlib.suppress(psutil.Error):
        left += [child for child in psutil.Process().children(recursive=True) if child not in left and not of(known, child)]
    _, alive = psutil.wait_procs(left, timeout=GRACE_S)
    alive = [process for process in alive if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]
    text = describe(alive)
    for process in alive:
        with contextlib.suppress(psutil.Error):
            process.kill()
    assert not alive, "processes are left:\n" + text


@pytest.fixture(scope="session", autouse=True)
def nothing_left_at_the_end():
    value = uuid.uuid4().hex
    os.environ[SESSION_MARK] = value
    known = psutil.Process().children(recursive=True)
    yield
    prove_gone(SESSION_MARK, value, known)


@pytest.fixture(autouse=True)
def no_leaks(nothing_left_at_the_end):
    value = uuid.uuid4().hex
    os.environ[MARK] = value
    known = psutil.Process().children(recursive=True)
    sockets = listening_sockets()
    yield
    del os.environ[MARK]
    prove_gone(MARK, value, known)
    assert listening_sockets() <= sockets, "listening sockets are left"


def message_validator():
    """What is wrong with a message, from its four parts as they came: the schema that the Java tests' client uses."""
    from jsonschema import Draft202012Validator

    definitions = json.loads(MESSAGES.read_text(encoding="utf-8"))["$defs"]

    @functools.lru_cache(maxsize=None)
    def validator(name):
        return Draft202012Validator({"$ref": "#/$defs/" + name, "$defs": definitions})

    def errors(name, value):
        return ["{} {}: {} in {}".format(name, error.json_path, error.message, value) for error in validator(name).iter_errors(value)]

    def wrong(parts):
        header, parent, _metadata, content = [json.loads(part) for part in parts]
        kind = header.get("msg_type")
        if "channels" not in definitions.get(kind, {}):
            return ["{} is not a message type of the protocol".format(kind)]
        return errors("header", header) + (errors("header", parent) if parent else []) + errors(kind, content)

    return wrong


@pytest.fixture(scope="session", autouse=True)
def received_messages():
    """Watches all that Jupyter's clients in this process receive, also what comes between two tests."""
    try:
        from jupyter_client.session import Session
    except ImportError:  # the launcher's tests need no Jupyter
        yield []
        return
    wrong = []
    validator = message_validator()
    deserialize = Session.deserialize

    def watched(self, msg_list, content=True, copy=True):
        wrong.extend(validator([bytes(getattr(part, "bytes", part)) for part in msg_list[1:5]]))
        return deserialize(self, msg_list, content, copy)

    Session.deserialize = watched
    yield wrong
    Session.deserialize = deserialize


@pytest.fixture(autouse=True)
def messages_are_as_the_protocol_says(received_messages):
    yield
    wrong = received_messages[:]
    received_messages.clear()
    assert not wrong, "\n".join(wrong)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if IN_CI and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = "in CI no test is skipped: {}".format(report.longrepr)


def need(tool, *names):
    """The path of a program; without it the test is skipped, and in CI it fails."""
    for name in names or (tool,):
        path = shutil.which(name)
        if path:
            return path
    pytest.skip("{} is not installed".format(tool))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def end_group(process):
    """Ends a process that leads a group, and all of the group."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(10)


@pytest.fixture(scope="session")
def heddle():
    """The launcher as a module: it has no .py in its name."""
    loader = importlib.machinery.SourceFileLoader("heddle_launcher", str(ROOT / "heddle"))
    loader.path = str(ROOT / "heddle")
    spec = importlib.util.spec_from_loader("heddle_launcher", loader)
    module = importlib.util.module_from_spec(spec)
    import sys

    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = before
    return module


def kernelspec_folder():
    return Path(os.environ.get("VIRTUAL_ENV", str(ROOT / ".venv"))) / "share/jupyter/kernels/heddle"
