"""What is known of each image set: where it is published, how large it is, what one may do with it.

Facts only. Sizes and checksums are the publishers' own or those that torchvision, TensorFlow Datasets, Keras and
scikit-learn check; ``crc32`` and ``content`` were computed from the decoded images and tell a re-packed file from
another file.
"""

import dataclasses
import difflib

from labkit.errors import LabkitError

DIGITS = tuple("0123456789")
FASHION = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
THINGS = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


@dataclasses.dataclass(frozen=True, slots=True)
class File:
    """A published file: ``size`` in bytes (None: not published), checksums, addresses in the order to try them.

    ``folder`` is what an archive unpacks to; ``only_on_request`` keeps a file out of what ``load`` downloads unasked;
    ``crc32`` is that of the gunzipped content of an IDX file.
    """

    name: str
    splits: tuple[str, ...]
    size: int | None
    sha256: str
    md5: str | None
    urls: tuple[str, ...]
    folder: str | None = None
    only_on_request: bool = False
    crc32: int | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """One image set.

    ``shape`` is (height, width, channels) of what ``load`` returns without ``size``; ``counts`` the number of images
    of each split (None: it depends on the folder); ``format`` one of "idx", "cifar", "svhn", "images"; ``histogram``
    the number of images per class; ``content`` a digest of each split that does not depend on the order;
    ``stand_in`` the title of what is shown in its place, ``drawn`` how many of these by default (so few that drawing
    them, once, takes half a minute at most).
    """

    name: str
    title: str
    about: str
    licence: str
    shape: tuple[int, int, int]
    counts: dict[str, int | None]
    format: str
    stand_in: str
    drawn: dict[str, int]
    class_names: tuple[str, ...] | None = None
    files: tuple[File, ...] = ()
    histogram: dict[str, tuple[int, ...]] = dataclasses.field(default_factory=dict)
    content: dict[str, int] = dataclasses.field(default_factory=dict)
    by_hand: str = ""
    test_share: float = 0.1

    @property
    def splits(self) -> tuple[str, ...]:
        return tuple(self.counts)

    @property
    def usual_splits(self) -> tuple[str, ...]:
        """Those of "train" and "test" that the set has: what is fetched unless a split is named."""
        return tuple(split for split in ("train", "test") if split in self.counts)

    def needed(self, split: str) -> tuple[File, ...]:
        """Return the files that a split is read from."""
        return tuple(file for file in self.files if split in file.splits)


def _idx(bases, rows):
    for split, stem in (("train", "train"), ("test", "t10k")):
        for what in ("images-idx3", "labels-idx1"):
            name = f"{stem}-{what}-ubyte.gz"
            size, md5, sha256, crc32 = rows[name]
            yield File(name, (split,), size, sha256, md5, tuple(base + name for base in bases), crc32=crc32)


_FASHION_FILES = tuple(_idx((
    "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
), {
    "train-images-idx3-ubyte.gz": (26421880, "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
        "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84", 0xb4f29f28),
    "train-labels-idx1-ubyte.gz": (29515, "25c81989df183df01b3e8a0aad5dffbe",
        "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845", 0x741a4657),
    "t10k-images-idx3-ubyte.gz": (4422102, "bef4ecab320f06d8554ea6380940ec79",
        "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073", 0x678fe0b1),
    "t10k-labels-idx1-ubyte.gz": (5148, "bb300cfdad3c16e7a12a480ee83cd310",
        "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5", 0x80142c1f),
}))

_MNIST_FILES = tuple(_idx((
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "http://yann.lecun.com/exdb/mnist/",
), {
    "train-images-idx3-ubyte.gz": (9912422, "f68b3c2dcbeaaa9fbdd348bbdeb94873",
        "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609", 0xe9f4d8b3),
    "train-labels-idx1-ubyte.gz": (28881, "d53e105ee54ea40749a09fcbcd1e9432",
        "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c", 0xe0cb4ad2),
    "t10k-images-idx3-ubyte.gz": (1648877, "9fb629c4189551a2d022fa330f9573f3",
        "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6", 0x91373bdf),
    "t10k-labels-idx1-ubyte.gz": (4542, "ec29112dd5afa0611ce80d1b7f02629c",
        "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6", 0x4ab9eff9),
}))

