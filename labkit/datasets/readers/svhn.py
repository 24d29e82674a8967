"""SVHN's format 2: one MATLAB file per split, pictures cropped to one digit."""

import zlib

import numpy as np

from labkit.datasets.readers.damage import DamagedFile, what


def read(path) -> tuple[np.ndarray, np.ndarray]:
    """Read ``train_32x32.mat`` and its like: uint8 (N, 32, 32, 3) and int64 labels (N,), 0 … 9.

    In the file the sample comes last, and the label 10 means the digit 0. Raises DamagedFile naming the file when it
    is no MATLAB v5 file, is cut short, or lacks X or y. Source: SVHN's home page, "Format 2: Cropped Digits".
    """
    from scipy import io

    try:
        record = io.loadmat(path, variable_names=("X", "y"))
        pixels, labels = record["X"], record["y"]
    except KeyError as error:
        raise DamagedFile(f"{path} is a MATLAB file without {error}: it is not one of SVHN's.") from error
    except (OSError, ValueError, TypeError, NotImplementedError, EOFError, LookupError, OverflowError, MemoryError,
            zlib.error, io.matlab.MatReadError) as error:
        kind = what(path)
        reason = "it is cut short or damaged" if "MATLAB" in kind else f"it is {kind}"
        raise DamagedFile(f"{path} cannot be read as one of SVHN's MATLAB files: {reason}.") from error
    if pixels.dtype != np.uint8 or pixels.ndim != 4 or pixels.shape[:3] != (32, 32, 3):
        raise DamagedFile(f"{path} holds {pixels.dtype} {pixels.shape} where uint8 (32, 32, 3, N) is expected.")
    labels = labels.reshape(-1)
    if labels.shape != pixels.shape[3:]:
        raise DamagedFile(f"{path} has {labels.size:,} labels for {pixels.shape[3]:,} pictures.")
    if not np.isin(labels, range(11)).all():
        raise DamagedFile(f"{path} has labels that are no digits.")
    return np.ascontiguousarray(pixels.transpose(3, 0, 1, 2)), labels.astype(np.int64) % 10
