"""Faces: nobody's, drawn from a few dozen measures: pose, age, skin, hair, eyes, mouth, beard, glasses, hat, light.

Stands in for photographs of faces (report 3): 64x64x3. The head itself is in head.py.
"""

import math

import numpy as np
from PIL import Image

from labkit.datasets.drawn import head as hd
from labkit.datasets.drawn.hair import BEARDS, STYLES, beard, hair, hat
from labkit.datasets.drawn.head import R, blob, over, step
from labkit.datasets.drawn.paint import hsv, noise, photograph, to_image

SHAPE = (64, 64, 3)
CLASSES = None

# skin from light to dark, red green blue
_TONES = (
    np.array(
        [
            (244, 208, 184),
            (232, 188, 158),
            (218, 168, 132),
            (196, 142, 106),
            (160, 108, 76),
            (116, 74, 52),
            (78, 48, 36),
        ],
        float,
    )
    / 255
)
_HAIR = {
    "black": (0.06, 0.3, 0.1),
    "dark brown": (0.06, 0.45, 0.2),
    "brown": (0.07, 0.5, 0.36),
    "auburn": (0.04, 0.62, 0.42),
    "blond": (0.11, 0.45, 0.76),
    "grey": (0.1, 0.05, 0.6),
    "white": (0.1, 0.03, 0.86),
}
_EXPRESSIONS = ("neutral", "smile", "laugh", "frown", "speaking")
_GLASSES = ("none", "thin", "thick", "dark")
_CLOTHES = ("suit", "shirt", "pullover", "low")
_BACKGROUNDS = ("plain", "blurred", "dark", "outdoors", "striped")


def picture(rng, label=None):
    """Draw one face: (uint8 (64, 64, 3), factors)."""
    age = rng.random() ** 1.3
    tone_index = rng.uniform(0, len(_TONES) - 1.01) * rng.choice((0.5, 0.75, 1, 1))
    grey = age > 0.62 and rng.random() < 0.6
    look = {
        "yaw": min(max(rng.gauss(0, 17), -40), 40),
        "pitch": rng.gauss(0, 7),
        "roll": rng.gauss(0, 6),
        "age": age,
        "skin": tone_index,
        "expression": rng.choices(_EXPRESSIONS, (34, 24, 18, 10, 14))[0],
        "hair": rng.choice(STYLES),
        "hair_colour": rng.choice(("grey", "white"))
        if grey
        else rng.choices(tuple(_HAIR), (28, 22, 18, 6, 8 if tone_index < 2.5 else 0, 3, 0))[0],
        "glasses": rng.choices(_GLASSES, (72, 13, 9, 6))[0],
        "hat": rng.choices(("none", "cap", "beanie"), (90, 6, 4))[0],
        "clothes": rng.choice(_CLOTHES),
        "background": rng.choice(_BACKGROUNDS),
        "light_side": rng.uniform(-75, 75),
        "light_height": rng.uniform(5, 60),
        "hardness": rng.uniform(0.3, 0.9),
    }
    if grey and look["hair"] not in ("bald", "receding", "cropped", "short", "parted", "swept"):
        look["hair"] = rng.choice(("receding", "short", "parted", "swept", "bob", "curly"))
    long = look["hair"].startswith("long") or look["hair"] == "bob"
    look["beard"] = "none" if long or rng.random() < 0.45 else rng.choice(BEARDS)
    tone = _tone(rng, tone_index)
    face = _measures(rng, look, tone, long)
    head = hd.Head(
        look["yaw"],
        look["pitch"],
        look["roll"],
        rng.uniform(0.96, 1.12),
        (R / 2 + R * (rng.gauss(0, 0.02) + 0.001 * look["yaw"]), R * rng.gauss(0.42, 0.02)),
        face,
    )

    hair_colour = hsv(*_HAIR[look["hair_colour"]]) / 255 * rng.uniform(0.85, 1.15)
    pixels = _background(rng, look)
    light = _light(look)
    pixels = hair(rng, head, pixels, look["hair"], hair_colour, light, behind=True)
    pixels = _body(rng, head, pixels, look, tone, light)
    pixels = _ears(head, pixels, tone, light)
    colour = hd.skin(rng, head, face, tone)
    colour = beard(rng, head, face, colour, look["beard"], hair_colour)
    shaded = _shade(head, colour, light, look)
    pixels = over(pixels, head.mask, shaded)
    if look["glasses"] != "none":
        pixels = _glasses(rng, head, face, pixels, look["glasses"])
    pixels = hair(rng, head, pixels, look["hair"], hair_colour, light)
    if look["hat"] != "none":
        pixels = hat(rng, head, pixels, look["hat"], light)
    return _photo(rng, pixels), {
        **look,
        "long_hair": int(long),
        "smile": face["smile"],
        "mouth_open": face["mouth_open"],
        "face_width": face["width"],
        "jaw": face["jaw"],
        "eye_distance": face["eyes"],
        "nose_length": face["nose_length"],
        "nose_width": face["nose_width"],
    }


