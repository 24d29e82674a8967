"""datasets.load and labkit data: where sets are looked for, what is chosen of them, what one is told."""

import gzip

import numpy as np
import pytest

from labkit import datasets
from labkit.errors import LabkitError
from tests.unit import datasets_files as made


@pytest.fixture
def cache(monkeypatch, tmp_path):
    return made.isolate(monkeypatch, tmp_path)


def test_official_files_in_the_cache(cache, monkeypatch, capsys):
    made.write_cifar(cache / "cifar10", n=2)
    assert len(datasets.load("cifar10", quiet=True)) == 10
    made.write_svhn(cache / "svhn" / "extra_32x32.mat")
    assert datasets.load("svhn", "extra", quiet=True).labels.tolist() == [1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2]
    monkeypatch.delenv("LABKIT_DATA")
    monkeypatch.setenv("LABKIT_HOME", str(cache))
    made.write_idx(cache / "data" / "cache" / "fashion_mnist", n=13)
    assert datasets.load("fashion_mnist").source == "data/cache/fashion_mnist"
    assert capsys.readouterr().out == "Fashion-MNIST, train: 13 images from data/cache/fashion_mnist\n"


def test_an_archive_that_someone_saved_with_a_browser_is_unpacked(cache, monkeypatch, tmp_path):
    path, content = cache / "cifar10" / "cifar-10-python.tar.gz", made.cifar_archive(tmp_path / "made")
    made.publish(monkeypatch, "cifar10", {path.name: content})
    path.parent.mkdir()
    path.write_bytes(content[:-9])
    fails("cifar10", str(path), "its checksum differs", "labkit data fetch cifar10 --force")
    path.write_bytes(content)
    assert len(datasets.load("cifar10", "test", quiet=True)) == 10
    assert (cache / "cifar10" / "cifar-10-batches-py" / "test_batch").is_file()


def test_limit_is_seeded_nested_and_in_order(cache):
    made.write_idx(cache / "mnist", n=200)
    whole = datasets.load("mnist", quiet=True)
    some, more = (datasets.load("mnist", limit=n, seed=3, quiet=True) for n in (20, 50))
    where = [next(i for i in range(200) if np.array_equal(image, whole.images[i])) for image in more.images]
    assert where == sorted(where)
    assert (more.labels == whole.labels[where]).all()
    assert {image.tobytes() for image in some.images} < {image.tobytes() for image in more.images}
    assert not np.array_equal(some.images, datasets.load("mnist", limit=20, seed=4, quiet=True).images)
    assert datasets.load("mnist", size=(14, 20), limit=3, quiet=True).shape == (14, 20, 1)


@pytest.mark.parametrize(("arguments", "words"), [
    ({"name": "Fashion-MNIST"}, "did you mean fashion_mnist"),
    ({"name": "qqq"}, "There are fashion_mnist, mnist"),
    ({"name": "mnist", "split": "validation"}, "choose one of train, test"),
    ({"name": "mnist", "limit": 0}, "limit must be a whole number, 1 or more, not 0"),
    ({"name": "mnist", "size": (1, 2, 3)}, "height, width"),
    ({"name": "mnist", "max_download": "10MB"}, "max_download must be"),
    ({"name": "mnist", "stand_in": "no"}, '"allow", "refuse" or "only"')])
def test_wrong_arguments_are_said(cache, arguments, words):
    with pytest.raises(LabkitError, match=words):
        datasets.load(**arguments)


def fails(name, *words, **options):
    with pytest.raises(LabkitError) as caught:
        datasets.load(name, **options)
    for word in words:
        assert word in str(caught.value)


FIX = "labkit data fetch mnist --force"


def test_damaged_or_missing_files_in_the_cache_say_what_to_type(cache):
    made.write_idx(cache / "mnist")
    images = cache / "mnist" / "train-images-idx3-ubyte.gz"
    for broken, words in ((images.read_bytes()[:500], "cut short"),
                          (gzip.compress(made.idx(made.random((20, 32, 32)))), "uint8 pictures of 28x28x1"),
                          (gzip.compress(made.idx(made.random((19, 28, 28)))), "20 labels for 19 pictures")):
        images.write_bytes(broken)
        fails("mnist", str(images), words, FIX)
    images.unlink()
    fails("mnist", "train-images-idx3-ubyte.gz is missing", stand_in="refuse")
    (made.write_cifar(cache / "cifar10") / "data_batch_3").unlink()
    fails("cifar10", "data_batch_3 is missing", stand_in="refuse")


