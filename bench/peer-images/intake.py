"""Image intake by Pillow: the three renditions of a picture, upright, on white, without metadata, in the forms that Atelier writes them in.

usage: intake.py FILE…
Every line on standard input is the number of a file, and a folder for its renditions if they are wanted; the answer is milliseconds.
"""

import io
import platform
import sys
import time
from pathlib import Path

import PIL
from PIL import Image, ImageOps, features

LANCZOS = Image.Resampling.LANCZOS
files = [Path(path).read_bytes() for path in sys.argv[1:]]


def jpeg(picture, quality, **form):
    output = io.BytesIO()
    picture.save(output, "JPEG", quality=quality, subsampling="4:2:0", **form)
    return output.getvalue()


def on_white(picture):
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
    return picture.convert("RGB")


def intake(file):
    source = Image.open(io.BytesIO(file))
    # Has libjpeg scale while it decodes, and reduces other pictures by a whole number first. Each rendition is made from the one before.
    source.thumbnail((1600, 1600), LANCZOS, reducing_gap=1.0)
    source = ImageOps.exif_transpose(source)
    if source.mode != "RGB":
        source = on_white(source)
    display = source.copy()
    display.thumbnail((800, 800), LANCZOS)
    thumbnail = ImageOps.fit(display, (200, 200), LANCZOS)
    for picture in (source, display, thumbnail):
        picture.info.clear()
    return {
        "source": jpeg(source, 90),
        "display": jpeg(display, 85, progressive=True, optimize=True),
        "thumbnail": jpeg(thumbnail, 80, progressive=True, optimize=True),
    }


print(f"Pillow {PIL.__version__}, libjpeg-turbo {features.version('libjpeg_turbo')}, CPython {platform.python_version()}", flush=True)
for line in sys.stdin:
    number, *folder = line.split()
    start = time.perf_counter()
    made = intake(files[int(number)])
    took = 1_000 * (time.perf_counter() - start)
    for name, content in made.items() if folder else ():
        Path(folder[0], f"{name}.jpg").write_bytes(content)
    print(took, flush=True)