def _tone(rng, index):
    k = int(index)
    tone = _TONES[k] + (index - k) * (_TONES[k + 1] - _TONES[k])
    return np.clip(tone * (1 + np.array([rng.gauss(0.01, 0.02), rng.gauss(0, 0.015), rng.gauss(-0.02, 0.03)])), 0, 1)


def _measures(rng, look, tone, soft):
    """Return the face's measures, in units of half a head's height where they are lengths."""
    expression = look["expression"]
    smile = {
        "neutral": rng.gauss(0.05, 0.12),
        "smile": rng.uniform(0.5, 1),
        "laugh": rng.uniform(0.7, 1.1),
        "frown": rng.uniform(-0.9, -0.3),
        "speaking": rng.gauss(0, 0.2),
    }[expression]
    opened = {"laugh": rng.uniform(0.6, 1.2), "speaking": rng.uniform(0.3, 1.3), "smile": rng.choice((0.0, 0.0, 0.45))}
    lip = tone * np.array([0.88, 0.62, 0.62])
    if soft and rng.random() < 0.6:
        lip = 0.5 * lip + 0.5 * np.array([0.72, 0.16, 0.2])
    brow = hsv(*_HAIR[look["hair_colour"]]) / 255 * 0.7
    return {
        "width": rng.uniform(0.9, 1.04),
        "jaw": rng.uniform(-0.14, 0.14) - (0.05 if soft else 0),
        "eyes": rng.uniform(0.275, 0.325),
        "sockets": rng.uniform(0.6, 1.3),
        "brow_ridge": rng.uniform(0.2, 1.2) * (0.5 if soft else 1),
        "smile": smile,
        "chin": rng.uniform(0.3, 1.2),
        "mouth_v": rng.uniform(0.58, 0.65),
        "nose_length": rng.uniform(0.32, 0.42),
        "nose_width": rng.uniform(0.075, 0.115) * (1.15 if look["skin"] > 4 else 1),
        "nose_height": rng.uniform(0.7, 1.25),
        "tired": rng.uniform(0.2, 1) + 0.5 * look["age"],
        "blemish": rng.uniform(0.3, 1.2),
        "age": look["age"],
        "mouth_width": rng.uniform(0.2, 0.26),
        "mouth_open": opened.get(expression, 0.0),
        "teeth": expression != "speaking" or rng.random() < 0.5,
        "smirk": rng.gauss(0, 0.3),
        "lips": rng.uniform(0.55, 1.25) * (1.2 if look["skin"] > 4 else 1),
        "lip_colour": lip,
        "eye_width": rng.uniform(0.118, 0.145),
        "eye_open": max(0.05, rng.gauss(0.7, 0.15) - 0.3 * max(smile - 0.4, 0)),
        "eye_tilt": rng.gauss(-0.008, 0.012),
        "gaze": rng.gauss(0, 0.02),
        "iris": hsv(rng.choice((0.07, 0.07, 0.07, 0.28, 0.58)), rng.uniform(0.3, 0.6), rng.uniform(0.2, 0.5)) / 255,
        "lashes": rng.uniform(0.6, 0.8) * (1.3 if soft else 1),
        "brow_v": rng.uniform(-0.19, -0.15),
        "brow_arch": rng.uniform(0.01, 0.06),
        "frown": rng.gauss(0, 0.4) - (0.7 if expression == "frown" else 0),
        "brow_thick": rng.uniform(0.018, 0.036) * (0.75 if soft else 1.1),
        "brow_dark": rng.uniform(0.5, 0.9),
        "brow_colour": brow,
    }


def _light(look):
    a, e = math.radians(look["light_side"]), math.radians(look["light_height"])
    return (math.sin(a) * math.cos(e), -math.sin(e), math.cos(a) * math.cos(e)), look["hardness"]


