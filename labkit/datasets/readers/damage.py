"""What a reader says of a file that is not what it should be."""

from labkit.errors import LabkitError

_BEGINNINGS = (
    (b"version https://git-lfs", "a Git LFS pointer, not the file itself"), (b"\x1f\x8b", "a gzip file"),
    (b"PK\x03\x04", "a zip archive"), (b"\x89PNG", "a PNG picture"), (b"\xff\xd8\xff", "a JPEG picture"),
    (b"\x89HDF", "an HDF5 file"), (b"MATLAB 5", "a MATLAB file"), (b"\x80\x02", "a Python pickle"),
    (b"\x80\x04", "a Python pickle"), (b"\x93NUMPY", "a NumPy file"), (b"%PDF", "a PDF document"),
    (b"\x00\x00\x08\x03", "an IDX file of images"), (b"\x00\x00\x08\x01", "an IDX file of labels"),
    (b"<?xml", "an XML document"), (b"{", "a text, perhaps an error message"),
)


class DamagedFile(LabkitError):
    """A file that is truncated, swapped or something else; whoever knows where it came from adds what to type."""


def is_web_page(head: bytes) -> bool:
    """Tell whether a file begins like an HTML page: what servers send for an error or a login."""
    head = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:400].lower()
    return head.startswith((b"<!doctype html", b"<html", b"<head")) or b"<html" in head


def what(path) -> str:
    """Say in words what a file is, judged by its first bytes: "a web page (HTML)", "empty", "a zip archive" …"""
    with open(path, "rb") as file:
        head = file.read(512)
    if not head:
        return "empty"
    if is_web_page(head):
        return "a web page (HTML), which servers send for an error or a login"
    return next((words for begin, words in _BEGINNINGS if head.startswith(begin)), "something else")
