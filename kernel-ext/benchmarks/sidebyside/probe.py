"""One round on one kernel: start it, use it as a notebook does, measure, end it and everything below it.

The client is deliberately thin: messages of a flood are taken off the socket unparsed, so that what is measured, and
what is lost, is the kernel's. Its socket limits are the defaults that every Jupyter front end uses.
"""

from __future__ import annotations

import re
import statistics
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import zmq
from jupyter_client import KernelManager
from jupyter_client.kernelspec import KernelSpecManager

from . import ending, trees
from .peers import Peer

TAG = "BENCH_KERNEL_RUN"  # marks every process below a kernel, also those whose parent is gone
LOOK_MS = 200  # how often a wait looks whether the kernel still lives
LOST_IDLE_S = 5.0  # silence on iopub after a reply until its idle counts as lost
AFTERMATH_S = 0.3  # silence after an idle until no late output is expected
MIB = 1024 * 1024


@dataclass(frozen=True)
class Settings:
    """How much of everything; the same for all kernels of a run."""

    rounds: int = 5
    warm_up: int = 20
    cells: int = 40
    infos: int = 30
    looks: int = 32
    thirties: int = 5
    many: int = 1_000
    many_limit_s: float = 60.0
    settle_s: float = 3.0
    lines: int = 20_000
    idle_s: float = 1.0
    start_timeout_s: float = 30.0
    timeout_s: float = 30.0
    flood_timeout_s: float = 90.0
    shutdown_timeout_s: float = 5.0  # as long as jupyter_client itself waits before it kills


QUICK = Settings(
    rounds=1, warm_up=2, cells=5, infos=5, looks=4, thirties=1, many=20, settle_s=0.2, lines=2_000, idle_s=0.2, flood_timeout_s=30.0
)


@dataclass(frozen=True)
class Look:
    """A call: inspection is asked at the end of its name, completion one character before that.

    A whole call, because in Java a method's name alone is no expression, and no kernel finds anything there.
    """

    before: str
    name: str
    after: str

    @property
    def code(self) -> str:
        return self.before + self.name + self.after

    @property
    def name_end(self) -> int:
        return len(self.before + self.name)


@dataclass(frozen=True)
class Cells:
    """The cells of the session in one language. The one-line cell is the same in both: a product of two numbers."""

    prepare: str
    declare: str
    thirty: str
    flood: str
    looks: tuple[Look, ...]


LANGUAGES = {
    "python": Cells(
        prepare='import math, os, sys\ngreeting = "heddle"',
        declare="kept{n} = {n}",
        thirty="\n".join(f"v{n} = {n}\nprint(v{n})" for n in range(15)),
        flood='for i in range({lines}):\n    print(f"line {{i}}")',
        looks=(
            Look("greeting.", "startswith", "('h')"),
            Look("math.", "floor", "(1.5)"),
            Look("os.path.", "join", "('a')"),
            Look("sys.", "intern", "('a')"),
        ),
    ),
    "java": Cells(
        prepare='String greeting = "heddle";',
        declare="int kept{n} = {n};",
        thirty="\n".join(f"int v{n} = {n};\nSystem.out.println(v{n});" for n in range(15)),
        flood='for (int i = 0; i < {lines}; i++) System.out.println("line " + i);',
        looks=(
            Look("greeting.", "substring", "(1)"),
            Look("Math.", "floor", "(1.5)"),
            Look("java.util.List.", "of", "(1)"),
            Look("String.", "valueOf", "(1)"),
        ),
    ),
}


class Failed(Exception):
    """The kernel died or did not answer in time; the message is a clause that says which, for the notes."""


@dataclass
class Answer:
    """What came back for one request."""

    reply: dict
    reply_s: float
    idle_s: float | None  # from sending to idle; None when it never came
    published: list[dict]
    late: list[dict] = field(default_factory=list)

    @property
    def done_s(self) -> float:
        """When a notebook takes the request for done: both the reply and the idle are there. Fails without an idle."""
        if self.idle_s is None:
            raise Failed("idle never came")
        return max(self.reply_s, self.idle_s)