def shade_of(normal, light):
    """Return how bright a surface with ``normal`` (three arrays) is lit, about 0 to 1.2."""
    (lx, ly, lz), hard = light
    facing = normal[0] * np.float32(lx) + normal[1] * np.float32(ly) + normal[2] * np.float32(lz)
    wrapped = np.clip((facing + 0.25) / 1.25, 0, 1)
    return np.float32(1.12 * hard) * wrapped + np.float32(1 - hard) * (0.8 - 0.25 * normal[1]) * (0.6 + 0.4 * normal[2])


def _shade(head, colour, light, look):
    shade = shade_of(head.normal, light)
    (lx, ly, lz), hard = light
    # the nose's shadow beside it, the brow's over the eyes, the lip's below
    shift = np.float32(-0.16 * lx / max(lz, 0.3))
    cast = 0.35 * hard * abs(lx) * blob(head.u, head.v, shift * 1.1, 0.27, 0.07, 0.16)
    cast = cast + 0.22 * max(-ly, 0) * blob(np.abs(head.u), head.v, 0.27, -0.07, 0.15, 0.06)
    cast = cast + 0.25 * max(-ly, 0) * blob(head.u, head.v, 0, 0.46, 0.12, 0.045)
    shade = shade * (1 - cast)
    warm = np.stack(
        [shade ** np.float32(0.86), shade, shade ** np.float32(1.08)], -1
    )  # light that went through the skin
    half = (lx, ly, lz + 1)
    norm = math.sqrt(sum(h * h for h in half))
    gleam = np.maximum(sum(n * np.float32(h / norm) for n, h in zip(head.normal, half, strict=True)), 0) ** 22
    return colour * warm + (0.2 * hard * gleam)[..., None]


def _ears(head, pixels, tone, light):
    t = head.turn
    for side in (-1, 1):
        x = float(side * 0.75 * t[0, 0] - 0.1 * t[2, 0]) * 1.0
        shape = ((head.x - np.float32(x)) / 0.12) ** 2 + ((head.y - 0.12) / 0.2) ** 2
        bright = 0.55 + 0.35 * side * light[0][0] * light[1]
        colour = np.float32(tone) * np.float32((1.0, 0.86, 0.84)) * np.float32(bright)
        pixels = over(pixels, step(1 - shape, 0.3), colour * (0.75 + 0.3 * step(shape - 0.35, 0.4))[..., None])
    return pixels


def _body(rng, head, pixels, look, tone, light):
    x, y = head.x - np.float32(0.15 * math.sin(math.radians(look["yaw"]))), head.y
    lx, hard = light[0][0], light[1]
    neck = step(0.43 - np.abs(x) + 0.12 * np.maximum(y - 1.0, 0), 0.04) * step(y - 0.4, 0.1)
    round_ = 0.62 + 0.5 * hard * lx * x - 0.5 * x * x
    under = 0.55 + 0.4 * step(y - 1.08 + 0.1 * x * x, 0.3)  # the chin's shadow
    pixels = over(pixels, neck, np.float32(tone) * (round_ * under)[..., None])
    shoulder = y - (0.98 + 0.12 * np.abs(x) ** 1.5) - (0.0 if look["clothes"] != "low" else 0.12)
    opening = {"suit": 0.3, "shirt": 0.26, "pullover": 0.0, "low": 0.35}[look["clothes"]]
    cut = np.maximum(opening - np.abs(x), 0) * 1.6 + 0.1 * step(0.4 - np.abs(x), 0.1)
    cloth = (
        hsv(
            rng.random(),
            rng.uniform(0, 0.7),
            rng.uniform(0.08, 0.85) if look["clothes"] != "suit" else rng.uniform(0.06, 0.3),
        )
        / 255
    )
    fold = (0.8 + 0.12 * noise(rng, "rough", R, R) + 0.3 * hard * lx * x)[..., None]
    if look["clothes"] == "suit":
        pixels = over(pixels, step(shoulder - 0.35 * cut, 0.03), np.float32((0.86, 0.87, 0.9)) * fold)
        tie = step(0.07 + 0.05 * np.maximum(y - 1, 0) - np.abs(x), 0.03) * step(y - 1.12, 0.04)
        pixels = over(pixels, tie, hsv(rng.random(), rng.uniform(0.3, 0.9), rng.uniform(0.2, 0.7)) / 255)
    return over(pixels, step(shoulder - cut, 0.03), np.float32(cloth) * fold)