def test_one_set_or_split_in_the_place_of_another_is_noticed(cache, monkeypatch):
    made.write_idx(cache / "mnist")
    images = cache / "mnist" / "train-images-idx3-ubyte.gz"
    made.publish(monkeypatch, "fashion_mnist", {images.name: images.read_bytes()})
    fails("mnist", "holds Fashion-MNIST's train-images-idx3-ubyte.gz, not MNIST's", FIX)
    made.write_svhn(cache / "svhn" / "train_32x32.mat", n=12)
    made.publish(monkeypatch, "svhn", {"train_32x32.mat": b"any"}, counts={"train": 30, "test": 12, "extra": 99})
    fails("svhn", "train_32x32.mat holds 12 images, as many as SVHN's test split", "labkit data fetch svhn --force")


@pytest.fixture
def own(tmp_path):
    folder = tmp_path / "mine"
    for i in range(30):
        made.picture(folder / f"{i}.jpg", seed=i)
    return folder


def test_a_folder_of_ones_own(cache, own, tmp_path, capsys):
    train, test, whole = (datasets.load(str(own), split) for split in ("train", "test", "all"))
    assert (len(train), len(test), len(whole)) == (27, 3, 30)
    assert (whole.shape, whole.title, whole.labels) == ((30, 40, 3), "mine", None)
    assert "mine, train: 27 images from" in capsys.readouterr().out
    both = {image.tobytes() for image in (*train.images, *test.images)}
    assert both == {image.tobytes() for image in whole.images}
    for place in ("train/cat/1", "train/dog/2", "train/dog/3", "test/cat/4"):  # subfolders are splits and classes
        made.picture(tmp_path / "pets" / f"{place}.png")
    data = datasets.load(tmp_path / "pets", quiet=True)
    assert (data.class_names, data.labels.tolist()) == (("cat", "dog"), [0, 1, 1])
    assert len(datasets.load(tmp_path / "pets", "test", quiet=True)) == 1
    assert len(datasets.load(tmp_path / "pets" / "train", "all", quiet=True)) == 3


def test_folders_that_do_not_fit_are_said(cache, own, tmp_path, monkeypatch):
    made.picture(own / "wide.jpg", (80, 30))
    fails(own, "different sizes: 0.jpg 40x30, wide.jpg 80x30", "size=64", split="all")
    (own / "5.jpg").write_bytes(b"broken")
    fails(own, "5.jpg cannot be read as a picture", "Delete it or replace it", split="all", size=8)
    (tmp_path / "empty").mkdir()
    fails(tmp_path / "empty", "There are no pictures in")
    fails(tmp_path / "mime", "Did you mean", "mine?")


def test_photographs_are_split_by_photograph_and_people_by_person(cache):
    for i in range(10):
        for tile in range(3):
            made.picture(cache / "photos" / f"by_someone_{i}_f_0_{tile}.jpg", seed=i)
            made.picture(cache / "faces" / "lfw_funneled" / f"P_{i}" / f"P_{i}_000{tile}.jpg", (250, 250), seed=i)
    train, test = (datasets.load("photos", split, size=32, quiet=True) for split in ("train", "test"))
    assert (len(train), len(test)) == (24, 6)
    assert not set(train.factors["photograph"]) & set(test.factors["photograph"])
    assert [train.class_names[label] for label in train.labels] == train.factors["photograph"].tolist()
    assert len(datasets.load("faces", "test", quiet=True)) == 3


@pytest.mark.parametrize(("name", "counts", "means"), [("mnist", (1498, 299), (30, 45)),
                                                       ("fashion_mnist", (1600, 400), (65, 80))])
def test_real_pictures_stand_in_where_they_may_ship(cache, name, counts, means):
    train, test = (datasets.load(name, split, quiet=True) for split in ("train", "test"))
    assert train.is_stand_in
    assert (len(train), len(test), train.shape) == (*counts, (28, 28, 1))
    assert means[0] < train.images.mean() < means[1]
    assert not {image.tobytes() for image in train.images} & {image.tobytes() for image in test.images}
    assert np.bincount(test.labels).min() >= 25


