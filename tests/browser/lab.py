"""A JupyterLab of our own, started for the browser tests and ended after them, and what a person does in it."""

import contextlib
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

ROOT = Path(__file__).parent.parent.parent
PATIENCE = 400.0  # seconds: TensorFlow starts in the kernel, perhaps while other programs keep the machine busy
IDLE = '.jp-Notebook-ExecutionIndicator[data-status="idle"]'


@contextlib.contextmanager
def server(folder: Path):
    """Run JupyterLab on a free port with its settings in ``folder``; yields its address, token included."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    token = secrets.token_hex(16)
    environment = {name: value for name, value in os.environ.items() if name != "LABKIT_HEADLESS"}
    environment |= {"HOME": str(folder), "USERPROFILE": str(folder), "JUPYTER_TOKEN": token,
                    "JUPYTER_PREFER_ENV_PATH": "1", "LABKIT_HOME": str(ROOT), "LABKIT_OFFLINE": "1",
                    "MPLBACKEND": "module://matplotlib_inline.backend_inline", "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
    with open(folder / "server.log", "w", encoding="utf-8") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--ServerApp.port={port}",
             f"--ServerApp.root_dir={folder}", "--LabApp.news_url=None",
             "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"],
            env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        address, end = f"http://127.0.0.1:{port}", time.monotonic() + PATIENCE
        while True:
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{address}/api?token={token}", timeout=5):
                break
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError((folder / "server.log").read_text(encoding="utf-8")[-2000:])
            time.sleep(0.3)
        yield address, token
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Lab:
    """A notebook open in the browser, and what a person does there."""

    def __init__(self, page, address, token, folder):
        self.page, self.address, self.token, self.folder = page, address, token, folder
        self.complaints: list[str] = []
        page.on("console", lambda message: self.complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def open(self, cells, name="play.ipynb") -> None:
        """Write a notebook of these cells, open it, and run it from the top."""
        kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
        book = new_notebook(cells=[new_code_cell(cell) for cell in cells], metadata={"kernelspec": kernel})
        nbformat.write(book, self.folder / name)
        self.page.goto(f"{self.address}/lab/tree/{name}?token={self.token}&reset", timeout=PATIENCE * 1000)
        self.page.wait_for_selector(IDLE, timeout=PATIENCE * 1000)
        # The indicator is idle before the kernel is connected; the status bar knows better.
        self.page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=PATIENCE * 1000)
        self.run_all()

    def run_all(self) -> None:
        """Run all cells; again, when the kernel was not connected yet: the menu then silently does nothing."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            self.menu("Run", "Run All Cells")
            for _ in range(10):
                if "[ ]" not in self.prompts()[0]:
                    return
                time.sleep(0.3)
        raise AssertionError("the kernel never took the cells")

    def menu(self, bar, item) -> None:
        """Choose an entry of the menu bar. A dialog in the way is an error that says what it asks, but for one."""
        dialog = self.page.locator(".jp-Dialog")
        if dialog.count() and "Select Kernel" in dialog.first.inner_text():  # asked when a cell runs too early
            dialog.get_by_role("button", name="Select", exact=True).click()
            dialog.wait_for(state="detached")
        if dialog.count():
            raise AssertionError(f"JupyterLab asks: {dialog.all_inner_texts()}")
        self.page.locator(f'.lm-MenuBar-itemLabel:text-is("{bar}")').click()
        self.page.locator(f'.lm-Menu-itemLabel:text-is("{item}")').click()

    def prompts(self) -> list[str]:
        return self.page.locator(".jp-CodeCell .jp-InputPrompt").all_text_contents()

    def wait_for_cells(self, count: int) -> None:
        """Wait until the first ``count`` cells have run; raises AssertionError with the output of one that failed."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            failed = self.page.locator('.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.stderr"], '
                                       '.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.error"]')
            assert failed.count() == 0, failed.all_inner_texts()
            if not any("*" in prompt or "[ ]" in prompt for prompt in self.prompts()[:count]):
                return
            time.sleep(0.3)
        raise AssertionError(f"the cells did not end: {self.prompts()}")

    def panel(self, index: int) -> "PanelInPage":
        """Return the widget number ``index`` of the page, once it shows a picture."""
        panel = PanelInPage(self, index)
        panel.image.wait_for(timeout=PATIENCE * 1000)
        panel.wait_until(lambda: panel.image.evaluate("img => img.naturalWidth > 0"))
        return panel


#: Presses keys on a slider one after the other; returns the milliseconds from each key to the loaded new picture.
LATENCY = """async (box, [label, count]) => {
  const handle = box.querySelector(`.noUi-handle[aria-label="${label}"]`), image = box.querySelector('img.labkit-view');
  const times = [];
  for (let i = 0; i < count; i++) {
    times.push(await new Promise((done, fail) => {
      const began = performance.now();
      image.addEventListener('load', () => done(performance.now() - began), {once: true});
      setTimeout(() => fail(new Error('no new picture within 20 s')), 20000);
      handle.dispatchEvent(new KeyboardEvent('keydown', {key: i % 2 ? 'ArrowRight' : 'ArrowLeft', bubbles: true}));
    }));
    await new Promise(done => setTimeout(done, 60));
  }
  return times;
}"""
#: What the picture shows, as the PNG that it is; '' when the next one has replaced it just now.
PIXELS = """async img => {
  try { return Array.from(new Uint8Array(await (await fetch(img.src)).arrayBuffer())).join(); } catch { return ''; }
}"""
#: The contrast of what is written in the elements of a selector to the ground behind them (WCAG 1.4.3), each.
CONTRAST = """selector => [...document.querySelectorAll(selector)].map(element => {
  const numbers = colour => colour.match(/[\\d.]+/g).map(Number);
  const linear = v => v <= 10 ? v / 3295 : ((v / 255 + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => [r, g, b].map(linear)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  let ground = element;
  while (ground && numbers(getComputedStyle(ground).backgroundColor)[3] === 0) ground = ground.parentElement;
  const [a, b] = [getComputedStyle(element).color, getComputedStyle(ground || document.body).backgroundColor]
    .map(numbers).map(light);
  return [element.textContent.trim().slice(0, 30), (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)];
})"""


class PanelInPage:
    """One widget in the page."""

    def __init__(self, lab, index):
        self.lab, self.page = lab, lab.page
        self.box = lab.page.locator(".labkit").nth(index)
        self.image = self.box.locator("img.labkit-view")

    def pixels(self) -> str:
        """Return size and checksum of what the picture shows."""
        while not (found := self.image.evaluate(PIXELS)):
            pass
        return found

    def slider(self, label):
        """Return the handle of a slider, found as a screen reader finds it."""
        return self.box.get_by_role("slider", name=label, exact=True)

    def button(self, label):
        return self.box.get_by_role("button", name=label)

    def words(self) -> str:
        return self.box.locator(".labkit-words").inner_text()

    def wait_until(self, test, seconds=PATIENCE) -> None:
        end = time.monotonic() + seconds
        while not test():
            assert time.monotonic() < end, f"waited {seconds:g} s; the widget says: {self.box.inner_text()}"
            time.sleep(0.1)

    def wait_for_other(self, pixels) -> str:
        """Wait until the picture is another one than ``pixels``; return its checksum, once it stays."""
        self.wait_until(lambda: self.pixels() != pixels)
        while (now := self.pixels()) != (time.sleep(0.4), self.pixels())[1]:
            pass
        return now

    def wait_for(self, pixels) -> None:
        self.wait_until(lambda: self.pixels() == pixels)