def _glasses(rng, head, face, pixels, kind):
    u, v = head.u, head.v
    wide, tall = rng.uniform(0.17, 0.2), rng.uniform(0.1, 0.15)
    power = rng.choice((2.2, 3.5, 5))
    colour = hsv(rng.choice((0.07, 0.1, 0.6)), rng.uniform(0, 0.5), rng.uniform(0.05, 0.3)) / 255
    if kind == "thin" and rng.random() < 0.5:
        colour = np.array([0.6, 0.55, 0.42])
    rim = {"thin": 0.022, "thick": 0.042, "dark": 0.03}[kind]
    frames = 0
    for side in (-1, 1):
        q = np.abs((u - np.float32(side * (face["eyes"] + 0.01))) / wide) ** power + np.abs((v - 0.02) / tall) ** power
        q = q ** np.float32(1 / power) - 1
        lens = step(-q, 0.15)
        if kind == "dark":
            pixels = over(pixels, lens * 0.93, (0.05, 0.05, 0.06) + 0.12 * step(-v - 0.02, 0.2)[..., None])
        else:
            pixels = over(pixels, lens * (0.06 + 0.1 * step(-v + 0.1 * u, 0.3)), (0.9, 0.95, 1))
        frames = np.maximum(frames, step(rim / wide - np.abs(q), 0.1))
    bridge = step(rim * 0.6 - np.abs(v + 0.02), 0.025) * step(face["eyes"] - wide - np.abs(u), 0.03)
    temple = step(rim * 0.6 - np.abs(v + 0.02), 0.025) * step(np.abs(u) - face["eyes"] - wide, 0.03)
    return over(pixels, np.maximum(frames, np.maximum(bridge, temple)) * head.mask, colour)


def _background(rng, look):
    kind = look["background"]
    hue = rng.choice((0.08, 0.1, 0.58, 0.6, 0.35, 0.98, rng.random()))
    value = rng.uniform(0.05, 0.2) if kind == "dark" else rng.uniform(0.25, 0.95)
    low = hsv(hue, rng.uniform(0.03, 0.5), value) / 255
    high = hsv(hue + rng.gauss(0, 0.08), rng.uniform(0.05, 0.6), value * rng.uniform(0.4, 1.2)) / 255
    if kind == "plain":
        mix = 0.3 * noise(rng, "cloud", R, R) + 0.3
    elif kind == "striped":
        edge = rng.uniform(20, 110)
        mix = step(np.arange(R, dtype=np.float32)[None] - np.float32(edge) * R / 128 + 6 * noise(rng, "cloud", R, R), 6)
    else:
        mix = np.clip(0.5 + 0.7 * noise(rng, "cloud", R, R) + 0.2 * noise(rng, "rough", R, R), 0, 1)
    pixels = np.float32(low) + mix[..., None] * np.float32(high - low)
    if kind == "outdoors":
        third = hsv(0.3, rng.uniform(0.2, 0.5), rng.uniform(0.2, 0.6)) / 255
        pixels = over(pixels, step(noise(rng, "cloud", R, R) - 0.3, 0.4), third)
    return pixels


def _photo(rng, pixels):
    middle = pixels[R // 4 : -R // 4, R // 4 : -R // 4]  # exposure is set for the face, and less for a dark one
    level = float(middle.mean())
    gain = rng.uniform(0.8, 1.2) * (0.47 / level) ** 0.7
    tint = np.float32((1 + rng.gauss(0.04, 0.04), 1, 1 - rng.gauss(0.05, 0.05)))
    grey = pixels.mean(2, keepdims=True)
    colourful = rng.uniform(0.75, 1.1) if rng.random() > 0.04 else 0.0
    pixels = (grey + colourful * (pixels - grey)) * tint * np.float32(gain)
    pixels = 1 - np.log1p(np.exp(np.float32(-6) * (pixels - 0.95))) / 6  # highlights roll off
    pixels = to_image((pixels - 0.45) * (255 * rng.uniform(0.95, 1.2)) + 0.45 * 255)
    pixels = np.asarray(pixels.resize((64, 64), Image.Resampling.BOX), np.float32)
    return photograph(rng, pixels, max(0.0, rng.uniform(-0.4, 0.7)), rng.uniform(0.5, 4))