# The members of cifar-10-python.tar.gz, for a folder that was unpacked long ago.
CIFAR_MD5 = {
    "data_batch_1": "c99cafc152244af753f735de768cd75f", "data_batch_2": "d4bba439e000b95fd0a9bffe97cbabec",
    "data_batch_3": "54ebc095f3ab1f0389bbae665268c751", "data_batch_4": "634d18415352ddfa80567beed471001a",
    "data_batch_5": "482c414d41f54cd18b22e5b47cb7c3cb", "test_batch": "40351d587109b95175f43aff81a1287e",
    "batches.meta": "5ff9c542aee3614f3951f8cda6e48888",
}

_CIFAR_FILES = (
    File("cifar-10-python.tar.gz", ("train", "test"), 170498071,
         "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce", "c58f30108f718f92721af3b95e74349a",
         ("https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",), "cifar-10-batches-py"),
)

_SVHN_FILES = tuple(
    File(f"{split}_32x32.mat", (split,), size, sha256, md5, (f"http://ufldl.stanford.edu/housenumbers/{split}_32x32.mat",))
    for split, size, md5, sha256 in (
        ("train", 182040794, "e26dedcc434d2e4c54c9b2d4a06d8373",
         "435e94d69a87fde4fd4d7f3dd208dfc32cb6ae8af2240d066de1df7508d083b8"),
        ("test", 64275384, "eb5a983be6a315427106f1b164d9cef3",
         "cdce80dfb2a2c4c6160906d0bd7c68ec5a99d7ca4831afa54f09182025b6a75b"),
        ("extra", 1329278602, "a93ce644f1a588dc4d68dda5feec44a7",
         "a133a4beb38a00fcdda90c9489e0c04f900b660ce8a316a5e854838379a71eb3"),
    ))

_LSUN_FILES = (
    File("bedroom_val_lmdb.zip", ("train", "test", "all"), 4670661,
         "5d022e781b241c25ec2e1f1f769afcdb8091d7fd58362667aec03137b8114b12", None,
         ("http://dl.yf.io/lsun/scenes/bedroom_val_lmdb.zip",), "bedroom_val_lmdb", only_on_request=True),
    File("bedroom_train_lmdb.zip", ("train",), 45922737680,
         "a15644c2e7153106867f0adb3491fc41224102d1f01b24494fb47d9f5d1f174e", None,
         ("http://dl.yf.io/lsun/scenes/bedroom_train_lmdb.zip",), "bedroom_train_lmdb", only_on_request=True),
)

_LFW_FILES = (
    File("lfw-funneled.tgz", ("train", "test", "all"), None,
         "b47c8422c8cded889dc5a13418c4bc2abbda121092b3533a83306f90d900100a", "1b42dfed7d15c9b2dd63d5e5840c86ad",
         ("https://ndownloader.figshare.com/files/5976015",), "lfw_funneled", only_on_request=True),
)

ANY = {"train": None, "test": None, "all": None}