class Session:
    """A started kernel and a client to it; a context manager that leaves no process behind."""

    def __init__(self, peer: Peer, kernels: Path, env: dict[str, str], folder: Path, settings: Settings):
        self._peer = peer
        self._settings = settings
        self._folder = folder
        self._tag = uuid.uuid4().hex
        self._env = {**env, TAG: self._tag}
        self._context = zmq.Context()
        # ZeroMQ tries again to connect after 100 ms by default, which would round every start up to a multiple of it.
        self._context.setsockopt(zmq.RECONNECT_IVL, 5)
        self._context.setsockopt(zmq.LINGER, 0)
        specs = KernelSpecManager(kernel_dirs=[str(kernels)], ensure_native_kernel=False)
        # A connection file of this run's own: one that jupyter_client makes stays behind when it is interrupted while making it.
        self._manager = KernelManager(
            kernel_name=peer.name, kernel_spec_manager=specs, context=self._context, connection_file=str(folder / "connection.json")
        )
        self._manager.log.setLevel("CRITICAL")  # what goes wrong is said once, in the report
        self._client = None
        self._root: psutil.Process | None = None
        self._poller = zmq.Poller()

    def __enter__(self) -> Session:
        return self

    def start(self) -> tuple[float, dict]:
        """Launches the kernel; returns the seconds until it answered kernel_info and was idle, and that answer."""
        with open(self._folder / "output", "wb") as output:
            began = time.perf_counter()
            try:
                with ending.unbroken():
                    self._manager.start_kernel(env=self._env, cwd=str(self._folder), stdout=output, stderr=output)
                    self._root = psutil.Process(self._manager.provisioner.process.pid)
            except OSError as error:
                raise Failed(f"{self._peer.spec['argv'][0]} cannot be run ({error.strerror})") from error
        self._client = self._manager.client()
        self._client.start_channels(shell=True, iopub=True, stdin=False, hb=False, control=True)
        for channel in (self._client.shell_channel, self._client.iopub_channel):
            self._poller.register(channel.socket, zmq.POLLIN)
        # An idle published before the subscription reached the kernel is lost by design of the protocol: ask again.
        deadline = began + self._settings.start_timeout_s
        ids = {self._send("kernel_info_request", {})}
        info, idle, asked = None, False, time.perf_counter()
        while info is None or not idle:
            self._await_message(deadline, "did not get ready", at_most_ms=50)
            for reply in self._replies():
                if reply["parent_header"].get("msg_id") in ids:
                    info = reply["content"]
            for frames in self._publications():
                message = self._parse(frames)
                idle = idle or (_is_idle(message) and message["parent_header"].get("msg_id") in ids)
            # Without a reply at the pace of jupyter_client's own wait_for_ready: some kernels miss the first request.
            if time.perf_counter() - asked > (1.0 if info is None else 0.1):
                ids.add(self._send("kernel_info_request", {}))
                asked = time.perf_counter()
        return time.perf_counter() - began, info

    def execute(self, code: str, timeout_s: float, aftermath: bool = False) -> Answer:
        """Runs a cell as a notebook does."""
        content = {
            "code": code,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": True,
        }
        answer = self.request("execute_request", content, timeout_s, aftermath)
        if answer.reply.get("status") != "ok":
            reason = f"{answer.reply.get('ename', '')} {answer.reply.get('evalue', '')}".strip()
            raise Failed(f"a cell failed ({(reason or answer.reply.get('status', 'no status'))[:120]})")
        return answer

    def request(self, kind: str, content: dict, timeout_s: float, aftermath: bool = False) -> Answer:
        """Sends a request on shell and waits for its reply and its idle, each bounded."""
        began = time.perf_counter()
        parent = self._send(kind, content)
        deadline = began + timeout_s
        mark = parent.encode()
        reply, reply_s, idle_s, heard, taken = None, 0.0, None, began, []
        while reply is None or idle_s is None:
            quiet_ends = deadline if reply is None else min(deadline, heard + LOST_IDLE_S)
            if not self._await_message(quiet_ends, f"did not answer a {kind}", fail=reply is None):
                break  # the idle is lost
            for message in self._replies():
                if message["parent_header"].get("msg_id") == parent:
                    reply, reply_s = message["content"], time.perf_counter() - began
            for frames in self._publications():
                heard = time.perf_counter()
                if b'"idle"' in frames[-1] and any(mark in frame for frame in frames):
                    message = self._parse(frames)
                    if _is_idle(message):
                        idle_s = heard - began
                        continue
                    frames = message
                taken.append(frames)
        late = []
        if aftermath and idle_s is not None:
            while self._await_message(time.perf_counter() + AFTERMATH_S, "", fail=False):
                late.extend(self._publications())
        return Answer(reply, reply_s, idle_s, self._of(parent, taken), self._of(parent, late))

    def tree(self) -> list[psutil.Process]:
        """The kernel's process and all below it that are alive."""
        return trees.tree(self._root)

    def memory_mib(self) -> tuple[float | None, float]:
        """(PSS, RSS) summed over the tree. PSS splits shared pages fairly; None where the system does not tell."""
        shared, resident = 0, 0
        for process in self.tree():
            try:
                memory = process.memory_full_info()
            except psutil.NoSuchProcess:
                continue
            resident += memory.rss
            shared = None if shared is None or not hasattr(memory, "pss") else shared + memory.pss
        return (None if shared is None else shared / MIB), resident / MIB

    def own_pss_mib(self) -> float | None:
        """PSS of the kernel and the process that runs its cells, without what these have started in turn."""
        shared = 0
        for process in [self._root, *self._root.children()]:
            try:
                memory = process.memory_full_info()
            except psutil.NoSuchProcess:
                continue
            if not hasattr(memory, "pss"):
                return None
            shared += memory.pss
        return shared / MIB

    def cpu_s(self) -> float:
        """Processor time used by the tree so far, with that of children that ended."""
        return trees.cpu_s(self.tree())

    def shut_down(self) -> float | None:
        """Asks the kernel to end; returns the seconds until its whole tree was gone, None if it had to be killed."""
        tree = self.tree()
        began = time.perf_counter()
        self._client.session.send(
            self._client.control_channel.socket,
            self._client.session.msg("shutdown_request", {"restart": False}),
        )
        return time.perf_counter() - began if trees.await_end(tree, self._settings.shutdown_timeout_s) else None

    def __exit__(self, *_) -> None:
        try:
            trees.kill_all(self._root, TAG, self._tag)
            if self._root is not None:
                self._manager.provisioner.process.wait(timeout=5)  # psutil has reaped it; let its Popen know
        finally:
            if self._client is not None:
                self._client.stop_channels()
            self._manager.cleanup_resources()
            self._context.destroy(linger=0)

    def _send(self, kind: str, content: dict) -> str:
        message = self._client.session.msg(kind, content)
        self._client.session.send(self._client.shell_channel.socket, message)
        return message["header"]["msg_id"]

    def _await_message(self, deadline: float, otherwise: str, fail: bool = True, at_most_ms: int = LOOK_MS) -> bool:
        """Blocks until a message is there or, looking after the kernel, at_most_ms passed. False or Failed at the deadline."""
        while True:
            left_ms = (deadline - time.perf_counter()) * 1000
            if left_ms <= 0:
                if fail:
                    raise Failed(f"{otherwise} in time")
                return False
            if self._poller.poll(min(left_ms, at_most_ms)):
                return True
            try:
                alive = self._root.is_running() and self._root.status() != psutil.STATUS_ZOMBIE
            except psutil.NoSuchProcess:
                alive = False
            if not alive:
                raise Failed(f"died{self._last_words()}")
            if at_most_ms < LOOK_MS:
                return True  # the caller has something to do at that pace

    def _last_words(self) -> str:
        lines = (self._folder / "output").read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return f" ({lines[-1][:160]})" if lines else ""

    def _replies(self):
        while True:
            try:
                _, message = self._client.session.recv(self._client.shell_channel.socket, zmq.NOBLOCK)
            except zmq.Again:
                return
            if message is None:
                return
            yield message

    def _publications(self):
        socket = self._client.iopub_channel.socket
        while True:
            try:
                yield socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return

    def _parse(self, frames: list[bytes]) -> dict:
        session = self._client.session
        return session.deserialize(session.feed_identities(frames)[1])

    def _of(self, parent: str, taken: list) -> list[dict]:
        messages = (item if isinstance(item, dict) else self._parse(item) for item in taken)
        return [message for message in messages if message["parent_header"].get("msg_id") == parent]


