"""Small image sets in the official formats, written by the tests themselves, and a place apart to put them."""

import gzip
import hashlib
import io
import pickle
import struct
import tarfile
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

from labkit.datasets import catalogue

HTML = b"<!DOCTYPE html>\n<html><head><title>404 Not Found</title></head><body>Nothing here.</body></html>"


def isolate(monkeypatch, tmp_path) -> Path:
    """Point labkit at an empty cache and an empty home, offline; return the cache."""
    cache = tmp_path / "cache"
    cache.mkdir()
    monkeypatch.setenv("LABKIT_DATA", str(cache))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LABKIT_OFFLINE", "1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    monkeypatch.setattr(catalogue, "unreachable", set())
    return cache


def publish(monkeypatch, name, contents, urls=None, **changes):
    """Let ``contents``, file name -> bytes, be all that a set consists of, with their own sizes and checksums."""
    entry, new = catalogue.ENTRIES[name], []
    for file in entry.files:
        if content := contents.get(file.name):
            zipped = content.startswith(b"\x1f\x8b") and ".tar" not in file.name
            new.append(file._replace(size=len(content), sha256=hashlib.sha256(content).hexdigest(),
                                     crc32=zlib.crc32(gzip.decompress(content)) if zipped else None,
                                     urls=tuple(url.format(file.name) for url in urls or file.urls)))
    monkeypatch.setitem(catalogue.ENTRIES, name, entry._replace(files=tuple(new), **changes))


def random(shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def idx(array) -> bytes:
    magic = {1: 2049, 3: 2051}[array.ndim]
    return struct.pack(f">I{array.ndim}I", magic, *array.shape) + array.tobytes()


def write_idx(folder, split="train", n=20, seed=0):
    """Write a pair of IDX files; return (images, labels)."""
    stem = {"train": "train", "test": "t10k"}[split]
    images, labels = random((n, 28, 28), seed), (np.arange(n) % 10).astype(np.uint8)
    folder.mkdir(parents=True, exist_ok=True)
    for name, array in ((f"{stem}-images-idx3-ubyte", images), (f"{stem}-labels-idx1-ubyte", labels)):
        (folder / f"{name}.gz").write_bytes(gzip.compress(idx(array), 1))
    return images, labels


def batch(n, seed, protocol=2, python2=False) -> bytes:
    """One of CIFAR-10's batches; ``python2`` as Python 2 wrote the official ones, with byte strings."""
    data = random((n, 3072), seed)
    labels = [(i + seed) % 10 for i in range(n)]
    record = {b"batch_label": b"training batch", b"labels": labels, b"data": data,
              b"filenames": [b"leptodactylus_pentadactylus_s_000004.png"] * n}
    if not python2:
        return pickle.dumps(record, protocol)
    # Byte for byte what Python 2's protocol 2 does: SHORT_BINSTRING and BINSTRING, numpy.core.multiarray.
    short = lambda text: b"U" + bytes([len(text)]) + text  # noqa: E731
    array = (b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\x00tU\x01btR(K\x01K" + bytes([n]) +
             b"M\x00\x0c\x86cnumpy\ndtype\n(U\x02u1K\x00K\x01tR(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xff"
             b"K\x00tb\x89T" + struct.pack("<i", data.nbytes) + data.tobytes() + b"tb")
    numbers = b"](" + b"".join(b"K" + bytes([label]) for label in labels) + b"e"
    return b"\x80\x02}(" + short(b"data") + array + short(b"labels") + numbers + b"u."


def write_cifar(folder, n=10):
    folder = folder / "cifar-10-batches-py"
    folder.mkdir(parents=True)
    for i, name in enumerate([*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"], 1):
        (folder / name).write_bytes(batch(n, i))
    return folder


def cifar_archive(folder) -> bytes:
    """What the folder that ``write_cifar`` makes in ``folder`` is downloaded as."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        archive.add(write_cifar(folder), "cifar-10-batches-py")
    return buffer.getvalue()


def write_svhn(path, n=12, seed=0):
    """Write train_32x32.mat and its like; return (images NHWC, labels with 10 for zero)."""
    from scipy import io as mat

    images, labels = random((n, 32, 32, 3), seed), (np.arange(n) % 10 + 1).astype(np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    mat.savemat(path, {"X": images.transpose(1, 2, 3, 0), "y": labels[:, None]}, do_compression=True)
    return images, labels


def picture(path, size=(40, 30), seed=0, mode="RGB", **options):
    """Write a smooth random picture; ``size`` is (width, height)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = random((4, 4, 4 if mode == "RGBA" else 3), seed)
    Image.fromarray(pixels).resize(size).convert(mode).save(path, **options)
    return path


def write_lmdb(folder, values):
    import lmdb

    folder.mkdir(parents=True)
    with lmdb.open(str(folder), map_size=1 << 24) as database, database.begin(write=True) as writer:
        for i, value in enumerate(values):
            writer.put(f"{i:040d}".encode(), value)
