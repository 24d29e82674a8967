"""What all browser tests share: a Chromium that is installed already, driven through Playwright.

``LABKIT_CHROMIUM`` names another browser of the family. Without any of them the tests are skipped and say so.
"""

import os
import shutil

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync")


@pytest.fixture(scope="module")
def chromium():
    """A running headless Chromium, a ``playwright.sync_api.Browser``.

    One for each module, not for the session: Playwright keeps an event loop in this thread, and with one that runs
    nobody else's ``asyncio.run`` works.
    """
    names = [os.environ["LABKIT_CHROMIUM"]] if "LABKIT_CHROMIUM" in os.environ else NAMES
    path = next(filter(None, map(shutil.which, names)), None)
    if path is None:
        pytest.skip("no Chromium: install one (Debian: apt install chromium) or set LABKIT_CHROMIUM to its path")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()
