"""Figures that move: a reader opens them, and closes them again."""

import base64
import html
import io

from IPython.display import display
from PIL import Image

from labkit.errors import LabkitError
from labkit.plotting.output import png

LIMIT = 210_000  # bytes: as text a third more, and a notebook's cell may hold 300 kB


def show_motion(figures, alt: str, milliseconds: int = 300, words: str = "Play") -> None:
    """Display figures of one size as an animation, folded away under ``words`` until the reader opens it.

    figures: two or more, drawn one after the other. milliseconds: how long each is shown; the last one four times as
    long. alt: what one sees, start to end. It is an APNG, which every browser plays and anything else shows as its
    first picture. Raises LabkitError when the sizes differ, or the file would be too large for a notebook.
    """
    if not isinstance(alt, str) or not alt.strip():
        raise LabkitError("An animation needs a description: show_motion(figures, alt=\"What happens, start to end.\")")
    pictures = [Image.open(io.BytesIO(png(figure))).convert("RGB") for figure in figures]
    if len(pictures) < 2 or len({picture.size for picture in pictures}) > 1:
        raise LabkitError("An animation needs two or more figures of the same size: give all the same figsize.")
    data = apng(pictures, milliseconds)
    if len(data) > LIMIT:
        raise LabkitError(f"{len(pictures)} pictures of {pictures[0].width}x{pictures[0].height} pixels take "
                          f"{len(data) / 1e3:.0f} kB; {LIMIT / 1e3:.0f} kB is the limit. Show fewer or smaller ones.")
    alt = " ".join(alt.split())
    source = f"data:image/png;base64,{base64.b64encode(data).decode()}"
    display({"text/html": f"<details><summary>▶ {html.escape(words)} ({len(pictures)} pictures)</summary>"
                          f'<img alt="{html.escape(alt)}" src="{source}" width="{pictures[0].width}"></details>',
             "text/plain": f"[animation: {alt}]"}, raw=True)


def apng(pictures, milliseconds: int) -> bytes:
    """Return RGB pictures of one size as the bytes of an endless APNG with one palette of 64 colours."""
    tall = Image.new("RGB", (pictures[0].width, sum(picture.height for picture in pictures)))
    y = 0
    for picture in pictures:
        tall.paste(picture, (0, y))
        y += picture.height
    palette = tall.quantize(64, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    frames = [picture.quantize(palette=palette, dither=Image.Dither.NONE) for picture in pictures]
    file = io.BytesIO()
    frames[0].save(file, "png", save_all=True, append_images=frames[1:], loop=0, optimize=True,
                   duration=[milliseconds] * (len(frames) - 1) + [4 * milliseconds])
    return file.getvalue()
