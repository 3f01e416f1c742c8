"""JupyterLab in a real browser, cell by cell: late output, the moving timeline, Stop. Screenshots: target/screenshots."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

import nbformat
import pytest
from conftest import IN_CI, ROOT, end_group, free_port, need
from playwright.sync_api import expect, sync_playwright

SCREENSHOTS = ROOT / "target" / "screenshots"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
CELLS = [
    """var gate = new java.util.concurrent.CountDownLatch(1);
var late = new Thread(() -> {
    try { gate.await(); } catch (InterruptedException e) { return; }
    System.out.println("late line of cell one");
});
late.start();
System.out.println("cell one ends");""",
    """gate.countDown();
late.join();
System.out.println("cell two goes on");
var second = new java.util.concurrent.CountDownLatch(1);
second.await();""",
    """%%threads
var kitchen = new Object();
Runnable cook = () -> {
    for (int dish = 0; dish < 4; dish++) {
        synchronized (kitchen) {
            try { Thread.sleep(300); } catch (InterruptedException e) { return; }
        }
    }
};
var anna = new Thread(cook, "Anna");
var ben = new Thread(cook, "Ben");
anna.start(); ben.start();
anna.join(); ben.join();""",
    "while (true) {}",
    'System.out.println("alive: " + 6 * 7);',
]


@pytest.fixture
def chromium():
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None) or need("Chromium", "chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS, headless=True)
        try:
            yield browser
        finally:
            browser.close()


class Lab:
    """JupyterLab as `./heddle lab` starts it, on a copy of a notebook."""

    def __init__(self, notebook, config, theme="JupyterLab Light"):
        # Settings of its own: nothing of the user's, and every cell in the page, also those far below.
        settings = {"notebook-extension/tracker": {"windowingMode": "none"}, "apputils-extension/themes": {"theme": theme}}
        for name, values in settings.items():
            path = config / "lab/user-settings/@jupyterlab" / (name + ".jupyterlab-settings")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(values))
        self.process = subprocess.Popen(
            [sys.executable, str(ROOT / "heddle"), "lab", str(notebook), "--no-browser", "--port", str(free_port())],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            env=dict(os.environ, JUPYTER_CONFIG_DIR=str(config)),
            start_new_session=True,
        )
        self.seen = ""
        self.address = None
        for line in self.process.stdout:
            self.seen += line
            if "http://" in line:
                self.address = line.strip()
            if "Ctrl-C ends" in line:
                break
        assert self.address, self.seen

    def stop(self, number=signal.SIGINT):
        os.kill(self.process.pid, number)
        try:
            self.seen += self.process.communicate(timeout=30)[0]
            return self.process.returncode
        finally:
            end_group(self.process)


class Page:
    """What a person sees and does in a notebook."""

    def __init__(self, page):
        self.page = page
        self.cells = page.locator(".jp-Notebook .jp-CodeCell")

    def cell(self, number):
        return self.cells.nth(number)

    def wait_until_ready(self):
        expect(self.cells.first).to_be_visible(timeout=60_000)
        expect(self.page.locator("#jp-main-statusbar")).to_contain_text("Java (Heddle) | Idle", timeout=60_000)
        self.page.wait_for_function(
            "() => { const s = document.querySelector('.jp-Notebook-ExecutionIndicator'); return s && s.dataset.status === 'idle'; }", timeout=60_000
        )

    def run(self, number):
        code = self.cell(number).locator(".cm-content")
        if not code.is_visible():
            # A solution is collapsed; a click opens it.
            self.cell(number).locator(".jp-InputPlaceholder").click()
        code.click()
        self.page.keyboard.press("Control+Enter")

    def write(self, number, text):
        """Replaces what stands in a cell."""
        self.cell(number).locator(".cm-content").click()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(text)

    def number_of(self, text):
        """Which cell has this text in it, of those that are not collapsed."""
        sources = self.cells.evaluate_all("cells => cells.map(cell => cell.querySelector('.cm-content')?.innerText ?? '')")
        return next(number for number, source in enumerate(sources) if text in source)

    def prompt(self, number):
        return self.cell(number).locator(".jp-InputPrompt")

    def expect_running(self, number):
        expect(self.prompt(number)).to_have_text("[*]:", timeout=20_000)

    def expect_done(self, number, timeout_s=60):
        expect(self.prompt(number)).to_have_text(re.compile(r"\[\d+\]:"), timeout=timeout_s * 1000)

    def output(self, number):
        return self.cell(number).locator(".jp-OutputArea")

    def stop(self):
        self.page.locator('.jp-NotebookPanel-toolbar [data-jp-item-name="interrupt"]').first.click()

    def shot(self, name):
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=str(SCREENSHOTS / (name + ".png")))


@pytest.fixture
def notebook(tmp_path):
    folder = tmp_path / "my lessons"
    folder.mkdir()
    content = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "heddle", "display_name": "Java (Heddle)", "language": "java"}})
    content.cells = [nbformat.v4.new_code_cell(cell) for cell in CELLS]
    path = folder / "threads.ipynb"
    nbformat.write(content, str(path))
    return path


@pytest.fixture
def open_page(chromium, request, tmp_path):
    """Opens a notebook in JupyterLab; both are gone when the test ends, and a failed test leaves a screenshot."""
    opened = []

    def open_notebook(path, theme="JupyterLab Light"):
        lab = Lab(path, tmp_path / "config", theme)
        context = chromium.new_context(viewport={"width": 1280, "height": 1000})
        page = Page(context.new_page())
        opened.append((lab, context, page))
        page.page.goto(lab.address)
        page.wait_until_ready()
        return page

    yield open_notebook
    for lab, context, page in opened:
        page.shot("last-of-" + request.node.name)
        context.close()
        lab.stop()


def test_late_output_timeline_and_stop(open_page, notebook):
    page = open_page(notebook)
    page.shot("1-opened")

    page.run(0)
    page.expect_done(0)
    expect(page.output(0)).to_contain_text("cell one ends")

    page.run(1)
    page.expect_running(1)
    expect(page.output(1)).to_contain_text("cell two goes on", timeout=20_000)
    expect(page.output(0)).to_contain_text("late line of cell one", timeout=20_000)
    expect(page.output(1)).not_to_contain_text("late line")
    page.shot("2-late-output")
    # The second cell waits for ever on a latch: Stop wakes it.
    page.stop()
    page.expect_done(1)

    page.run(2)
    page.expect_running(2)
    pictures = []
    limit = time.monotonic() + 20
    while page.prompt(2).inner_text() == "[*]:" and time.monotonic() < limit:
        picture = page.page.evaluate(
            "(cell) => { const area = cell.querySelector('.jp-OutputArea svg, .jp-OutputArea img'); return area ? area.outerHTML : null; }",
            page.cell(2).element_handle(),
        )
        if picture and (not pictures or pictures[-1] != picture):
            pictures.append(picture)
            if len(pictures) == 2:
                page.shot("3-timeline-moves")
        page.page.wait_for_timeout(50)
    page.expect_done(2)
    # More of them on a machine that has nothing else to do; this one runs all other tests as well.
    assert len(pictures) >= 3, "there were only {} pictures while the cell ran".format(len(pictures))
    expect(page.output(2)).to_contain_text("Anna")
    expect(page.output(2)).to_contain_text("Ben")
    page.shot("4-timeline-kept")

    page.run(3)
    page.expect_running(3)
    page.shot("5-spinning")
    begin = time.monotonic()
    page.stop()
    page.expect_done(3, timeout_s=15)
    stopped_s = time.monotonic() - begin
    assert stopped_s < 10
    page.run(4)
    page.expect_done(4)
    expect(page.output(4)).to_contain_text("alive: 42")
    page.shot("6-stopped")


FLOOD_LINES = 8 * 100_000
FLOOD = """var threads = new ArrayList<Thread>();
for (int t = 0; t < 8; t++) {
    int me = t;
    threads.add(Thread.ofPlatform().start(() -> { for (int i = 0; i < 100_000; i++) System.out.println("thread " + me + " line " + i); }));
}
for (var thread : threads) thread.join();
System.out.println("the end of the flood");"""


def test_a_flood_is_cut_and_the_page_lives(open_page, notebook):
    """The beginning, an exact count and the end are shown, and whoever clicks meanwhile is heard."""
    content = nbformat.read(str(notebook), 4)
    content.cells = [nbformat.v4.new_code_cell(FLOOD), nbformat.v4.new_code_cell("6 * 7")]
    nbformat.write(content, str(notebook))
    page = open_page(notebook)
    page.run(0)
    page.expect_running(0)
    page.write(1, 'System.out.println("alive: " + 6 * 7);')  # clicks and keys, while it floods
    slowest_s = 0
    limit = time.monotonic() + 120
    while page.prompt(0).inner_text() == "[*]:" and time.monotonic() < limit:
        begin = time.monotonic()
        page.page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
        slowest_s = max(slowest_s, time.monotonic() - begin)
        page.page.wait_for_timeout(50)
    page.expect_done(0)
    expect(page.output(0)).to_contain_text("the end of the flood")
    assert slowest_s < 10, "the page froze for {:.1f} s".format(slowest_s)
    page.run(1)
    expect(page.output(1)).to_contain_text("alive: 42", timeout=20_000)
    page.cell(0).locator(".jp-OutputArea").evaluate("area => area.scrollIntoView(false)")
    page.shot("flood-end")
    cut = page.output(0).locator(".jp-OutputArea-output", has_text="left out").last
    cut.evaluate("area => area.scrollIntoView({block: 'start'})")
    page.page.locator(".jp-WindowedPanel-outer").first.evaluate("panel => panel.scrollBy(0, -300)")
    page.shot("flood-cut")
    # As it is kept in the notebook, which is more than the page shows of it at once.
    lines = []
    for output in page.cell(0).locator(".jp-OutputArea-output pre").all():
        lines += output.text_content().splitlines()
    counts = [line for line in lines if line.startswith("... ")]
    left_out = sum(int(re.fullmatch(r"\.\.\. ([\d,]+) lines? left out; the end follows", line).group(1).replace(",", "")) for line in counts)
    assert counts and len(lines) - len(counts) + left_out == FLOOD_LINES + 1
    assert lines[-1] == "the end of the flood" and len(lines) < 60_000
    assert "exceeded" not in "".join(lines[-300:]), "Jupyter's server dropped something"
    held = page.page.evaluate("() => performance.memory ? performance.memory.usedJSHeapSize : 0")
    assert held < 500e6, "the page holds {:.0f} MB".format(held / 1e6)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_lessons_open_and_run(open_page, tmp_path, language):
    """The first lesson, opened by its name on a copy of the notebooks, every cell run by hand."""
    lessons = tmp_path / language
    lessons.mkdir()
    source = sorted((ROOT / "notebooks" / language).glob("00*.ipynb"))[0]
    copy = shutil.copy(str(source), str(lessons / source.name))
    page = open_page(copy)
    count = page.cells.count()
    assert count > 0
    for number in range(count):
        page.run(number)
        page.expect_done(number)
    page.shot("lesson-00-" + language)
    assert page.page.locator(".jp-Notebook .jp-OutputArea [data-mime-type='application/vnd.jupyter.error']").count() == 0


@pytest.mark.parametrize(
    "language, theme, words",
    [
        ("en", "JupyterLab Light", ["open", "not yet \u00b7 try 1", "not yet \u00b7 try 2", "right this time"]),
        ("zh", "JupyterLab Dark", ["\u8fd8\u6ca1\u6709\u56de\u7b54", "\u7b2c 1 \u6b21", "\u7b2c 2 \u6b21", "\u8fd9\u6b21\u5bf9\u4e86"]),
    ],
)
def test_a_check_says_more_on_each_try(open_page, tmp_path, language, theme, words):
    """A prediction as the lesson gives it, wrong, wrong again, and right; the card's ground is that of the theme."""
    lessons = tmp_path / language
    lessons.mkdir()
    source = next((ROOT / "notebooks" / language).glob("00*.ipynb"))
    page = open_page(shutil.copy(str(source), str(lessons / source.name)), theme)
    number = page.number_of("Check.predict")
    helped = []
    for guess, word in zip(["?", "a", "a", "c"], words):
        page.write(number, 'Check.predict("0.1", "{}");'.format(guess))
        page.run(number)
        expect(page.output(number)).to_contain_text(word, timeout=60_000)
        helped.append(page.output(number).locator(".heddle-check-body").inner_text())
    assert helped[2].startswith(helped[1]) and len(helped[2]) > len(helped[1]), "the second try gets a hint more"
    ground = page.output(number).locator(".heddle-check").evaluate("card => getComputedStyle(card).backgroundColor")
    brightness = sum(int(part) for part in re.findall(r"\d+", ground)[:3]) / 3
    assert (brightness > 200) == theme.endswith("Light"), ground
    page.shot("check-" + language)