def run_round(session: Session, language: str, settings: Settings, many: bool = True) -> tuple[dict, dict, list[str]]:
    """Measures one round; returns the kernel's own description, the figures by key, and notes on what went wrong.

    A part that fails is noted and left out; the parts after it are still measured while the kernel answers. The many
    cells take long, and a kernel for which they take too long is spared them.
    """
    cells = LANGUAGES[language]
    figures: dict[str, float] = {}
    notes: list[str] = []
    try:
        figures["start"], info = session.start()
    except Failed as failure:
        return {}, figures, [f"start: {failure}"]
    figures["start_cpu"] = session.cpu_s()

    def first_cell():
        answer = session.execute("6 * 7", settings.timeout_s)
        figures["first"] = answer.done_s * 1000
        _expect(answer, 42)
        _memory("first")

    def warm_cells():
        times, used = [], 0.0
        for n in range(settings.warm_up + settings.cells):
            if n == settings.warm_up:
                used = session.cpu_s()
            answer = session.execute(f"{n} * 7", settings.timeout_s)
            times.append(answer.done_s * 1000)
            _expect(answer, n * 7)
        figures["cell_cpu"] = (session.cpu_s() - used) * 1000 / settings.cells
        _spread("cell", times[settings.warm_up :])

    def thirty_statements():
        times = [session.execute(cells.thirty, settings.timeout_s).done_s * 1000 for _ in range(settings.thirties + 1)]
        figures["thirty"] = statistics.median(times[1:])

    def after_many():
        if many and figures.get("cell", 0) * settings.many / 1000 < settings.many_limit_s:
            for n in range(settings.many):
                session.execute(cells.declare.format(n=n), settings.timeout_s)
            figures["many"] = statistics.median(
                session.execute(f"{n} * 7", settings.timeout_s).done_s * 1000 for n in range(settings.cells)
            )

    def idle_memory():
        time.sleep(settings.settle_s)  # what is measured is what stays when nobody asks for anything
        pss = session.own_pss_mib()
        if pss is not None:
            figures["pss_idle"] = pss

    def kernel_info():
        times = []
        for _ in range(settings.infos):
            answer = session.request("kernel_info_request", {}, settings.timeout_s)
            answer.done_s  # so that the next request does not meet this one's idle
            times.append(answer.reply_s * 1000)
        _spread("info", times)

    def completion():
        session.execute(cells.prepare, settings.timeout_s)
        times, wrong = [], 0
        for n in range(settings.warm_up + settings.looks):
            look = cells.looks[n % len(cells.looks)]
            code = look.code[: look.name_end - 1]
            answer = session.request("complete_request", {"code": code, "cursor_pos": len(code)}, settings.timeout_s)
            answer.done_s
            times.append(answer.reply_s * 1000)
            # A match may carry what stands before it, or parentheses after it.
            wrong += not any(re.search(rf"\b{look.name}\b", match) for match in answer.reply.get("matches", []))
        _spread("complete", times[settings.warm_up :])
        if wrong:
            notes.append(f"completion: {wrong} of {len(times)} answers lacked the name asked for")

    def inspection():
        times, empty = [], 0
        for n in range(settings.warm_up + settings.looks):
            look = cells.looks[n % len(cells.looks)]
            content = {"code": look.code, "cursor_pos": look.name_end, "detail_level": 0}
            answer = session.request("inspect_request", content, settings.timeout_s)
            answer.done_s
            times.append(answer.reply_s * 1000)
            empty += not answer.reply.get("found")
        _spread("inspect", times[settings.warm_up :])
        if empty:
            notes.append(f"inspection: {empty} of {len(times)} answers found nothing")

    def idle_processor():
        before = session.cpu_s()
        time.sleep(settings.idle_s)  # what is measured is what the kernel does while nobody asks it anything
        figures["idle_cpu"] = (session.cpu_s() - before) * 1000 / settings.idle_s

    def flood():
        answer = session.execute(cells.flood.format(lines=settings.lines), settings.flood_timeout_s, aftermath=True)
        arrived, torn = _count_lines(answer.published + answer.late, settings.lines)
        figures["flood_lines"] = arrived
        if arrived < settings.lines:
            notes.append("println: lines were lost")
        if torn:
            notes.append("println: lines were torn")
        if answer.late:
            notes.append("println: lines came after the idle")
        figures["flood"] = answer.done_s

    def _expect(answer: Answer, value: int) -> None:
        # Not text/plain alone: rapaio answers in text/html.
        results = [m["content"]["data"] for m in answer.published if m["msg_type"] == "execute_result"]
        if len(results) != 1 or str(value) not in results[0].values():
            raise Failed(f"a cell should show {value} and showed {results}")

    def _spread(key: str, times: list[float]) -> None:
        spread(figures, key, times)

    def _memory(when: str) -> None:
        pss, rss = session.memory_mib()
        figures["rss_" + when] = rss
        if pss is not None:
            figures["pss_" + when] = pss

    parts = {
        "first cell": first_cell,
        "kernel_info": kernel_info,
        "one-line cell": warm_cells,
        "30 statements": thirty_statements,
        "completion": completion,
        "inspection": inspection,
        "idle": idle_processor,
        "println": flood,
        "memory": lambda: _memory("end"),
        "idle memory": idle_memory,
        "many cells": after_many,
    }
    for name, part in parts.items():
        try:
            part()
        except Failed as failure:
            notes.append(f"{name}: {failure}")
            if not session.tree() or "did not answer" in str(failure):
                return info, figures, notes  # nothing more can come
    figures["processes"] = len(session.tree())
    ended = session.shut_down()
    if ended is None:
        notes.append(f"shutdown: still there after {settings.shutdown_timeout_s:g} s, killed")
    else:
        figures["shutdown"] = ended * 1000
    return info, figures, notes


def spread(figures: dict[str, float], key: str, times: list[float]) -> None:
    """Notes median and 95th percentile."""
    figures[key] = statistics.median(times)
    figures[key + "_p95"] = statistics.quantiles(times, n=20, method="inclusive")[-1]


def _is_idle(message: dict) -> bool:
    return message["msg_type"] == "status" and message["content"].get("execution_state") == "idle"


def _count_lines(messages: list[dict], expected: int) -> tuple[int, int]:
    """How many of the flood's lines arrived whole, and how many lines are none of them."""
    text = "".join(m["content"]["text"] for m in messages if m["msg_type"] == "stream" and m["content"]["name"] == "stdout")
    lines = [line for line in text.replace("\r\n", "\n").split("\n") if line]
    wanted = {f"line {n}" for n in range(expected)}
    arrived = wanted.intersection(lines)
    return len(arrived), len(lines) - len(arrived)
