"""``labkit data``: what it prints, and with which exit status it ends."""

import gzip

import pytest

from labkit import cli, datasets
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
    _, out, _ = labkit("list")
    rows = {line.split()[0]: line for line in out.splitlines() if line.strip()}
    assert set(datasets.names()) <= set(rows)
    assert "no; 246 MB to fetch" in rows["svhn"]
    assert "non-commercial" in rows["svhn"]
    for words in ("$LABKIT_DATA/mnist", "(without test)", str(cache)):
        assert words in "".join(out.split("\n")) or words in " ".join(out.split())


def test_fetch_leaves_what_is_there_and_goes_on_after_a_failure(cache, labkit):
    for split in ("train", "test"):
        made.write_idx(cache / "mnist", split)
    code, out, err = labkit("fetch", "svhn", "mnist")
    assert code == 2
    assert "mnist: already here, $LABKIT_DATA/mnist" in out
    assert "svhn: SVHN is not here, and LABKIT_OFFLINE forbids downloads" in err
    assert "choose one of train, test" in labkit("fetch", "mnist", "--split", "validation")[2]


def test_verify_tells_packed_again_from_changed(cache, labkit, monkeypatch):
    for split, count in (("train", 20), ("test", 10)):
        made.write_idx(cache / "mnist", split, count, seed=count)
    made.publish(monkeypatch, "mnist", {path.name: path.read_bytes() for path in (cache / "mnist").iterdir()},
                 counts={"train": 20, "test": 10})
    path = cache / "mnist" / "train-images-idx3-ubyte.gz"
    code, out, _ = labkit("verify", "mnist")
    assert code == 0
    assert "train: 20 images 28x28x1; every pixel and label is the published one" in out
    content = bytearray(gzip.decompress(path.read_bytes()))
    path.write_bytes(gzip.compress(content, 9, mtime=1))
    assert labkit("verify", "mnist")[0] == 0
    content[-1] ^= 1
    for changed, words in ((gzip.compress(content), "other pixels or labels than the published ones"),
                           (gzip.compress(content)[:-100], "cut short")):
        path.write_bytes(changed)
        code, out, _ = labkit("verify", "mnist")
        assert code == 1
        for each in ("mnist: WRONG", words, "labkit data fetch mnist --force"):
            assert each in out


def test_verify_counts_images_and_names_what_is_missing_or_broken(cache, labkit):
    assert labkit("verify")[:2] == (0, "")
    code, out, _ = labkit("verify", "svhn")
    assert (code, out.splitlines()[0]) == (1, "svhn: not here")
    (made.write_cifar(cache / "cifar10") / "test_batch").unlink()
    made.picture(cache / "faces" / "1.jpg", (64, 64))
    code, out, _ = labkit("verify")
    assert code == 1
    assert "train: 50 images 32x32x3; 50,000 are published" in out
    assert "faces: right\n  all: 1 pictures, all readable; no checksums are published\n" in out
    (cache / "faces" / "3.jpg").write_bytes(made.HTML)
    code, out, _ = labkit("verify", "faces")
    assert "3.jpg cannot be read as a picture: it is damaged or cut short. Delete it or replace it" in out
