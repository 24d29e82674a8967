"""What figures accept, and what to do about everything else."""

import numpy as np

from labkit.errors import LabkitError


def pictures(images, name="images") -> np.ndarray:
    """Return pictures as a uint8 array of shape (N, height, width, 3); grey ones get three equal channels.

    images: uint8, 0 to 255, shape (N, height, width, 3), (N, height, width, 1) or (N, height, width); also a list of
    equal pictures, or a tensor. Raises LabkitError, which says how to mend what is there.
    """
    if hasattr(images, "images") and not isinstance(images, np.ndarray):
        raise LabkitError(f"{name} is a whole {type(images).__name__}; its pictures are in {name}.images, "
                          f"for example {name}.images[:16].")
    array = as_array(images, name)
    _shape(array, name)
    _values(array, name)
    if array.ndim == 3:
        array = array[..., None]
    return np.repeat(array, 3, axis=-1) if array.shape[-1] == 1 else array


def as_array(images, name) -> np.ndarray:
    """Return anything array-like as an array. Raises LabkitError for pictures of different sizes."""
    try:
        array = np.asarray(images)
    except (TypeError, ValueError):
        array = None
    if array is None or array.dtype == object:
        raise LabkitError(f"{name} cannot be one array: its pictures differ in size. Give pictures of one size, "
                          "or show each size in a figure of its own.")
    return array


def _shape(array, name):
    shape = array.shape
    if array.size == 0:
        raise LabkitError(f"{name} holds no picture: its shape is {shape}.")
    if array.ndim == 2 or (array.ndim == 3 and shape[-1] in (1, 3) and shape[1] > 3):
        flat = (f" If it is {shape[0]} flat pictures, unfold them first: {name}.reshape(-1, height, width, channels)."
                if array.ndim == 2 else "")
        raise LabkitError(f"{name} has the shape {shape}, which looks like one picture. "
                          f"Give a batch of one: {name}[None].{flat}")
    if array.ndim == 4 and shape[-1] not in (1, 3) and shape[1] in (1, 3):
        raise LabkitError(f"{name} has the shape {shape}: the channels come first. Move them to the end: "
                          f"numpy.moveaxis({name}, 1, -1).")
    if array.ndim not in (3, 4) or (array.ndim == 4 and shape[-1] not in (1, 3)):
        raise LabkitError(f"{name} has the shape {shape}. Expected (pictures, height, width, channels) with 1 or 3 "
                          "channels, or (pictures, height, width) for grey ones.")


def _values(array, name):
    if array.dtype == np.uint8:
        return
    if array.dtype == bool:
        raise LabkitError(f"{name} holds True and False. Make them black and white: ({name} * 255).astype('uint8').")
    if array.dtype.name == "bfloat16":  # not one of NumPy's own numbers
        array = array.astype(np.float32)
    if not np.issubdtype(array.dtype, np.number):
        raise LabkitError(f"{name} holds {array.dtype}, not numbers.")
    low, high = float(array.min()), float(array.max())
    if np.isnan(low):
        raise LabkitError(f"{name} contains values that are not numbers (NaN): a training that went wrong makes such "
                          "pictures. Look at the losses first.")
    if np.issubdtype(array.dtype, np.integer):
        way = f"{name}.astype('uint8')" if low >= 0 and high <= 255 else "numpy.clip(…, 0, 255).astype('uint8')"
    elif low < 0 and low >= -1.001 and high <= 1.001:
        way = f"(({name} + 1) * 127.5).round().astype('uint8')"
    elif low >= 0 and high <= 1.001:
        way = f"({name} * 255).round().astype('uint8')"
    elif low >= 0 and high <= 255:
        way = f"{name}.round().astype('uint8')"
    else:
        way = ("first bring them into a known range; a generator that ends in tanh gives -1 to 1, "
               "and numpy.clip cuts off what lies outside")
    raise LabkitError(f"{name} is {array.dtype} between {low:.4g} and {high:.4g}. Pictures are shown from uint8, "
                      f"0 to 255, so that nothing is scaled behind your back: {way}.")


def texts(values, count, name):
    """Return ``count`` strings, or None for None. Raises LabkitError when the number differs."""
    if values is None:
        return None
    if isinstance(values, str):
        raise LabkitError(f"{name} is one string; expected {count} of them, in a list.")
    values = [str(value) for value in values]
    if len(values) != count:
        raise LabkitError(f"{name} has {len(values)} entries for {count} pictures. Give one for each.")
    return values