def test_stand_ins_say_what_they_are_and_how_to_get_the_real_ones(cache, capsys):
    datasets.load("svhn", limit=3)
    assert capsys.readouterr().out == (
        "drawn house numbers, not SVHN, train: 3 images in place of SVHN: LABKIT_OFFLINE forbids downloads. "
        "The real ones: labkit data fetch svhn\n")
    fails("svhn", "SVHN is not here", "unset LABKIT_OFFLINE, then labkit data fetch svhn", stand_in="refuse")
    fails("photos", "and there is no stand-in. To get it: put pictures into", stand_in="only")
    made.write_idx(cache / "mnist")
    assert datasets.load("mnist", limit=3, stand_in="only", quiet=True).is_stand_in
    assert not datasets.load("mnist", limit=3, quiet=True).is_stand_in


@pytest.mark.parametrize(("name", "count"), [("photos", 336), ("style", 10)])
def test_what_ships_is_the_set_and_gives_way_to_the_cache(cache, name, count):
    data = datasets.load(name, "all", size=16, stand_in="refuse", quiet=True)
    assert (len(data), data.is_stand_in, data.source) == (count, False, f"data/{name}")
    made.picture(cache / name / "style_wave.jpg", (90, 60))
    made.picture(cache / name / "content_cat.jpg", (70, 70))
    assert datasets.load(name, "all", size=16, quiet=True).source == f"$LABKIT_DATA/{name}"


@pytest.mark.real("fashion_mnist", "mnist", "cifar10")
@pytest.mark.parametrize("name", ["fashion_mnist", "mnist", "cifar10"])
def test_real_sets_load_whole(name):
    assert sum(len(datasets.load(name, split, quiet=True)) for split in ("train", "test")) in (60_000, 70_000)


@pytest.fixture
def alone(monkeypatch, tmp_path):
    monkeypatch.setenv("LABKIT_HOME", str(tmp_path))
    return made.isolate(monkeypatch, tmp_path)


def test_list_names_all_sets_with_terms_and_places(alone, labkit):
    made.write_idx(alone / "mnist")
    _, out, _ = labkit("data", "list")
    rows = {line.split()[0]: line for line in out.splitlines() if line.strip()}
    assert set(datasets.names()) <= set(rows)
    assert "no; 246 MB to fetch" in rows["svhn"]
    assert "non-commercial" in rows["svhn"]
    for words in ("$LABKIT_DATA/mnist", "(without test)", str(alone)):
        assert words in "".join(out.split("\n")) or words in " ".join(out.split())


def test_fetch_leaves_what_is_there_and_goes_on_after_a_failure(alone, labkit):
    for split in ("train", "test"):
        made.write_idx(alone / "mnist", split)
    code, out, err = labkit("data", "fetch", "svhn", "mnist")
    assert code == 2
    assert "mnist: already here, $LABKIT_DATA/mnist" in out
    assert "svhn: SVHN is not here, and LABKIT_OFFLINE forbids downloads" in err
    assert "choose one of train, test" in labkit("data", "fetch", "mnist", "--split", "validation")[2]


def test_verify_counts_images_and_names_what_is_missing_or_broken(alone, labkit):
    assert labkit("data", "verify") == (0, "", "")
    assert labkit("data", "verify", "svhn")[:2] == (1, "svhn: not here\n")
    (made.write_cifar(alone / "cifar10") / "data_batch_1").unlink()
    made.write_idx(alone / "mnist")
    made.picture(alone / "faces" / "1.jpg", (64, 64))
    code, out, _ = labkit("data", "verify")
    assert code == 1
    for line in ("mnist, train: 20 images, all readable; WRONG: 60,000 are published",
                 "cifar10, train: WRONG: CIFAR-10 is not here (data_batch_1 is missing in",
                 "cifar10, test: 10 images", "faces, all: 1 images, all readable\n"):
        assert line in out
    assert labkit("data", "verify", "faces")[0] == 0
    (alone / "faces" / "3.jpg").write_bytes(made.HTML)
    code, out, _ = labkit("data", "verify", "faces")
    assert code == 1
    assert "3.jpg cannot be read as a picture: it is damaged or cut short. Delete it or replace it" in out
