"""Names, types and allowed values of -p, against the notebooks' own cells."""

import pytest

from labkit.errors import LabkitError
from labkit.runner import discover, inspect
from labkit.runner.parameters import Parameter, assign
from tests.unit.runner_notebooks import PARAMETERS, write


@pytest.fixture
def three(tmp_path):
    write(tmp_path / "01_a.ipynb")
    write(tmp_path / "02_b.ipynb", parameters=PARAMETERS + "\nBATCH: int = 64  # 64 | 128: pictures per step")
    write(tmp_path / "03_c.ipynb", "1", parameters=None)
    return [discover.read(path) for path in sorted(tmp_path.glob("*.ipynb"))]


def test_inspect_gives_type_default_help_and_choices(three):
    found = inspect(three[1])
    assert list(found) == ["PROFILE", "SEED", "RATE", "BLUR", "SECONDS", "BATCH"]
    assert found["PROFILE"] == Parameter("PROFILE", "str", '"quick"', "quick | laptop | full",
                                         ("quick", "laptop", "full"))
    assert found["BATCH"].choices == (64, 128)
    assert found["RATE"].choices == ()
    assert inspect(three[2]) == {}


def test_untyped_lines_take_the_type_of_their_default(tmp_path):
    path = write(tmp_path / "a.ipynb", parameters="N = 3\nNAME = 'x'\nSIZES: list[int] = [1, 2]\nF = 0.5  # 1 | 2")
    found = inspect(discover.read(path))
    assert [found[name].type for name in found] == ["int", "str", "list[int]", "float"]
    assert found["F"].choices == ()  # the default is none of them, so they are no list of what is allowed
    assert found["SIZES"].parse("[4]") == [4]
    with pytest.raises(LabkitError, match="SIZES"):
        found["SIZES"].parse("4")


def test_values_are_converted(three):
    values, notes = assign(three[:2], ["SEED=3", "RATE=1e-4", "BLUR=yes"], "laptop", named=True)
    assert values["01_a"] == {"SEED": 3, "RATE": 1e-4, "BLUR": True, "PROFILE": "laptop"}
    assert values["01_a"] == values["02_b"]
    assert type(values["01_a"]["SEED"]) is int
    assert notes == []


def test_text_may_hold_an_equals_sign(tmp_path):
    path = write(tmp_path / "a.ipynb", parameters='TEXT: str = ""')
    values, _ = assign([discover.read(path)], ["TEXT=a=b c"], "quick", named=True)
    assert values == {"a": {"TEXT": "a=b c"}}


@pytest.mark.parametrize(("pair", "sentence"), [
    ("SEED=abc", "SEED is a whole number"),
    ("SEED=1.5", "SEED is a whole number"),
    ("SEED=1e3", "Write 1000"),
    ("SEED=", "SEED is a whole number"),
    ("RATE=fast", "RATE is a number"),
    ("RATE=nan", "RATE is a number"),
    ("BLUR=maybe", "BLUR is true or false"),
    ("BATCH=100", "BATCH is one of 64, 128"),
    ("SED=1", "does not have the parameter SED. 02_b has PROFILE, SEED, .* Did you mean SEED"),
    ("seed=1", "Did you mean SEED"),
    ("SEED", "write a parameter as NAME=VALUE"),
    ("=1", "write a parameter as NAME=VALUE"),
    ("PROFILE=full", "disagree"),
])
def test_bad_pairs_are_refused(three, pair, sentence):
    with pytest.raises(LabkitError, match=sentence):
        assign(three[1:2], [pair], "quick", named=True)


def test_twice_the_same_name(three):
    with pytest.raises(LabkitError, match="SEED is given twice, as 1 and as 2"):
        assign(three[:1], ["SEED=1", "SEED=2"], "quick", named=True)


def test_named_notebooks_must_all_have_it(three):
    with pytest.raises(LabkitError, match=r"01_a does not have the parameter BATCH\. 01_a has PROFILE"):
        assign(three[:2], ["BATCH=128"], "quick", named=True)
    with pytest.raises(LabkitError, match="03_c has no cell tagged `parameters`"):
        assign(three, ["SEED=1"], "quick", named=True)


def test_unnamed_notebooks_get_it_where_they_have_it(three):
    values, notes = assign(three, ["BATCH=128"], "quick", named=False)
    assert values == {"01_a": {"PROFILE": "quick"}, "02_b": {"BATCH": 128, "PROFILE": "quick"}, "03_c": {}}
    assert notes == ["BATCH=128 goes to 02_b; the other notebooks do not have it."]
    with pytest.raises(LabkitError, match=r"None of these notebooks has the parameter BACH.*Did you mean BATCH"):
        assign(three, ["BACH=1"], "quick", named=False)


def test_profile_is_checked_and_missed(three, tmp_path):
    _, notes = assign(three, [], "full", named=False)
    assert notes == ["03_c has no parameter PROFILE: it runs the same in every profile."]
    few = write(tmp_path / "few" / "04_d.ipynb", parameters='PROFILE: str = "quick"  # quick | laptop')
    with pytest.raises(LabkitError, match=r"04_d: .*PROFILE is one of quick, laptop"):
        assign([discover.read(few)], [], "full", named=True)


def test_braces_in_a_path_and_a_file_without_kernel_name(tmp_path):
    path = write(tmp_path / "{odd}" / "a{b}.ipynb")
    text = path.read_text().replace('"kernelspec"', '"other"')
    path.write_text(text)
    assert "SEED" in inspect(discover.read(path))


def test_an_invalid_notebook_is_named(tmp_path):
    path = tmp_path / "bad.ipynb"
    path.write_text('{"cells": [{"cell_type": "code"}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}')
    with pytest.raises(LabkitError, match=r"bad\.ipynb is not a valid notebook"):
        inspect(discover.read(path))
