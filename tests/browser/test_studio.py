"""The studio of the book: the same pixels as ONNX Runtime in Python; by keyboard, by link, by fast moves."""

import functools
import http.server
import importlib.util
import threading

import numpy as np
import pytest

from labkit import files
from labkit.errors import LabkitError
from labkit.plotting.images import latent, to_levels
from labkit.widgets import noise

PIXELS = """() => [...document.querySelectorAll('.studio-pictures figure canvas:not(.studio-noise)')].map(
    one => [...one.getContext('2d').getImageData(0, 0, one.width, one.height).data])"""


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    """The studio in a plain folder, served by Python's own server: its address, and the folder."""
    spec = importlib.util.spec_from_file_location("studio_build", files.home() / "docs" / "studio" / "build.py")
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    folder = tmp_path_factory.mktemp("studio")
    try:
        maker.build(folder, ["bedroom-gan", "cifar-dcgan"])  # each takes seconds to export
    except LabkitError as error:
        pytest.skip(str(error))
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            """Say nothing."""

    handler = functools.partial(Quiet, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/", folder
        server.shutdown()


@pytest.fixture
def page(chromium, studio):
    """A page on the studio; complaints of the browser, and requests to elsewhere, fail the test."""
    page, complaints = chromium.new_page(), []
    page.set_default_timeout(60_000)
    page.on("console", lambda message: "willReadFrequently" in message.text or  # it is the test that reads so often
            complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: request.url.startswith((studio[0], "data:", "blob:")) or
            complaints.append(f"asked elsewhere: {request.url}"))
    yield page
    page.close()
    assert complaints == []


def drawn(page, count):
    page.wait_for_function("count => document.querySelectorAll('.studio-pictures figure').length === count", arg=count)
    return np.array(page.evaluate(PIXELS), np.uint8)


@pytest.mark.browser
@pytest.mark.parametrize(("address", "key", "noises"), [
    ("#seed=5&count=3", "bedroom-gan", lambda z, _: z[:3]),
    ("#model=bedroom-gan&seed=7&count=16&scale=0.5", "bedroom-gan", lambda z, _: z * np.float32(0.5)),
    ("#model=cifar-dcgan&seed=9&cut=0.7&count=2", "cifar-dcgan", lambda z, _: noise.sample(2, 100, 9, cut=0.7)),
    ("#model=cifar-dcgan&way=walk&from=2&to=5&t=0.25", "cifar-dcgan",
     lambda z, _: np.stack([z[1], noise.between(z[1], z[4], [0.25])[0], z[4]])),
    ("#model=cifar-dcgan&way=sum&plus=4&minus=2&and=6", "cifar-dcgan",
     lambda z, _: np.stack([z[3], z[1], z[5], noise.combined(z[[3, 1, 5]], (1, -1, 1))])),
    ("#model=cifar-dcgan&way=directions&d1=3&d6=-2", "cifar-dcgan",
     lambda z, along: np.stack([z[0], z[0] + 3 * along[0] - 2 * along[5]]))])
def test_pixels_are_those_of_python(page, studio, address, key, noises):
    import onnxruntime

    from labkit import models

    session = onnxruntime.InferenceSession(studio[1] / "models" / f"{key}.onnx", providers=["CPUExecutionProvider"])
    seed = int(address.split("seed=")[1].split("&")[0]) if "seed=" in address else 0
    dim = session.get_inputs()[0].shape[1]
    along = noise.principal_directions(models.weights.load(key), 6).vectors if "directions" in address else None
    asked = noises(latent(16, dim, seed), along).astype(np.float32)
    expected = to_levels(session.run(None, {"latent": asked})[0])
    page.goto(studio[0] + address)
    found = drawn(page, len(asked)).reshape(*expected.shape[:3], 4)[..., :3]
    assert expected.std() > 20
    assert np.abs(found.astype(int) - expected).max() <= 1


@pytest.mark.browser
def test_by_keyboard_by_link_and_by_fast_moves(page, studio):
    page.goto(studio[0])
    drawn(page, 8)
    page.locator("#studio-model").focus()
    page.keyboard.type("cifar-dcgan")
    page.wait_for_function("document.getElementById('studio-words').textContent.includes('cifar-dcgan')")
    page.get_by_label("walk between two").focus()
    page.keyboard.press("Space")
    before = drawn(page, 3)[1]
    page.locator("#studio-t").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("location.hash.includes('t=0.51')")
    page.wait_for_function("document.querySelector('#studio-pictures').textContent.includes('51 %')")
    after = drawn(page, 3)[1]
    assert (before != after).any()
    link = page.url
    page.goto("about:blank")
    page.goto(link)
    assert (drawn(page, 3)[1] == after).all()
    page.evaluate("""async () => {  // of fast moves the newest is what stands there at the end
        const slider = document.getElementById('studio-t');
        for (const value of [...Array(60).keys(), 51]) {
            slider.value = value / 100;
            slider.dispatchEvent(new Event('input', {bubbles: true}));
            await new Promise(requestAnimationFrame);
        }
    }""")
    page.wait_for_function("document.querySelector('#studio-pictures').textContent.includes('51 %')")
    assert (drawn(page, 3)[1] == after).all()
    page.locator("#studio-seed").fill("-3")
    page.get_by_role("alert").wait_for()
    with page.expect_download() as download:
        page.locator("#studio-save").click()
    assert download.value.suggested_filename.endswith(".png")
