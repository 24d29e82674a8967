"""The page of ``labkit serve`` in a real browser: by mouse, by keyboard, without scripts, in light and dark."""

import pytest

from tests.browser import lab


@pytest.fixture
def open_page(chromium, running):
    """A function that opens the server's page in a fresh context; complaints of the browser fail the test."""
    complaints = []

    def opened(query="", expect_complaints=False, **options):
        context = chromium.new_context(accept_downloads=True, **options)
        page = context.new_page()
        page.set_default_timeout(30_000)
        if not expect_complaints:
            page.on("console", lambda message: complaints.append(message.text))
            page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: request.url.startswith((running.url, "data:")) or
                complaints.append(f"asked elsewhere: {request.url}"))
        page.goto(running.url + query)
        return page

    yield opened
    for context in chromium.contexts:
        context.close()
    assert complaints == []


def focused(page, wanted=None):
    """Return what has the focus: its id or its text. Waits for ``wanted``, when it is given."""
    script = "() => document.activeElement.id || document.activeElement.textContent.trim()"
    if wanted is not None:
        page.wait_for_function(f"wanted => ({script})().includes(wanted)", arg=wanted)
    return page.evaluate(script)


def test_by_keyboard_from_the_number_to_the_downloaded_pictures(open_page, running, tmp_path):
    page = open_page()
    for wanted in ("n", "seed", "model", "Submit"):
        page.keyboard.press("Tab")
        assert focused(page) == wanted
    for _ in range(3):
        page.keyboard.press("Shift+Tab")
    page.keyboard.press("Control+A")
    page.keyboard.type("3")
    page.keyboard.press("Tab")
    page.keyboard.type("7")
    page.keyboard.press("Enter")  # submits the form, as the button does
    page.get_by_role("heading", name="3 noises for cifar-dcgan, seed 7").wait_for()
    focused(page, "Predict")
    outline = page.get_by_role("button", name="Predict").evaluate("button => getComputedStyle(button).outlineWidth")
    assert float(outline.removesuffix("px")) >= 2, "one sees where the focus is"
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="3 pictures by cifar-dcgan, seed 7").wait_for()
    focused(page, "result")
    for kind in ("noise", "picture"):
        widths = page.locator(f"img.{kind}").evaluate_all("all => all.map(image => image.naturalWidth)")
        assert (len(widths), all(widths)) == (3, True)
    page.keyboard.press("Tab")
    assert focused(page) == "Download as PNG"
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert download.value.suggested_filename == "cifar-dcgan-n3-seed7.png"
    download.value.save_as(tmp_path / "drawn.png")
    assert (tmp_path / "drawn.png").read_bytes() == running.get("api/v1/images", n=3, seed=7).content


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_in_light_and_dark(open_page, scheme):
    page = open_page("?n=99&seed=1", expect_complaints=True, color_scheme=scheme)
    found = page.evaluate(lab.CONTRAST, "h1, p, small, label, button, .problem")
    page.goto(page.url.split("?")[0] + "?n=4&seed=1&show=pictures")
    found += page.evaluate(lab.CONTRAST, "h2, p, a, .arrow")
    assert len(found) > 20
    assert all(contrast >= 4.5 for _, contrast in found), sorted(found, key=lambda item: item[1])[:3]
    ground = page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    assert (ground == "rgb(255, 255, 255)") == (scheme == "light")


def test_it_fits_a_narrow_window_and_says_everything_in_words(open_page):
    page = open_page("?n=16&seed=1&show=pictures", viewport={"width": 320, "height": 640})
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), "no scrolling sideways"
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.locator("img").evaluate_all("all => all.every(image => image.alt.split(' ').length > 3)")
    assert page.locator("h1").count() == 1
