"""``labkit data``: what it prints, and with which exit status it ends."""

import dataclasses
import gzip
import zlib

import numpy as np
import pytest
from PIL import Image

from labkit import cli, datasets, files
from labkit.datasets import catalogue, verify
from tests.unit import datasets_files as made


@pytest.fixture
def cache(monkeypatch, tmp_path):
    monkeypatch.setenv("LABKIT_HOME", str(tmp_path))
    return made.isolate(monkeypatch, tmp_path)


@pytest.fixture
def labkit(capsys):
    def call(*arguments):
        with pytest.raises(SystemExit) as caught:
            cli.main(["data", *arguments])
        captured = capsys.readouterr()
        return caught.value.code, captured.out, captured.err
    return call


def test_list_names_all_sets_with_terms_and_places(cache, labkit):
    made.write_idx(cache / "mnist")
    code, out, _ = labkit("list")
    assert code == 0
    rows = {line.split()[0]: line for line in out.splitlines() if line.strip()}
    assert set(datasets.names()) <= set(rows)
    assert "$LABKIT_DATA/mnist" in out
    assert "no; 246 MB to fetch" in rows["svhn"]
    assert "non-commercial" in rows["svhn"]
    assert "MIT" in rows["fashion_mnist"]
    assert str(cache) in out


@pytest.mark.parametrize("verb", ["fetch", "verify", "show"])
def test_a_misspelt_name_gets_the_nearest(cache, labkit, verb):
    code, out, err = labkit(verb, "fashon_mnist")
    assert (code, out) == (2, "")
    assert "did you mean fashion_mnist" in err
    assert "Traceback" not in err


def test_fetch_without_a_name_and_with_a_wrong_split(cache, labkit):
    assert labkit("fetch")[0] == 2
    code, _, err = labkit("fetch", "mnist", "--split", "validation")
    assert code == 2
    assert "choose one of train, test" in err


def test_fetch_leaves_what_is_there_and_goes_on_after_a_failure(cache, labkit):
    for split in ("train", "test"):
        made.write_idx(cache / "mnist", split)
    code, out, err = labkit("fetch", "svhn", "mnist")
    assert code == 2
    assert "mnist: already here, $LABKIT_DATA/mnist" in out
    assert "svhn: SVHN is not here, and LABKIT_OFFLINE forbids downloads" in err
    assert labkit("fetch", "mnist")[0] == 0


def test_verify_with_nothing_and_with_a_set_that_is_not_here(cache, labkit):
    assert labkit("verify")[:2] == (0, "")
    code, out, _ = labkit("verify", "svhn")
    assert code == 1
    assert out.startswith("svhn: not here\n")


def publish(monkeypatch, cache):
    """Let twenty and ten pictures be all that MNIST has, with the checksums of the files in the cache."""
    entry = datasets.entry("mnist")
    new, histogram = [], {}
    for split in ("train", "test"):
        number = {"train": 20, "test": 10}[split]
        made.write_idx(cache / "mnist", split, number, seed=len(split))
        histogram[split] = [number // 10] * 10
    for file in entry.files:
        path = cache / "mnist" / file.name
        content = gzip.decompress(path.read_bytes())
        new.append(dataclasses.replace(file, sha256=files.sha256(path), crc32=zlib.crc32(content)))
    monkeypatch.setitem(catalogue.ENTRIES, "mnist", dataclasses.replace(
        entry, files=tuple(new), histogram=histogram, counts={"train": 20, "test": 10}))


def test_verify_tells_packed_again_from_changed(cache, labkit, monkeypatch):
    publish(monkeypatch, cache)
    code, out, _ = labkit("verify", "mnist")
    assert code == 0
    assert "train: 20 images 28x28x1, 10 classes as published; every pixel and label is the published one" in out
    assert "checksums as published: train-images" in out

    path = cache / "mnist" / "train-images-idx3-ubyte.gz"
    content = bytearray(gzip.decompress(path.read_bytes()))
    path.write_bytes(gzip.compress(content, 9, mtime=1))
    code, out, _ = labkit("verify", "mnist")
    assert code == 0
    assert "packed again, hence another checksum: train-images-idx3-ubyte.gz" in out

    content[-1] ^= 1
    path.write_bytes(gzip.compress(content))
    code, out, _ = labkit("verify", "mnist")
    assert code == 1
    assert "mnist: WRONG" in out
    assert "train: 20 images 28x28x1, 10 classes as published, but other pixels or labels" in out
    assert "labkit data fetch mnist --force" in out

    path.write_bytes(gzip.compress(content)[:-100])
    code, out, _ = labkit("verify", "mnist")
    assert code == 1
    assert "cut short" in out


def test_verify_counts_images_and_classes(cache, labkit):
    made.write_cifar(cache / "cifar10")
    code, out, _ = labkit("verify", "cifar10")
    assert code == 1
    assert "train: 50 images 32x32x3; 50,000 are published" in out


def test_the_digest_of_a_set_does_not_depend_on_its_order():
    images, labels = made.random((20, 4, 4, 3)), np.arange(20) % 10
    order = np.random.default_rng(1).permutation(20)
    assert verify.digest(images, labels) == verify.digest(images[order], labels[order])
    assert verify.digest(images, labels) != verify.digest(images, labels[order])
    images[3, 0, 0, 0] ^= 1
    assert verify.digest(images[order], labels[order]) != verify.digest(made.random((20, 4, 4, 3)), labels)


def test_verify_names_pictures_that_cannot_be_read(cache, labkit):
    for i in range(5):
        made.picture(cache / "faces" / f"{i}.jpg", (64, 64), seed=i)
    code, out, _ = labkit("verify")
    assert code == 0
    assert out == "faces: right\n  all: 5 pictures, all readable; no checksums are published\n"
    (cache / "faces" / "3.jpg").write_bytes(made.HTML)
    code, out, _ = labkit("verify", "faces")
    assert code == 1
    assert "3.jpg cannot be read as a picture: it is damaged or cut short. Delete it or replace it" in out


def test_show_writes_a_picture(cache, labkit, tmp_path):
    made.write_idx(cache / "mnist", n=100)
    code, out, _ = labkit("show", "mnist", "--n", "30")
    path = tmp_path / "build" / "data" / "mnist-train.png"
    assert code == 0
    assert out.splitlines()[-1] == str(path)
    assert "CC BY-SA 3.0" in out
    with Image.open(path) as sheet:
        assert sheet.width > 300
    assert labkit("show", "svhn", "--stand-in", "--n", "4", "--out", str(tmp_path / "mine.png"))[0] == 0
    assert (tmp_path / "mine.png").is_file()
    made.picture(tmp_path / "own" / "1.jpg")
    assert labkit("show", str(tmp_path / "own"), "--split", "all")[1].endswith("own-all.png\n")
    (tmp_path / "file").write_text("in the way")
    code, _, err = labkit("show", "mnist", "--out", str(tmp_path / "file" / "x.png"))
    assert code == 2
    assert "cannot be written" in err
