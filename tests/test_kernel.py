"""The installed kernelspec against Jupyter's own test suite for kernels, and Stop as Jupyter's client asks for it."""

import queue
import subprocess
import sys
import time

import jupyter_kernel_test
import psutil
from jupyter_client.manager import start_new_kernel


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
    ]
    code_display_data = [
        {"code": 'display("plain")', "mime": "text/plain"},
        {"code": 'display("<b>bold</b>", "text/html")', "mime": "text/html"},
    ]
    code_history_pattern = "6 * *"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "Math.abs"
    code_clear_output = "clearOutput(false);"
    # Payloads are deprecated in the protocol ("page" opens a pane below): this kernel sends none, so nothing is to be tested.
    test_pager = None


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

    def test_a_deadlock(self):
        self.stops(
            "var one = new Object(); var two = new Object(); var both = new java.util.concurrent.CyclicBarrier(2);\n"
            "Thread other = new Thread(() -> { synchronized (two) { try { both.await(); } catch (Exception e) { return; } synchronized (one) {} } });\n"
            "other.setDaemon(true);\nother.start();\n"
            "synchronized (one) { both.await(); synchronized (two) {} }"
        )


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
            "from jupyter_client.manager import start_new_kernel\n"
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
