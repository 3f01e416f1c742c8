"""The installed kernelspec against Jupyter's own test suite for kernels, and Stop as Jupyter's client asks for it."""

import json
import queue
import re
import subprocess
import sys
import time

import jupyter_kernel_test
import psutil
import pytest
from conftest import message_validator
from jupyter_client.manager import KernelManager, start_new_kernel
from jupyter_client.session import Session


class TestHeddle(jupyter_kernel_test.KernelTests):
    kernel_name = "heddle"
    language_name = "java"
    file_extension = ".java"
    code_hello_world = 'System.out.println("hello, world");'
    code_stderr = 'System.err.println("to the error stream");'
    completion_samples = [
        {"text": "zebraCount", "matches": []},
        {"text": "Math.absEx", "matches": ["absExact("]},
        {"text": '"heddle".stripTr', "matches": ["stripTrailing()"]},
        {"text": "System.out.printl", "matches": ["println("]},
        {"text": "\U00020b0e\U00020b0e", "matches": []},
        {"text": '"\U0001f600".codePointCou', "matches": ["codePointCount("]},
    ]
    complete_code_samples = ["1 + 1", "int a = 1;", "void f() {\n}", "class A {\n int b;\n}", "// a comment", ""]
    incomplete_code_samples = ["int f() {", "for (int i = 0; i < 3; i++) {", "System.out.println(", '"""\n a']
    invalid_code_samples = [")", "class 3 {}", "int x = );", "1 +* ; )"]
    code_generate_error = 'throw new IllegalStateException("on purpose");'
    code_execute_result = [
        {"code": "6 * 7", "result": "42"},
        {"code": '"a" + "b"', "result": "ab"},
        {"code": "java.util.List.of(1, 2, 3)", "result": "[1, 2, 3]"},
        {"code": "6 * 7", "result": "42"},
        {"code": "int answer = 40; answer + 2", "result": "42"},
        {"code": 'String \u540d\u5b57 = "\U0001f600"; \u540d\u5b57 + \u540d\u5b57.codePointCount(0, 2)', "result": "\U0001f6001"},
    ]
    code_display_data = [
        {"code": 'display("plain")', "mime": "text/plain"},
        {"code": 'display("<b>bold</b>", "text/html")', "mime": "text/html"},
        {"code": 'display("**bold**", "text/markdown")', "mime": "text/markdown"},
        {"code": 'display("$x^2$", "text/latex")', "mime": "text/latex"},
        {"code": 'display("{\\"a\\": [1]}", "application/json")', "mime": "application/json"},
        {"code": 'display("<svg xmlns=\\"http://www.w3.org/2000/svg\\"/>", "image/svg+xml")', "mime": "image/svg+xml"},
    ]
    code_history_pattern = "6 * *"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "Math.abs"
    code_clear_output = "clearOutput(false);"
    code_page_something = "Math.abs?"


class TestWelcome(jupyter_kernel_test.IopubWelcomeTests):
    kernel_name = "heddle"
    support_iopub_welcome = True


