"""From a place where a set was found to its arrays."""

import zlib

import numpy as np
import psutil

from labkit.datasets import catalogue, decoded, places
from labkit.datasets.catalogue import Entry
from labkit.datasets.places import Found
from labkit.datasets.readers import cifar, idx, lsun, pictures, svhn
from labkit.datasets.readers.damage import DamagedFile
from labkit.errors import LabkitError

# crc32 of the decoded content → (set, file): tells which file really lies under a name.
_KNOWN = {file.crc32: (entry, file) for entry in catalogue.ENTRIES.values() for file in entry.files
          if file.crc32 is not None}


def choose(count: int, limit: int | None, seed: int) -> np.ndarray | None:
    """Return the seeded choice of ``limit`` positions among ``count``, increasing; None for all of them."""
    if limit is None or limit >= count:
        return None
    return np.sort(np.random.default_rng(seed).permutation(count)[:limit])


def read(entry: Entry, found: Found, split: str, limit: int | None, size: tuple[int, int], seed: int,
         keep: bool = True) -> tuple[dict[str, np.ndarray], int]:
    """Read a split from where it was found.

    Returns the arrays ("images" uint8 NHWC of ``size``, "labels" int64 where the set has classes, "factor:NAME"; and
    "class_names" where they are not the catalogue's) and the number of images in the split before ``limit``.
    ``keep``: use and write the decoded cache. Raises DamagedFile naming the file, LabkitError for a split without
    images and for more images than fit into memory.
    """
    if found.kind == "images":
        return _read_images(entry, found, split, limit, size, seed, keep)
    if found.kind == "lmdb":
        return _read_lmdb(entry, found, split, limit, size, seed, keep)
    if found.kind in ("cifar", "svhn") and keep:
        sources = [found.path] if found.kind == "svhn" else sorted(
            path for path in found.path.iterdir() if path.name.startswith(cifar.BATCHES[split]))
        arrays = decoded.get(f"{entry.name}-{split}", decoded.stamp(sources, split),
                             lambda: _arrays(entry, found, split))
    else:
        arrays = _arrays(entry, found, split)
    total = len(arrays["images"])
    if (chosen := choose(total, limit, seed)) is not None:
        arrays = {key: values[chosen] for key, values in arrays.items()}
    return arrays | {"images": pictures.resize(arrays["images"], size)}, total


def _arrays(entry, found, split):
    """Read idx, npz, cifar or svhn whole, and check that it is the right set and split."""
    if found.kind == "idx":
        paths = [places.idx_file(found.path, name) for name in idx.file_names(split)]
        images, labels = (_idx(entry, split, path, kind) for path, kind in zip(paths, ("images", "labels"),
                                                                                strict=True))
        images = images[..., None]
    elif found.kind == "npz":
        images, labels = idx.read_npz(found.path, split)
        images = images[..., None]
    elif found.kind == "cifar":
        images, labels = cifar.read(found.path, split)
    else:
        images, labels = svhn.read(found.path)
    return {"images": images, "labels": check(entry, split, images, labels, found.path)}


def _idx(entry, split, path, kind):
    content = idx.content(path)
    array = idx.parse(content, kind, path)
    expected = f"{idx.file_names(split)[kind == 'labels']}.gz"
    other, file = _KNOWN.get(zlib.crc32(content), (entry, None))
    if file is not None and (other.name, file.name) != (entry.name, expected):
        raise DamagedFile(f"{path} holds {other.title}'s {file.name}, not {entry.title}'s {expected}.")
    return array


def check(entry: Entry, split: str, images, labels, path) -> np.ndarray:
    """Check shape, number and labels of a set with classes; return the labels as int64 (N,).

    Raises DamagedFile when the images have another shape, do not fit the labels, are none, or are those of another
    split. Fewer images than published are allowed: someone may have made the set smaller on purpose.
    """
    if images.shape[1:] != entry.shape:
        raise DamagedFile(f"{path} holds images of {'x'.join(map(str, images.shape[1:]))}, "
                          f"{entry.title}'s are {'x'.join(map(str, entry.shape))}.")
    if labels.shape != (len(images),):
        raise DamagedFile(f"{path} has {labels.size:,} labels for {len(images):,} images of {entry.title} ({split}): "
                          "its files do not belong together.")
    if not len(images):
        raise DamagedFile(f"{path} holds no images of {entry.title} ({split}).")
    if labels.max() >= len(entry.class_names):
        raise DamagedFile(f"{path} has the label {labels.max()}; {entry.title}'s end at {len(entry.class_names) - 1}.")
    for other, count in entry.counts.items():
        if other != split and len(images) == count:
            raise DamagedFile(f"{path} holds {len(images):,} images, as many as {entry.title}'s {other} split, where "
                              f"the {split} split is expected: two files were swapped.")
    return labels.astype(np.int64)


