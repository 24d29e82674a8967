"""What a person types becomes notebooks, or a sentence."""

import pytest

from labkit import datasets
from labkit.errors import LabkitError
from labkit.runner import discover, fetching
from tests.unit.runner_notebooks import write


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("LABKIT_HOME", str(tmp_path))
    for name in ("06_cifar_dcgan", "00_start_here", "10_scoring_images"):
        write(tmp_path / "notebooks" / f"{name}.ipynb", title=f"Title of {name}", datasets=["cifar10"])
    write(tmp_path / "notebooks" / "template.ipynb")
    write(tmp_path / "elsewhere" / "mine.ipynb")
    return tmp_path


def names(*given):
    return [notebook.name for notebook in discover.find(given)]


def test_none_means_the_numbered_ones_in_order(home):
    assert names() == ["00_start_here", "06_cifar_dcgan", "10_scoring_images"]


@pytest.mark.parametrize("given", ["6", "06", "06_cifar_dcgan", "06_cifar_dcgan.ipynb", "cifar_dcgan"])
def test_a_number_or_a_stem(home, given):
    assert names(given) == ["06_cifar_dcgan"]


def test_order_given_each_once_and_paths(home):
    path = str(home / "elsewhere" / "mine.ipynb")
    assert names("10", path, "0", "10", "template") == ["10_scoring_images", "mine", "00_start_here", "template"]


def test_relative_path(home, monkeypatch):
    monkeypatch.chdir(home / "elsewhere")
    assert names("mine.ipynb") == ["mine"]


def test_title_and_datasets_come_from_the_file(home):
    notebook, silent = discover.find(["0", "template"])
    assert (notebook.title, notebook.datasets) == ("Title of 00_start_here", ("cifar10",))
    assert silent.datasets is None
    assert notebook.path.is_absolute()


@pytest.mark.parametrize(("given", "sentence"), [
    ("06_cifar_dcgn", "There is no notebook 06_cifar_dcgn. Did you mean 06_cifar_dcgan"),
    ("scoring", "Did you mean 10_scoring_images"),
    ("7", "There is no notebook 7. There are 00, 06, 10"),
    ("nowhere/06_cifar_dcgan.ipynb", "Did you mean 06_cifar_dcgan"),
    ("elsewhere", "is a folder"),
    ("zzz", "There are 00, 06, 10"),
])
def test_unknown_names_get_the_nearest(home, monkeypatch, given, sentence):
    monkeypatch.chdir(home)
    with pytest.raises(LabkitError, match=sentence.replace(".", r"\.")):
        discover.find([given])


def test_two_of_one_number_and_two_of_one_name(home):
    write(home / "notebooks" / "06_other.ipynb")
    with pytest.raises(LabkitError, match="Several notebooks have the number 6: 06_cifar_dcgan, 06_other"):
        discover.find(["6"])
    copy = write(home / "elsewhere" / "06_other.ipynb")
    with pytest.raises(LabkitError, match="Two notebooks are called 06_other"):
        discover.find(["06_other", str(copy)])


@pytest.mark.parametrize(("text", "sentence"), [
    ("<html>", "is not a notebook: it is not JSON"),
    ("[1]", "has no list of cells"),
    ('{"cells": [], "metadata": {"kernelspec": {"language": "R"}}}', "is a notebook for R"),
    ('{"cells": [], "metadata": {"labkit": {"datasets": "cifar10"}}}', "must be a list of names"),
])
def test_what_is_no_notebook_is_refused_with_its_name(home, text, sentence):
    path = home / "elsewhere" / "broken.ipynb"
    path.write_text(text)
    with pytest.raises(LabkitError, match=sentence) as caught:
        discover.find([str(path)])
    assert "broken.ipynb" in str(caught.value)


def test_a_folder_without_notebooks(tmp_path, monkeypatch):
    (tmp_path / "notebooks").mkdir()
    monkeypatch.setenv("LABKIT_HOME", str(tmp_path))
    with pytest.raises(LabkitError, match="holds no numbered notebooks"):
        discover.find()
    with pytest.raises(LabkitError, match="no numbered notebooks"):
        discover.find(["1"])


def test_each_set_is_fetched_once_and_a_failure_is_one_sentence(home, monkeypatch):
    write(home / "notebooks" / "11_more.ipynb", datasets=["svhn", "cifar10", "style"])  # style has no test pictures
    asked, said = [], []

    def load(name, split, **options):
        asked.append((name, split))
        assert options["stand_in"] == "refuse"
        if name == "svhn":
            raise LabkitError("the server does not answer.")

    monkeypatch.setattr(datasets, "load", load)
    monkeypatch.delenv("LABKIT_OFFLINE", raising=False)
    fetching.fetch(discover.find(), said.append)
    assert asked == [("cifar10", "train"), ("cifar10", "test"), ("svhn", "train"), ("style", "train")]
    assert said == ["svhn could not be fetched: the server does not answer."]
    monkeypatch.setenv("LABKIT_OFFLINE", "1")
    fetching.fetch(discover.find(), said.append)
    assert (len(asked), len(said)) == (4, 1)
