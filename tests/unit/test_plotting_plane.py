"""Panels of points, and animations that a notebook can hold."""

import io
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from labkit import plotting
from labkit.errors import LabkitError
from labkit.plotting import motion
from labkit.plotting.output import png
from labkit.training import toy

RING = toy.ring()


def moment(round, scale=1.0):
    logits = np.linspace(-3, 3, 81).reshape(9, 9)
    return SimpleNamespace(round=round, samples=scale * RING.sample(200), logits=logits)


def test_panels_show_every_moment_and_say_what_lies_outside():
    figure = plotting.point_panels([moment(0), moment(1000), moment(2000, 9.0)], RING, columns=2)
    panels = figure.get_axes()
    assert [axes.get_title() for axes in panels] == ["round 0", "round 1,000", "round 2,000"]
    assert panels[0].get_xlabel() == ""
    assert panels[2].get_xlabel() == "200 samples lie outside"
    assert len(panels[0].patches) == 8


def test_panels_without_a_background_and_with_titles():
    bare = SimpleNamespace(round=3, samples=RING.sample(10), logits=None)
    figure = plotting.point_panels([bare], RING, titles=["collapse"])
    assert figure.get_axes()[0].get_title() == "collapse"
    assert not figure.get_axes()[0].images


@pytest.mark.parametrize(("arguments", "message"), [
    ({"moments": []}, "no moments"), ({"moments": [moment(1)], "titles": ["a", "b"]}, "2 titles for 1"),
])
def test_panels_that_cannot_be_are_refused(arguments, message):
    with pytest.raises(LabkitError, match=message):
        plotting.point_panels(mixture=RING, **arguments)


def test_an_animation_holds_all_pictures_and_its_description(monkeypatch):
    shown = []
    monkeypatch.setattr(motion, "display", lambda bundle, raw: shown.append(bundle))
    figures = [plotting.point_panels([moment(k, 1 - k / 4)], RING) for k in range(3)]
    plotting.show_motion(figures, alt="Points <shrink>  towards the centre.", words="Play it")
    html = shown[0]["text/html"]
    assert 'alt="Points &lt;shrink&gt; towards the centre."' in html
    assert "Play it (3 pictures)</summary>" in html
    assert shown[0]["text/plain"].startswith("[animation: Points <shrink>")
    data = motion.apng([Image.open(io.BytesIO(png(figure))).convert("RGB") for figure in figures], 250)
    picture = Image.open(io.BytesIO(data))
    assert (picture.n_frames, picture.is_animated) == (3, True)
    assert picture.info["loop"] == 0


def test_animations_that_no_notebook_should_hold_are_refused(monkeypatch):
    one, other = plotting.point_panels([moment(0)], RING), plotting.point_panels([moment(0), moment(1)], RING)
    with pytest.raises(LabkitError, match="same size"):
        plotting.show_motion([one, other], alt="Something moves here.")
    with pytest.raises(LabkitError, match="description"):
        plotting.show_motion([one, one], alt=" ")
    monkeypatch.setattr(motion, "LIMIT", 1000)
    with pytest.raises(LabkitError, match="kB is the limit"):
        plotting.show_motion([one, plotting.point_panels([moment(0, 0.5)], RING)], alt="Something moves here.")
