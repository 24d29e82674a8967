"""One download, watched: neither a server that drips nor one that never ends holds it up."""

import concurrent.futures
import threading
import time
from pathlib import Path

import pooch
from tqdm import tqdm

from labkit.errors import LabkitError

LEAST = 5_000  # bytes a second; less than that, for so many seconds, is given up
WINDOW = 30.0


class _Bar(tqdm):
    """pooch's progress bar, shown or not; it ends a download that is not wanted any more."""

    wanted, whole = True, False

    def __bool__(self):
        return True  # pooch asks whether there is one; tqdm, how many pieces there are

    def update(self, n=1):
        if not self.wanted:
            raise LabkitError("given up")
        return super().update(n)

    def close(self):
        self.whole = True
        super().close()


def download(url: str, sha256: str, name: str, folder, most: int, timeout, shown: bool) -> str:
    """Download at most ``most`` bytes into an empty folder, with a progress bar where ``shown``; return its path.
    Raises LabkitError for a server that sends too little or too much, ValueError for a wrong hash, requests' own."""
    pooch.get_logger().setLevel("ERROR")
    bar, job = _Bar(disable=not shown, unit="B", unit_scale=True, ncols=79), concurrent.futures.Future()
    downloader = pooch.HTTPDownloader(progressbar=bar, timeout=timeout, headers={"Accept-Encoding": "identity"})

    def work():
        try:
            job.set_result(pooch.retrieve(url, f"sha256:{sha256}", name, folder, downloader=downloader))
        except BaseException as error:  # noqa: BLE001 (the other thread raises it)
            job.set_exception(error)

    threading.Thread(target=work, daemon=True).start()  # a thread of its own: its wait for a byte has no end of its own
    try:
        since, before = time.monotonic(), 0
        while not concurrent.futures.wait([job], WINDOW / 100).done:
            try:
                got = sum(path.stat().st_size for path in Path(folder).glob("*"))
            except FileNotFoundError:  # it was moved into place
                continue
            if got > most:
                raise LabkitError(f"sent more than the file's {most:,} bytes")
            if time.monotonic() > since + WINDOW and not bar.whole:
                if got < before + LEAST * WINDOW:
                    raise LabkitError(f"sends less than {LEAST / 1000:g} kB a second")
                since, before = time.monotonic(), got
        return job.result()
    finally:
        bar.wanted = False
        bar.close()