class Front:
    """A front end that knows which message belongs to which request."""

    def __init__(self):
        self.manager, self.client = start_new_kernel(kernel_name="heddle")
        self.seen = {}

    def close(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel()

    def send(self, kind, content=None, channel="shell", subshell=None, buffers=None):
        message = self.client.session.msg(kind, content or {})
        if subshell:
            message["header"]["subshell_id"] = subshell
        socket = getattr(self.client, channel + "_channel").socket
        self.client.session.send(socket, message, buffers=buffers)
        return message["header"]["msg_id"]

    def execute(self, code, **options):
        return self.client.execute(code, **options)

    def reply(self, request, channel="shell"):
        receive = getattr(self.client, "get_{}_msg".format(channel))
        while True:
            message = receive(timeout=30)
            if message["parent_header"].get("msg_id") == request:
                return message["content"]

    def output(self, request, kind=None):
        """The next message of this request on iopub, of this kind."""
        while True:
            waiting = self.seen.get(request, [])
            while waiting:
                message = waiting.pop(0)
                if kind is None or message["msg_type"] == kind:
                    return message
            message = self.client.get_iopub_msg(timeout=30)
            self.seen.setdefault(message["parent_header"].get("msg_id"), []).append(message)

    def until_idle(self, request):
        outputs = []
        while not outputs or outputs[-1]["content"].get("execution_state") != "idle":
            outputs.append(self.output(request))
        return outputs[1:-1]

    def run(self, code, **options):
        request = self.execute(code, **options)
        assert self.reply(request)["status"] == "ok"
        return request, [message for message in self.until_idle(request) if message["msg_type"] != "execute_input"]

    def subshell(self):
        reply = self.reply(self.send("create_subshell_request", channel="control"), "control")
        assert reply["status"] == "ok", reply
        return reply["subshell_id"]


@pytest.fixture(scope="class")
def front():
    front = Front()
    yield front
    front.close()


class TestMessages:
    """What front ends rely on beyond running cells, asked by Jupyter's own client."""

    def test_what_is_supported_is_said_and_nothing_else(self, front):
        info = front.reply(front.send("kernel_info_request", channel="control"), "control")
        assert info["supported_features"] == ["kernel subshells"]
        assert info["protocol_version"] == "5.5"
        assert info.get("debugger", False) is False
        refused = front.reply(front.send("debug_request", {"type": "request", "command": "initialize", "seq": 1}, channel="control"), "control")
        assert refused["status"] == "error"

    def test_subshells_are_made_listed_and_deleted(self, front):
        before = front.reply(front.send("list_subshell_request", channel="control"), "control")["subshell_id"]
        subshell = front.subshell()
        assert front.reply(front.send("list_subshell_request", channel="control"), "control")["subshell_id"] == sorted([*before, subshell])
        assert front.reply(front.send("delete_subshell_request", {"subshell_id": subshell}, channel="control"), "control") == {"status": "ok"}
        gone = front.reply(front.send("complete_request", {"code": "Math.", "cursor_pos": 5}, subshell=subshell))
        assert (gone["status"], gone["ename"]) == ("error", "RequestRefused")
        again = front.reply(front.send("delete_subshell_request", {"subshell_id": subshell}, channel="control"), "control")
        assert again["status"] == "error"

    def test_completion_inspection_and_comms_answer_while_a_cell_runs(self, front):
        front.run(
            "import heddle.notebook.Comm;\n"
            "var heard = new LinkedBlockingQueue<Object>();\n"
            'Comm.target("tell", (comm, opened) -> comm.onMessage(message -> {\n'
            '    System.out.println("told " + message.data());\n'
            "    comm.send(message.data(), message.buffers().toArray(byte[][]::new));\n"
            '    heard.add(message.data().get("n"));\n'
            "}));"
        )
        subshell = front.subshell()
        cell = front.execute('System.out.println("runs"); heard.take()')
        assert front.output(cell, "stream")["content"]["text"] == "runs\n"
        completed = front.reply(front.send("complete_request", {"code": "heard.pol", "cursor_pos": 9}, subshell=subshell))
        assert "poll(" in completed["matches"]
        inspected = front.reply(front.send("inspect_request", {"code": "heard", "cursor_pos": 5, "detail_level": 0}, subshell=subshell))
        assert "LinkedBlockingQueue" in inspected["data"]["text/plain"]
        front.send("comm_open", {"comm_id": "c1", "target_name": "tell", "data": {}}, subshell=subshell)
        told = front.send("comm_msg", {"comm_id": "c1", "data": {"n": 42, "\U0001f9f5": None}}, subshell=subshell, buffers=[b"\x00\xff"])
        outputs = front.until_idle(told)
        assert [message["msg_type"] for message in outputs] == ["stream", "comm_msg"]
        assert outputs[0]["content"]["text"] == "told {n=42, \U0001f9f5=null}\n"
        assert outputs[1]["content"] == {"comm_id": "c1", "data": {"n": 42, "\U0001f9f5": None}}
        assert [bytes(buffer) for buffer in outputs[1]["buffers"]] == [b"\x00\xff"]
        assert front.output(cell, "execute_result")["content"]["data"]["text/plain"] == "42"
        assert front.reply(cell)["status"] == "ok"
        comms = front.reply(front.send("comm_info_request", {"target_name": "tell"}))["comms"]
        assert comms == {"c1": {"target_name": "tell"}}
        front.send("comm_close", {"comm_id": "c1", "data": {}})
        assert front.reply(front.send("comm_info_request"))["comms"] == {}

    def test_a_display_is_updated_by_any_thread_long_after_its_cell(self, front):
        cell, outputs = front.run(
            "var gate = new CountDownLatch(1);\n"
            'String id = display("before");\n'
            'Thread.ofVirtual().start(() -> { try { gate.await(); } catch (InterruptedException e) { return; } updateDisplay(id, "after"); });\n'
            "int quiet = 0;"
        )
        shown = [message["content"] for message in outputs if message["msg_type"] == "display_data"]
        assert len(shown) == 1
        front.run("gate.countDown();")
        updated = front.output(cell, "update_display_data")["content"]
        assert updated["data"]["text/plain"] == "after"
        assert updated["transient"] == shown[0]["transient"]

    def test_output_is_cleared_at_once_or_with_the_next(self, front):
        for wait in (False, True):
            _, outputs = front.run('System.out.println("a"); clearOutput({}); System.out.println("b");'.format(str(wait).lower()))
            cleared = [message["content"]["wait"] for message in outputs if message["msg_type"] == "clear_output"]
            assert cleared == [wait]
            after = outputs[[message["msg_type"] for message in outputs].index("clear_output") + 1 :]
            assert "".join(message["content"]["text"] for message in after) == "b\n"

    def test_without_stdin_who_asks_gets_a_clear_error(self, front):
        request = front.execute("IO.readln()", allow_stdin=False)
        reply = front.reply(request)
        assert reply["status"] == "error"
        assert "Input cannot be asked for here" in reply["evalue"], reply
        front.until_idle(request)

    def test_places_are_counted_in_code_points(self, front):
        front.run("int \U00020b0e\U00020b0e = 10;")
        code = 'var s = "\U0001f600"; int y = \U00020b0e'
        completed = front.reply(front.send("complete_request", {"code": code, "cursor_pos": len(code)}))
        assert "\U00020b0e\U00020b0e" in completed["matches"]
        assert (completed["cursor_start"], completed["cursor_end"]) == (len(code) - 1, len(code))

    def test_where_the_other_sockets_are(self, front):
        reply = front.reply(front.send("connect_request"))
        connection = front.manager.get_connection_info()
        for port in ("shell_port", "iopub_port", "stdin_port", "control_port", "hb_port"):
            assert reply[port] == connection[port]


class TestSchema:
    """Every test fails when a message that it received is not as the protocol says; here that this is noticed."""

    def test_a_message_is_held_against_the_protocol(self):
        validator = message_validator()
        header = {"msg_id": "1", "session": "s", "username": "u", "date": "2026-01-02T03:04:05.678901Z", "msg_type": "stream", "version": "5.5"}
        good = [header, header, {}, {"name": "stdout", "text": "a"}]
        assert validator([json.dumps(part) for part in good]) == []
        for place, part in ((0, {"msg_type": "stream"}), (0, {**header, "msg_type": "dance"}), (1, {"msg_id": "1"}), (3, {"name": "stdout"}), (3, {"name": "stdlog", "text": "a"})):
            assert validator([json.dumps(part if place == index else other) for index, other in enumerate(good)]), part

    def test_what_jupyters_client_receives_is_watched(self, received_messages):
        client = Session()
        message = client.msg("stream", {"name": "stdlog", "text": "a"}, parent=client.msg_header("execute_request"))
        client.deserialize(client.feed_identities(client.serialize(message))[1])
        assert "stdlog" in received_messages.pop()


class TestStop:
    """Interrupt by message: the kernelspec says that it understands it."""

    def setup_method(self):
        self.manager, self.client = start_new_kernel(kernel_name="heddle")

    def teardown_method(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel()

    def reply_to(self, request):
        while True:
            reply = self.client.get_shell_msg(timeout=30)
            if reply["parent_header"].get("msg_id") == request:
                return reply

    def outputs_of(self, request, until_idle_s=30):
        limit = time.monotonic() + until_idle_s
        outputs = []
        while time.monotonic() < limit:
            try:
                message = self.client.get_iopub_msg(timeout=1)
            except queue.Empty:
                continue
            if message["parent_header"].get("msg_id") != request:
                continue
            if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                return outputs
            outputs.append(message)
        raise AssertionError("the cell did not end: {}".format(outputs))

    def wait_for(self, request, text):
        limit = time.monotonic() + 30
        while time.monotonic() < limit:
            message = self.client.get_iopub_msg(timeout=30)
            if message["parent_header"].get("msg_id") == request and text in message["content"].get("text", ""):
                return
        raise AssertionError("no line '{}'".format(text))

    def stops(self, code):
        request = self.client.execute("int kept = 41;\n" + 'System.out.println("begun");\n' + code)
        self.wait_for(request, "begun")
        begin = time.monotonic()
        self.manager.interrupt_kernel()
        reply = self.reply_to(request)
        assert reply["content"]["status"] == "error", reply["content"]
        assert time.monotonic() - begin < 10
        self.outputs_of(request)
        request = self.client.execute("6 * 7")
        assert self.reply_to(request)["content"]["status"] == "ok"
        results = [message for message in self.outputs_of(request) if message["msg_type"] == "execute_result"]
        assert [result["content"]["data"]["text/plain"] for result in results] == ["42"]

    def test_a_spinning_loop(self):
        self.stops("while (true) {}")

    def test_a_sleeping_cell(self):
        self.stops("Thread.sleep(600_000);")

    def test_a_cell_that_waits_for_a_thread_that_never_ends(self):
        self.stops("var gate = new java.util.concurrent.CountDownLatch(1);\ngate.await();")

    def test_the_processes_of_the_cell_and_no_others(self):
        def ask(code):
            request = self.client.execute(code)
            assert self.reply_to(request)["content"]["status"] == "ok"
            return [message["content"]["data"]["text/plain"] for message in self.outputs_of(request) if message["msg_type"] == "execute_result"]

        def stopped(code):
            request = self.client.execute(code)
            self.wait_for(request, "begun")
            self.manager.interrupt_kernel()
            assert self.reply_to(request)["content"]["ename"] == "CellStopped"
            said = "".join(message["content"].get("text", "") for message in self.outputs_of(request))
            return re.sub(r"pid \d+", "pid N", said).strip()

        also = "Stop also ended what the cell had started: "
        ask("var early = new ProcessPool(2); early.apply(() -> 1); var other = new ChildProcess(() -> Thread.sleep(1_000_000)).start();")
        sleeps = 'System.out.println("begun"); Thread.sleep(1_000_000);'
        assert stopped('{ new ChildProcess("Anna", () -> { %s }).start().join(); }' % sleeps) == also + "the process Anna (pid N)."
        assert stopped("{ early.submit(() -> { %s return 1; }); early.apply(() -> { Thread.sleep(1_000_000); return 2; }); }" % sleeps) in (also + "1 task.", also + "2 tasks.")
        assert also in stopped("var own = new ProcessPool(2); own.map(n -> { %s return n; }, List.of(1, 2, 3, 4));" % sleeps)
        assert ask('own.awaitTermination(30, TimeUnit.SECONDS) + " " + other.isAlive() + " " + early.apply(() -> 3)') == ["true true 3"]
        request = self.client.execute("Runtime.getRuntime().halt(3);")
        lost = re.sub(r"pid \d+", "pid N", self.reply_to(request)["content"]["evalue"])
        assert re.search(r"The 3 child processes of the lost one have ended too: .*Process-\d+ \(pid N\)", lost), lost

    def test_a_deadlock(self):
        self.stops(
            "var one = new Object(); var two = new Object(); var both = new java.util.concurrent.CyclicBarrier(2);\n"
            "Thread other = new Thread(() -> { synchronized (two) { try { both.await(); } catch (Exception e) { return; } synchronized (one) {} } });\n"
            "other.setDaemon(true);\nother.start();\n"
            "synchronized (one) { both.await(); synchronized (two) {} }"
        )


class TestTransport:
    def test_sockets_in_the_file_system(self, tmp_path):
        """Jupyter's transport ipc: Unix-domain sockets instead of ports, which every user of the machine could connect to."""
        manager = KernelManager(kernel_name="heddle", transport="ipc", ip=str(tmp_path / "kernel"), connection_file=str(tmp_path / "connection.json"))
        manager.start_kernel()
        client = manager.client()
        client.start_channels()
        try:
            client.wait_for_ready(timeout=60)
            assert (tmp_path / "kernel-1").is_socket()
            seen = []
            reply = client.execute_interactive("6 * 7", output_hook=lambda message: seen.append(message["content"]), timeout=60)
            assert reply["content"]["status"] == "ok"
            assert any(content.get("data", {}).get("text/plain") == "42" for content in seen)
            assert client.is_alive()
            assert client.hb_channel.is_beating()
        finally:
            client.stop_channels()
            manager.shutdown_kernel()


class TestDeath:
    """The main process of the notebook ends; the kernel says so and goes on with a fresh one."""

    def test_system_exit_is_reported_and_survived(self):
        manager, client = start_new_kernel(kernel_name="heddle")
        try:
            reply = client.execute_interactive("System.exit(3);", output_hook=lambda message: None, timeout=60)
            assert reply["content"]["status"] == "error"
            assert "3" in reply["content"]["evalue"], reply["content"]
            seen = []
            reply = client.execute_interactive("6 * 7", output_hook=lambda message: seen.append(message["content"]), timeout=60)
            assert reply["content"]["status"] == "ok"
            assert any(content.get("data", {}).get("text/plain") == "42" for content in seen)
        finally:
            client.stop_channels()
            manager.shutdown_kernel()

    def test_a_kernel_ends_when_jupyter_is_killed(self):
        """Jupyter names itself in JPY_PARENT_PID, so that a kernel need not outlive it."""
        starter = (
            "from jupyter_client.manager import KernelManager, start_new_kernel\n"
            "manager, client = start_new_kernel(kernel_name='heddle')\n"
            "print(manager.provisioner.pid, flush=True)\n"
            "input()\n"
        )
        with subprocess.Popen([sys.executable, "-c", starter], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8") as jupyter:
            kernel = psutil.Process(int(jupyter.stdout.readline()))
            family = [kernel] + kernel.children(recursive=True)
            jupyter.kill()
        _, alive = psutil.wait_procs(family, timeout=15)
        assert not alive

    def test_a_killed_kernel_leaves_nothing(self):
        """The proof is the one that every test has: no process may be left."""
        manager, client = start_new_kernel(kernel_name="heddle")
        client.execute_interactive("var child = new ChildProcess(() -> Thread.sleep(600_000)); child.start();", timeout=60)
        client.stop_channels()
        pid = manager.provisioner.pid
        psutil.Process(pid).kill()
        manager.shutdown_kernel(now=True)
