"""What ``datasets.load`` returns."""

import dataclasses

import numpy as np


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class ImageSet:
    """Images with all that is known about them.

    Attributes:
        images: uint8 (N, height, width, channels), 0 … 255; 1 or 3 channels.
        labels: int64 (N,), an index into ``class_names``, or None for a set without classes.
        factors: what a drawn set was drawn from, name → array of N values; None for photographs.
        name: the catalogue's name, or a folder's path.
        split: "train", "test" or another split of the set.
        source: where the images come from, in words for a person.
        licence: the terms of the images, in words.
        is_stand_in: True when something else was drawn in place of the set that was asked for.
        class_names: one name per class, or None.
        title: how the images are to be called where they are shown; a stand-in's title says what it is not.
    """

    images: np.ndarray
    labels: np.ndarray | None
    factors: dict[str, np.ndarray] | None
    name: str
    split: str
    source: str
    licence: str
    is_stand_in: bool = False
    class_names: tuple[str, ...] | None = None
    title: str = ""

    def __len__(self) -> int:
        return len(self.images)

    def __repr__(self) -> str:
        return f"ImageSet({self.title}, {self.split}: {len(self)} images {self.shape})"

    @property
    def shape(self) -> tuple[int, int, int]:
        """The shape of one image: (height, width, channels)."""
        return self.images.shape[1:]

    def floats(self) -> np.ndarray:
        """Return all images as float32 in [-1, 1], shape (N, height, width, channels): four times the memory."""
        return self.images.astype(np.float32) / np.float32(127.5) - np.float32(1)

    def take(self, chosen) -> "ImageSet":
        """Return the images at these indices (or of this slice or mask), with their labels and factors."""
        factors = self.factors and {key: values[chosen] for key, values in self.factors.items()}
        labels = None if self.labels is None else self.labels[chosen]
        return dataclasses.replace(self, images=self.images[chosen], labels=labels, factors=factors)