ENTRIES = {entry.name: entry for entry in (
    Entry("fashion_mnist", "Fashion-MNIST", "grey photographs of clothes", "MIT", (28, 28, 1),
          {"train": 60000, "test": 10000}, "idx", "drawn clothes, not Fashion-MNIST",
          {"train": 10000, "test": 2000}, FASHION, _FASHION_FILES,
          histogram={"train": (6000,) * 10, "test": (1000,) * 10}),
    Entry("mnist", "MNIST", "handwritten digits", "CC BY-SA 3.0", (28, 28, 1),
          {"train": 60000, "test": 10000}, "idx", "drawn digits, not MNIST",
          {"train": 10000, "test": 2000}, DIGITS, _MNIST_FILES,
          histogram={"train": (5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949),
                     "test": (980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009)}),
    Entry("cifar10", "CIFAR-10", "small colour photographs of ten kinds of things and animals",
          "none stated; its authors ask to be cited", (32, 32, 3),
          {"train": 50000, "test": 10000}, "cifar", "drawn things and animals, not CIFAR-10",
          {"train": 6000, "test": 2000}, THINGS, _CIFAR_FILES,
          histogram={"train": (5000,) * 10, "test": (1000,) * 10},
          content={"train": 0x61895ffffaa4, "test": 0x136db8318bec}),
    Entry("svhn", "SVHN", "photographs of house numbers, cropped to one digit", "for non-commercial use only",
          (32, 32, 3), {"train": 73257, "test": 26032, "extra": 531131}, "svhn",
          "drawn house numbers, not SVHN", {"train": 6000, "test": 2000, "extra": 6000}, DIGITS, _SVHN_FILES),
    Entry("bedrooms", "bedrooms", "photographs of bedrooms: LSUN's, or a folder of your own",
          "none stated; its authors ask to be cited (LSUN; Houses-dataset)", (256, 256, 3), ANY, "images",
          "drawn bedrooms, not photographs", {"train": 1000, "test": 200}, None, _LSUN_FILES,
          by_hand="Put pictures (jpg, png, webp) into the folder, for instance the *_bedroom.jpg files of "
                  "https://github.com/emanhamed/Houses-dataset. LSUN's 300 validation pictures (5 MB) come with "
                  "`labkit data fetch bedrooms`; its training pictures (46 GB) only with "
                  "`--split train --max-size 46000`."),
    Entry("rooms", "kitchens and bathrooms", "photographs of kitchens and bathrooms",
          "none stated; its authors ask to be cited (Houses-dataset)", (128, 128, 3), ANY, "images",
          "drawn kitchens and bathrooms, not photographs", {"train": 1000, "test": 200}, ("kitchen", "bathroom"),
          by_hand="Put pictures into its subfolders kitchen/ and bathroom/, for instance the *_kitchen.jpg and "
                  "*_bathroom.jpg files of https://github.com/emanhamed/Houses-dataset."),
    Entry("faces", "faces", "faces of people in the news (Labeled Faces in the Wild)",
          "none stated; real people: for study only, never publish them", (64, 64, 3), ANY, "images",
          "drawn faces, not photographs", {"train": 2000, "test": 400}, None, _LFW_FILES,
          by_hand="Any folder of face pictures will do, too: 250x250 ones of LFW are cropped to the face, others "
                  "to the middle square."),
    Entry("photos", "photographs", "tiles of landscapes, animals and people",
          "each photograph may be passed on with attribution (its photographer is in the file name)",
          (256, 256, 3), ANY, "images", "photographs shipped with scikit-image and scikit-learn",
          {}, test_share=0.2,
          by_hand="Put pictures into the folder: tiles of one photograph are named PHOTO_ROW_COLUMN.jpg, so that "
                  "training and test tiles come from different photographs."),
    Entry("style", "paintings and photographs", "paintings to imitate, photographs to repaint",
          "old paintings; free photographs", (256, 256, 3), {"train": None, "all": None}, "images",
          "drawn paintings and shipped photographs", {"train": 6}, ("painting", "photograph"),
          by_hand="Put paintings named style_*.jpg and photographs named content_*.jpg into the folder."),
)}


def names() -> tuple[str, ...]:
    """Return the names that ``load`` knows, in the catalogue's order."""
    return tuple(ENTRIES)


def entry(name: str) -> Entry:
    """Return what is known of a set. Raises LabkitError with the nearest names for an unknown one."""
    if name in ENTRIES:
        return ENTRIES[name]
    wanted = str(name).lower().replace("-", "_").replace(" ", "_")
    near = difflib.get_close_matches(wanted, ENTRIES, n=2, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}? " if near else ""
    raise LabkitError(f"No image set is called {name!r}: {hint}There are {', '.join(ENTRIES)}; "
                      "for a folder of your own, give its path, such as './my_pictures'.")


def check_split(found: Entry, split: str) -> None:
    """Raise LabkitError when a set has no such split."""
    if split not in found.counts:
        raise LabkitError(f"{found.title} has no split {split!r}: choose one of {', '.join(found.counts)}.")
