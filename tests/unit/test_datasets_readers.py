"""Every official format, whole and damaged: what is read, and what one is told."""

import gzip
import os
import pickle
import pickletools
import subprocess
import tarfile
import zipfile

import numpy as np
import pytest
from PIL import Image

from labkit.datasets import download, readers
from labkit.datasets.readers import DamagedFile
from tests.unit import datasets_files as made

# --- IDX and mnist.npz


@pytest.mark.parametrize("zipped", [True, False])
def test_idx_is_read_zipped_and_plain(tmp_path, zipped):
    images, labels = made.write_idx(tmp_path, zipped=zipped)
    suffix = ".gz" if zipped else ""
    assert np.array_equal(readers.read_idx(tmp_path / f"train-images-idx3-ubyte{suffix}", "images"), images)
    assert np.array_equal(readers.read_idx(tmp_path / f"train-labels-idx1-ubyte{suffix}", "labels"), labels)


WHOLE = made.idx(made.random((3, 28, 28)))


@pytest.mark.parametrize(("content", "words"), [
    (gzip.compress(WHOLE)[:-400], "cut short"),
    (WHOLE[:-1], "promises 2,352 bytes, 2,351 follow"),
    (WHOLE + b"x", "promises 2,352 bytes, 2,353 follow"),
    (WHOLE[:9], "cut short"),
    (gzip.compress(made.idx(np.zeros(3, np.uint8))), "holds labels where images are expected"),
    (made.HTML, "a web page"),
    (b"", "empty"),
    (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS pointer"),
])
def test_a_damaged_idx_file_is_named(tmp_path, content, words):
    path = tmp_path / "train-images-idx3-ubyte.gz"
    path.write_bytes(content)
    with pytest.raises(DamagedFile, match=words) as caught:
        readers.read_idx(path, "images")
    assert str(path) in str(caught.value)


def test_mnist_npz(tmp_path):
    images, labels = made.random((5, 28, 28)), np.arange(5, dtype=np.uint8)
    np.savez(tmp_path / "mnist.npz", x_train=images, y_train=labels)
    read = readers.read_npz(tmp_path / "mnist.npz", "train")
    assert np.array_equal(read[0], images)
    assert np.array_equal(read[1], labels)
    with pytest.raises(DamagedFile, match="x_test"):
        readers.read_npz(tmp_path / "mnist.npz", "test")
    content = (tmp_path / "mnist.npz").read_bytes()
    for broken in (content[: len(content) // 2], made.HTML, b""):
        (tmp_path / "mnist.npz").write_bytes(broken)
        with pytest.raises(DamagedFile, match=r"mnist\.npz"):
            readers.read_npz(tmp_path / "mnist.npz", "train")
    np.savez(tmp_path / "mnist.npz", x_train=np.array([{"an": "object"}], object), y_train=labels)
    with pytest.raises(DamagedFile, match=r"mnist\.npz"):  # would need unpickling
        readers.read_npz(tmp_path / "mnist.npz", "train")


# --- CIFAR-10


@pytest.mark.parametrize("batch", [{"python2": True}, {"python2": False}, {"protocol": 4}])
def test_cifar_planes_become_pixels(tmp_path, batch):
    path = tmp_path / "data_batch_1"
    path.write_bytes(made.batch(7, 3, **batch))
    images, labels = readers.read_cifar([path, path])
    flat = made.random((7, 3072), 3)
    assert images.shape == (14, 32, 32, 3)
    assert images[8, 4, 5].tolist() == [flat[1, 4 * 32 + 5 + 1024 * plane] for plane in range(3)]
    assert labels.tolist() == [(i + 3) % 10 for i in range(7)] * 2
    assert labels.dtype == np.int64


def test_a_python2_batch_is_what_pickle_itself_reads():
    content = made.batch(5, 1, python2=True)
    record = pickle.loads(content, encoding="bytes")
    assert np.array_equal(record[b"data"], made.random((5, 3072), 1))
    assert any(code.name == "BINSTRING" for code, _, _ in pickletools.genops(content))


def test_cifar_binary_variant_holds_the_same(tmp_path):
    (tmp_path / "test_batch").write_bytes(made.batch(7, 3))
    labels = np.array([(i + 3) % 10 for i in range(7)], np.uint8)
    path = tmp_path / "test_batch.bin"
    path.write_bytes(np.hstack([labels[:, None], made.random((7, 3072), 3)]).tobytes())
    for one, other in zip(readers.read_cifar([path]), readers.read_cifar([tmp_path / "test_batch"]), strict=True):
        assert np.array_equal(one, other)
    path.write_bytes(b"\x00" * 3072)
    with pytest.raises(DamagedFile, match="cannot reshape array of size 3072"):
        readers.read_cifar([path])


class _Evil:
    def __init__(self, call, *arguments):
        self.answer = call, arguments

    def __reduce__(self):
        return self.answer


@pytest.mark.parametrize("evil", [
    _Evil(os.system, "touch PWNED"),
    _Evil(eval, "open('PWNED', 'w')"),
    _Evil(subprocess.Popen, ["touch", "PWNED"]),
    _Evil(np.load, "PWNED", None, True),
])
def test_a_malicious_pickle_calls_nothing(tmp_path, monkeypatch, evil):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "data_batch_1"
    path.write_bytes(pickle.dumps({b"data": evil, b"labels": [1]}, 2))
    with pytest.raises(DamagedFile, match="asks Python to call") as caught:
        readers.read_cifar([path])
    assert str(path) in str(caught.value)
    assert not (tmp_path / "PWNED").exists()


@pytest.mark.parametrize("content", [  # GLOBAL, a state (MARK EMPTY_DICT, "a": 1, TUPLE), BUILD: sets attributes
    b"\x80\x02c_codecs\nencode\n(}X\x01\x00\x00\x00aK\x01stb.",
    b"\x80\x02cnumpy\ndtype\n(}X\x01\x00\x00\x00aK\x01stb."])
def test_a_pickle_cannot_change_what_it_may_name(tmp_path, content):
    path = tmp_path / "data_batch_1"
    path.write_bytes(content)
    with pytest.raises(DamagedFile, match=r"not callable|missing 1 required"):
        readers.read_cifar([path])


@pytest.mark.parametrize(("record", "words"), [
    ([1, 2], "no dictionary"),
    ({b"data": np.zeros((2, 3072), np.float32), b"labels": [0, 1]}, "does not hold uint8"),
    ({b"data": np.zeros((2, 3072), object), b"labels": [0, 1]}, "does not hold uint8"),
    ({b"data": np.zeros((2, 100), np.uint8), b"labels": [0, 1]}, "uint8 pictures of 3072"),
    ({b"data": np.zeros((2, 3072), np.uint8), b"labels": [0, 1, 2]}, "3 labels for 2 pictures"),
    ({b"data": np.zeros((2, 3072), np.uint8), b"labels": [0, 10]}, "labels from 0 to 10"),
    ({b"data": np.zeros((2, 3072), np.uint8), b"labels": ["a", "b"]}, "no whole numbers"),
    ({b"data": np.zeros((2, 3072), np.uint8), b"fine_labels": [0, 1]}, "data, fine_labels"),  # CIFAR-100
])
def test_a_wrong_batch_is_named(tmp_path, record, words):
    path = tmp_path / "data_batch_1"
    path.write_bytes(pickle.dumps(record, 2))
    with pytest.raises(DamagedFile, match=words) as caught:
        readers.read_cifar([path])
    assert str(path) in str(caught.value)


def test_a_batch_cut_short_anywhere_is_a_labkit_error(tmp_path):
    path, content = tmp_path / "data_batch_1", made.batch(4, 0, python2=True)
    for length in (0, 1, 2, 10, 40, 90, 120, 500, len(content) // 2, len(content) - 1):
        path.write_bytes(content[:length])
        with pytest.raises(DamagedFile, match="data_batch_1"):
            readers.read_cifar([path])
    path.write_bytes(made.HTML)
    with pytest.raises(DamagedFile, match="a web page"):
        readers.read_cifar([path])


# --- SVHN


def test_svhn_comes_sample_last_and_ten_is_zero(tmp_path):
    images, labels = made.write_svhn(tmp_path / "train_32x32.mat")
    read, digits = readers.read_svhn(tmp_path / "train_32x32.mat")
    assert np.array_equal(read, images)
    assert read.flags.c_contiguous
    assert digits.tolist() == [label % 10 for label in labels]
    assert 10 in labels
    assert digits.dtype == np.int64


def test_damaged_svhn_files_are_named(tmp_path):
    from scipy import io

    path = tmp_path / "train_32x32.mat"
    made.write_svhn(path)
    content = path.read_bytes()
    for broken, words in ((content[: len(content) // 2], "cut short"), (content[:100], "train_32x32"),
                          (made.HTML, "a web page"), (b"", "empty"), (b"\x89HDF\r\n\x1a\n" + bytes(600), "HDF5")):
        path.write_bytes(broken)
        with pytest.raises(DamagedFile, match=words) as caught:
            readers.read_svhn(path)
        assert str(path) in str(caught.value)
    images = made.random((32, 32, 3, 4))
    for record, words in (({"images": images}, "without"), ({"X": images, "y": np.ones((3, 1))}, "3 labels for 4"),
                          ({"X": images.transpose(3, 0, 1, 2), "y": np.ones(4)}, "uint8 pictures of 32x32x3"),
                          ({"X": images, "y": np.full((4, 1), 11)}, "no digits")):
        io.savemat(path, record)
        with pytest.raises(DamagedFile, match=words):
            readers.read_svhn(path)


# --- LSUN


def test_lsun_values_are_encoded_pictures(tmp_path):
    made.write_lmdb(tmp_path / "db", [made.encoded(i) for i in range(6)])
    db = tmp_path / "db" / "data.mdb"
    assert len(set(readers.lsun_keys(db, False))) == len(readers.lsun_keys(db, True)) == 6
    images = readers.read_lsun(db, [1, 4], (16, 16))
    assert images.shape == (2, 16, 16, 3)
    import io
    assert np.array_equal(images[1], readers.fit(readers.decode(io.BytesIO(made.encoded(4))), (16, 16)))


def test_damaged_lsun_databases_are_named(tmp_path):
    made.write_lmdb(tmp_path / "db", [made.encoded(0), b"no picture at all"])
    path = tmp_path / "db" / "data.mdb"
    with pytest.raises(DamagedFile, match=r"picture 0+1"):
        readers.read_lsun(path, [0, 1], (16, 16))
    content = path.read_bytes()
    for broken in (content[: len(content) // 2], content[:5000], made.HTML, b""):
        path.write_bytes(broken)
        with pytest.raises(DamagedFile, match=r"data\.mdb"):
            readers.read_lsun(path, [0], (16, 16))


# --- pictures


def test_pictures_of_every_kind_become_rgb(tmp_path):
    for name, mode, options in (("a.png", "RGB", {}), ("b.png", "L", {}), ("c.png", "P", {}), ("d.png", "RGBA", {}),
                                ("e.jpg", "CMYK", {}), ("f.webp", "RGB", {}), ("g.gif", "P", {}), ("h.png", "1", {}),
                                ("i.png", "LA", {}), ("j.bmp", "RGB", {}), ("k.tif", "RGB", {})):
        path = made.picture(tmp_path / name, mode=mode, **options)
        assert readers.decode(path).mode == "RGB", name
    deep = np.full((5, 6), 0x8123, np.uint16)
    Image.fromarray(deep).save(tmp_path / "deep.png")
    assert np.asarray(readers.decode(tmp_path / "deep.png"))[0, 0].tolist() == [0x81] * 3
    see_through = Image.new("RGBA", (4, 4), (255, 0, 0, 0))
    see_through.save(tmp_path / "see.png")
    assert np.asarray(readers.decode(tmp_path / "see.png"))[0, 0].tolist() == [255, 255, 255]


def test_pictures_are_turned_upright(tmp_path):
    picture = Image.new("RGB", (20, 10))
    exif = picture.getexif()
    exif[0x0112] = 6
    picture.save(tmp_path / "phone.jpg", exif=exif)
    assert readers.decode(tmp_path / "phone.jpg").size == (10, 20)


def test_fit_takes_the_middle():
    picture = Image.new("RGB", (90, 30), "red")
    picture.paste("blue", (30, 0, 60, 30))
    fitted = readers.fit(picture, (10, 10))
    assert fitted.shape == (10, 10, 3)
    assert (fitted[5, 5] == [0, 0, 255]).all()


def test_resize_keeps_channels_and_does_nothing_when_nothing_is_to_do():
    grey = made.random((3, 28, 28, 1))
    assert readers.resize(grey, (28, 28)) is grey
    assert readers.resize(grey, (14, 20)).shape == (3, 14, 20, 1)
    flat = np.full((1, 32, 32, 3), 77, np.uint8)
    assert (readers.resize(flat, (64, 64)) == 77).all()


def test_folders_are_sorted_as_people_count(tmp_path):
    for name in ("10.jpg", "9.jpg", "b/2.PNG", "a1.webp", ".hidden.jpg", "notes.txt", ".git/x.png", "._9.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    found = [path.relative_to(tmp_path).as_posix() for path in readers.find_pictures(tmp_path)]
    assert found == ["9.jpg", "10.jpg", "a1.webp", "b/2.PNG"]


def test_a_corrupt_picture_is_named(tmp_path):
    made.picture(tmp_path / "1.jpg")
    good = made.picture(tmp_path / "2.jpg", (300, 200)).read_bytes()
    for content in (good[: len(good) // 2], made.HTML, b"", b"\x89PNG\r\n\x1a\n" + b"x" * 50):
        (tmp_path / "2.jpg").write_bytes(content)
        with pytest.raises(DamagedFile, match=r"2\.jpg cannot be read as a picture"):
            readers.read_pictures(readers.find_pictures(tmp_path), (16, 16))


def test_splits_are_the_same_everywhere_and_disjoint():
    names = [f"{i:04d}.jpg" for i in range(500)]
    train, test = (readers.choose_split(names, split, 0.1) for split in ("train", "test"))
    assert len(test) == 50
    assert sorted([*train, *test]) == list(range(500))
    shuffled = names[::-1]
    again = readers.choose_split(shuffled, "test", 0.1)
    assert {shuffled[i] for i in again} == {names[i] for i in test}
    assert test[:3].tolist() == [2, 31, 45]  # pinned: another split would mix old models' training pictures in
    assert readers.choose_split(["one"], "test", 0.1).size == 0
    assert readers.choose_split(["one", "two"], "test", 0.1).size == 1


# --- archives and what files are


def _tar(path, *members):
    with tarfile.open(path, "w:gz") as archive:
        for member in members:
            made.add(archive, *member[:1], **(member[1] if len(member) > 1 else {}))
    return path


@pytest.mark.parametrize("member", [
    ("../outside.txt",), ("/tmp/labkit-absolute.txt",), ("a/../../outside.txt",), ("pipe", {"kind": tarfile.FIFOTYPE}),
    ("link", {"kind": tarfile.SYMTYPE, "link": "/etc"}), ("hard", {"kind": tarfile.LNKTYPE, "link": "good.txt"})])
def test_archives_cannot_write_elsewhere(tmp_path, member):
    target = tmp_path / "inner" / "target"
    target.mkdir(parents=True)
    download.unpack(_tar(tmp_path / "x.tar.gz", ("good.txt",), member), target)
    assert [path.name for path in target.rglob("*")] == ["good.txt"]
    assert not list(tmp_path.rglob("outside.txt"))
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("../outside.txt", "x")
    download.unpack(tmp_path / "x.zip", target)
    assert [path.parent for path in tmp_path.rglob("outside.txt")] == [target]


def test_unpacking_replaces_only_when_all_is_whole(tmp_path):
    target = tmp_path / "target"
    (target / "set").mkdir(parents=True)
    (target / "set" / "old").write_text("old")
    whole = _tar(tmp_path / "x.tar.gz", ("set/new", {"content": bytes(made.random((100_000,)))})).read_bytes()
    path = tmp_path / "x.tar.gz"
    for broken in (whole[: len(whole) // 2], made.HTML, b"", b"PK\x03\x04 no zip"):
        path.write_bytes(broken)
        with pytest.raises(DamagedFile, match=r"x\.tar\.gz cannot be unpacked: it is (cut short|a web page|empty)"):
            download.unpack(path, target)
        assert (target / "set" / "old").read_text() == "old"
    path.write_bytes(whole)
    assert download.unpack(path, target) == [target / "set"]
    assert [item.name for item in target.rglob("*")] == ["set", "new"]


def test_what_a_file_is(tmp_path):
    path = tmp_path / "x"
    for content, words in ((b"\n\n  <HTML lang=de>", "a web page (HTML), which servers send for an error or a login"),
                           (b"", "empty"), (b"PK\x03\x04", "a zip archive"), (b"abc", "something else")):
        path.write_bytes(content)
        assert readers.what(path) == words
