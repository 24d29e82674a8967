"""LSUN's format: an LMDB whose values are encoded pictures."""

import contextlib
import io
from pathlib import Path

import numpy as np

from labkit.datasets.readers import pictures
from labkit.datasets.readers.damage import DamagedFile, what


@contextlib.contextmanager
def _database(folder):
    import lmdb

    path = Path(folder) / "data.mdb"
    try:
        database = lmdb.open(str(folder), readonly=True, lock=False, readahead=False)
    except lmdb.Error as error:
        raise DamagedFile(f"{path} is no LMDB file but {what(path)}, or was cut short.") from error
    try:
        pages, page = database.info()["last_pgno"] + 1, database.stat()["psize"]
        # LMDB maps the file into memory: reading behind its end would end the process, not raise an error.
        if path.stat().st_size < pages * page:
            raise DamagedFile(f"{path} is cut short: {path.stat().st_size:,} of {pages * page:,} bytes.")
        with database.begin() as reader:
            yield database, reader
    except lmdb.Error as error:
        raise DamagedFile(f"{path} is damaged ({error}).") from error
    finally:
        database.close()


def count(folder) -> int:
    """Return the number of pictures. Raises DamagedFile when the database is cut short or is none."""
    with _database(folder) as (database, _):
        return database.stat()["entries"]


def keys(folder) -> list[str]:
    """Return all keys, in the database's order. Three million of them take a while: for small databases."""
    with _database(folder) as (_, reader), reader.cursor() as cursor:
        return [key.decode("latin1") for key in cursor.iternext(values=False)]


def read(folder, chosen, size: tuple[int, int]) -> np.ndarray:
    """Read the pictures at these positions: uint8 (len(chosen), height, width, 3), cropped and resized to ``size``.

    ``chosen`` holds increasing positions in the database's order. Raises DamagedFile naming the key of a picture
    that cannot be decoded. Source: LSUN's own ``data.py``.
    """
    images = np.empty((len(chosen), *size, 3), np.uint8)
    wanted = {int(position): i for i, position in enumerate(chosen)}
    with _database(folder) as (_, reader), reader.cursor() as cursor:
        last = max(wanted, default=-1)
        for position, (key, value) in enumerate(cursor):
            if position > last:
                break
            if position in wanted:
                name = f"{folder} (picture {key.decode('latin1')})"
                images[wanted[position]] = pictures.fit(pictures.decode(io.BytesIO(value), name), size)
    return images