VALUES = [
    """record City(String name, int people) {}
/// Greets **somebody**, see [String#strip()].
/// @param name who is greeted
String greet(String name) { return "Hello, " + name; }
IntStream.range(0, 1000).mapToObj(i -> new City("<b>城市</b> " + i, i * 1000)).toList()""",
    """for (var outer : Progress.over("Outer", List.of(1, 2, 3))) {
    for (var inner : Progress.over("Inner", List.of(1, 2, 3, 4, 5, 6))) Thread.sleep(120);
}
for (var i : Progress.range(0, 100)) if (i == 37) break;
for (var i : Progress.over("Dividing", List.of(1, 0))) System.out.println(1 / i);""",
    """display(Map.of("one", 1, "two", List.of(1, 2)));
display(new int[][] {{1, 2, 3}, {4, 5, 6}});
display(new City("Rome", 3));
display(latex("e^{i\\\\pi} + 1 = 0"));
display(markdown("**bold** and `code`"));
display(json(Map.of("a", List.of(1, 2))));
svg("<svg xmlns='http://www.w3.org/2000/svg' width='60' height='20'><rect width='60' height='20' fill='#009E73'/></svg>")""",
    "greet",
    "new nPE",
]


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_values_bars_tooltip_and_completion(open_page, notebook, theme):
    """What a person sees of tables, bars and documentation: on the ground of the theme, in its colours."""
    content = nbformat.read(str(notebook), 4)
    content.cells = [nbformat.v4.new_code_cell(cell) for cell in VALUES]
    nbformat.write(content, str(notebook))
    page = open_page(notebook, theme)
    name = theme.split()[1].lower()

    page.run(0)
    page.expect_done(0)
    table = page.output(0).locator("table")
    expect(table.locator("tr")).to_have_count(1 + 20 + 1 + 5)
    expect(table).to_contain_text("<b>城市</b> 999")
    expect(table).to_contain_text("975 more rows")
    ink, ground = (
        sum(int(part) for part in re.findall(r"\d+", table.locator("td").first.evaluate(script))[:3])
        for script in ("cell => getComputedStyle(cell).color", "cell => getComputedStyle(document.querySelector('.jp-Notebook')).backgroundColor")
    )
    assert abs(ink - ground) > 300, "text and ground of {} differ too little".format(theme)
    page.shot("values-table-" + name)

    page.run(1)
    bars = page.output(1).locator("[role=progressbar]")
    expect(bars.filter(has_text="Inner")).to_contain_text(re.compile(r"[1-5] of 6"), timeout=30_000)
    page.shot("bars-live-" + name)
    page.expect_done(1)
    expect(bars).to_have_count(3)
    expect(bars.nth(0)).to_contain_text("3 of 3 · done in")
    expect(bars.nth(1)).to_contain_text("stopped at 37 of 100")
    expect(bars.nth(2)).to_contain_text("failed at 1 of 2")
    page.shot("bars-" + name)
    page.run(2)
    page.expect_done(2)
    expect(page.output(2).locator("table")).to_have_count(3)
    expect(page.output(2).locator("mjx-container")).to_be_visible(timeout=20_000)
    expect(page.output(2).locator("strong")).to_have_text("bold")
    page.shot("values-" + name)

    page.cell(3).locator(".cm-content").click()
    page.page.keyboard.press("End")
    page.page.keyboard.press("Shift+Tab")
    tooltip = page.page.locator(".jp-Tooltip")
    expect(tooltip.locator("strong")).to_have_text("somebody", timeout=20_000)
    expect(tooltip.locator("dd")).to_contain_text("who is greeted")
    page.shot("tooltip-" + name)
    page.page.keyboard.press("Escape")

    page.cell(4).locator(".cm-content").click()
    page.page.keyboard.press("End")
    page.page.keyboard.press("Tab")
    expect(page.page.locator(".jp-Completer")).to_contain_text("NullPointerException(", timeout=20_000)
    page.shot("completion-" + name)
    page.page.keyboard.press("Enter")
    expect(page.cell(4).locator(".cm-content")).to_have_text("new NullPointerException(")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_lab_ends_its_kernels(notebook, chromium, number, tmp_path):
    """One signal, and JupyterLab, the kernel and its processes are gone: the proof is the one that every test has."""
    lab = Lab(notebook, tmp_path / "config")
    context = chromium.new_context()
    try:
        page = Page(context.new_page())
        page.page.goto(lab.address)
        page.wait_until_ready()
        page.run(0)
        page.expect_done(0)
    finally:
        context.close()
        code = lab.stop(number)
    # Behind that JupyterLab itself may complain, of a page that went while it wrote to it.
    end = lab.seen.partition("Ctrl-C ends JupyterLab and every kernel.\n")[2]
    assert code == 0 and end.startswith("JupyterLab and every kernel end.\n"), lab.seen


def test_ci_has_a_browser():
    """In CI nothing is skipped for want of a browser; elsewhere this says what is found."""
    assert not IN_CI or shutil.which("chromium") or shutil.which("google-chrome"), "CI has no Chromium"
