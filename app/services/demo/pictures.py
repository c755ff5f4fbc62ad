"""Pictures of the demo shop's products: a bottle, jar, tube or can in the colours of its brand."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw

from app.services import files

SIDE = 256
FINE = 4
"""Drawn so many times larger and made smaller again: Pillow's own edges are rough."""

COLOURS = {
    "Lumen Hair": ("#fdf1e3", "#e8912d"),
    "Botanique": ("#e8f3ea", "#3c8c5a"),
    "Northwave": ("#e5f0f7", "#2f7fae"),
    "Velvet Skin": ("#f8e9ef", "#c25b82"),
    "Petal & Co.": ("#fbe9e7", "#d2554a"),
    "Barber's Oak": ("#efe9e2", "#7a5a3a"),
}
"""Brand → background and body."""

LID = "#2b2f36"
LABEL = "#ffffff"

Box = tuple[float, float, float, float]

SHAPES: dict[str, tuple[Box, Box, Box, float]] = {
    "bottle": ((0.40, 0.10, 0.60, 0.26), (0.32, 0.24, 0.68, 0.90), (0.32, 0.46, 0.68, 0.70), 0.05),
    "can": ((0.38, 0.08, 0.62, 0.18), (0.36, 0.17, 0.64, 0.92), (0.36, 0.40, 0.64, 0.70), 0.03),
    "jar": ((0.24, 0.30, 0.76, 0.44), (0.26, 0.42, 0.74, 0.82), (0.26, 0.52, 0.74, 0.72), 0.07),
    "tube": ((0.36, 0.80, 0.64, 0.92), (0.30, 0.08, 0.70, 0.82), (0.36, 0.30, 0.64, 0.58), 0.03),
}
"""Unit → lid, body and label as shares of the side, and how round the corners are."""


def of(unit: str, brand: str) -> str:
    """The key of the stored picture of a product."""
    written = io.BytesIO()
    _drawn(unit, brand).save(written, "PNG", optimize=True)
    written.seek(0)
    return files.store(written, name="product.png", field="picture", picture=True).key


def _drawn(unit: str, brand: str) -> Image.Image:
    ground, body = COLOURS[brand]
    large = Image.new("RGB", (SIDE * FINE, SIDE * FINE), ground)
    pen = ImageDraw.Draw(large)
    lid, middle, label, round_ = SHAPES[unit]
    for box, colour, radius in ((lid, LID, round_ / 2), (middle, body, round_), (label, LABEL, 0)):
        pen.rounded_rectangle([share * SIDE * FINE for share in box], radius * SIDE * FINE, fill=colour)
    left, top, right, bottom = label
    for line in (0.35, 0.6):
        height = top + (bottom - top) * line
        inside = [left + 0.06, height, right - 0.06 - 0.08 * line, height + 0.02]
        pen.rectangle([share * SIDE * FINE for share in inside], fill=body)
    return large.resize((SIDE, SIDE), Image.Resampling.LANCZOS)