def members(folder, entry: Entry | None, split: str):
    """Return the pictures of a folder that belong to a split, and how the folder is divided.

    Returns (paths, labels, class names): labels are an int64 array and names a tuple where the folder has classes
    (its subfolders), else None. A set's own rules: rooms are told apart by folder or by file name, tiles of one
    photograph and pictures of one person stay in one split. Raises LabkitError when a split is empty.
    """
    name = entry.name if entry else ""
    paths = pictures.find(folder)
    if not paths:
        raise LabkitError(f"There are no pictures in {folder}: {', '.join(pictures.SUFFIXES)} files are looked for.")
    if name in ("bedrooms", "rooms"):
        kinds = ("bedroom",) if name == "bedrooms" else entry.class_names
        # The published folder of houses mixes all rooms: 12_bedroom.jpg, 12_frontal.jpg …
        named = {path: kind for path in paths for kind in kinds
                 if path.stem.endswith(f"_{kind}") or kind in (part.lower() for part in path.parent.parts)}
        paths = [path for path in paths if path in named] or paths
        kept = [kinds.index(named.get(path, kinds[0])) for path in paths]
        classes = kinds if name == "rooms" else None
    elif name == "photos":
        photos = [pictures.photo_of(path) for path in paths]
        classes = tuple(dict.fromkeys(photos))
        kept = [classes.index(photo) for photo in photos]
    elif name == "style":
        classes, kept = entry.class_names, [int(not path.stem.startswith("style_")) for path in paths]
    else:
        tops = [path.relative_to(folder).parts[0] if path.parent != folder else "" for path in paths]
        classes = tuple(dict.fromkeys(tops))
        kept = [classes.index(top) for top in tops]
        # One subfolder per person is how LFW keeps its pictures apart: no classes to learn.
        classes = None if name or len(classes) < 2 or "" in classes else classes
    chosen = pictures.choose_split(_groups(name, folder, paths), "all" if name == "style" else split,
                                   entry.test_share if entry else 0.1)
    if not len(chosen):
        raise LabkitError(f"{folder} holds too few pictures for a split {split!r} ({len(paths)}): use split='all'.")
    labels = None if classes is None else np.array(kept, np.int64)[chosen]
    return [paths[i] for i in chosen], labels, classes


def _groups(name, folder, paths):
    if name == "photos":
        return [pictures.photo_of(path) for path in paths]
    relative = [path.relative_to(folder) for path in paths]
    if name == "faces" and any(len(path.parts) > 1 for path in relative):
        return [path.parts[-2] if len(path.parts) > 1 else path.name for path in relative]
    return [path.as_posix() for path in relative]


def _read_images(entry, found, split, limit, size, seed, keep):
    paths, labels, classes = members(found.path, entry, split)
    arrays = {} if labels is None else {"labels": labels}
    if entry.name == "photos":
        arrays["factor:photograph"] = np.array(classes)[labels]
    if entry.name == "style":
        arrays["factor:file"] = np.array([path.stem for path in paths])
    if (chosen := choose(len(paths), limit, seed)) is not None:
        arrays = {key: values[chosen] for key, values in arrays.items()}
    arrays["images"] = _decode(entry.name, paths, split, chosen, size, keep)
    if entry.name == "photos":
        arrays["class_names"] = classes
    return arrays, len(paths)


def _decode(name, paths, split, chosen, size, keep):
    """Decode the chosen files (None: all); from the decoded cache, or into it when all of them are wanted."""
    height, width = size
    kept_as = f"{name}-{split}-{height}x{width}"
    stamp = decoded.stamp(paths, split, size) if keep else ""
    kept = decoded.read(kept_as, stamp) if keep else None
    if kept is not None:
        return kept["images"] if chosen is None else kept["images"][chosen]
    wanted = paths if chosen is None else [paths[i] for i in chosen]
    fits_memory(len(wanted), (*size, 3))
    images = pictures.read(wanted, size, faces=name == "faces")
    if keep and chosen is None:
        decoded.write(kept_as, stamp, {"images": images})
    return images


def _read_lmdb(entry, found, split, limit, size, seed, keep):
    total = lsun.count(found.path)
    positions = np.arange(total)
    if not found.whole:
        positions = pictures.choose_split(lsun.keys(found.path), split, entry.test_share)
    chosen = choose(len(positions), limit, seed)
    wanted = positions if chosen is None else positions[chosen]
    fits_memory(len(wanted), (*size, 3))

    def make():
        return {"images": lsun.read(found.path, wanted, size)}

    if not keep or chosen is not None:
        return make(), len(positions)
    stamp = decoded.stamp([found.path / "data.mdb"], split, size, found.whole)
    return decoded.get(f"{entry.name}-{split}-{size[0]}x{size[1]}", stamp, make), len(positions)


def fits_memory(count: int, shape) -> None:
    """Raise LabkitError when so many uint8 images would take more than half of the memory that is free."""
    need, free = count * int(np.prod(shape)), psutil.virtual_memory().available
    if need > free / 2:
        raise LabkitError(f"{count:,} images of {'x'.join(map(str, shape))} take {need / 1e9:.1f} GB; "
                          f"{free / 1e9:.1f} GB of memory are free. Ask for fewer or smaller ones, for instance "
                          f"limit={max(1, count // 10)} or size=64.")
