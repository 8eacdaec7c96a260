#!/usr/bin/env python3
"""Makes the pictures and non-pictures of uploads/, and expected.tsv: what the service has to make of each.

Needs Pillow 11 or newer and, for one file, cjpeg of libjpeg-turbo. The files are committed; run this only to add one:
    python3 tests/corpus/make.py

Every picture shows, once upright, a red and a green quarter above a blue and a yellow one.
"""
import io
import pathlib
import struct
import subprocess
import zlib

from PIL import Image, ImageCms, PngImagePlugin

WIDTH, HEIGHT = 96, 64
RED, GREEN, BLUE, YELLOW = (220, 20, 20), (20, 200, 20), (20, 20, 220), (220, 220, 20)
HERE = pathlib.Path(__file__).parent
FOLDER = HERE / "uploads"
# name, content type it is sent with, and what is expected: `picture WIDTHxHEIGHT`, `grey WIDTHxHEIGHT`,
# `any WIDTHxHEIGHT`, or why it is refused
rows = []


def quarters(size=(WIDTH, HEIGHT)):
    picture = Image.new("RGB", size)
    half = (size[0] // 2, size[1] // 2)
    for place, colour in zip([(0, 0), (half[0], 0), (0, half[1]), half], [RED, GREEN, BLUE, YELLOW]):
        picture.paste(colour, (*place, place[0] + half[0], place[1] + half[1]))
    return picture


def encoded(picture, form, **options):
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


def add(name, content, expected, content_type=None):
    types = {"jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp"}
    (FOLDER / name).write_bytes(content)
    rows.append((name, content_type or types.get(name.rsplit(".", 1)[-1], "image/jpeg"), expected))


def picture(name, content, size=(WIDTH, HEIGHT), content_type=None):
    add(name, content, f"picture {size[0]}x{size[1]}", content_type)


def grey(name, content):
    add(name, content, f"grey {WIDTH}x{HEIGHT}")


def unsupported(name, content, content_type=None):
    add(name, content, "unsupported", content_type)


def unreadable(name, content):
    add(name, content, "unreadable")


def too_large(name, content):
    add(name, content, "too large")


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width, height, depth, colour, data, extra=b""):
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + extra + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def after_header(content, inserted):
    """Inserted behind the header chunk of a PNG."""
    return content[:33] + inserted + content[33:]


def exif(orientation=None, gps=False):
    data = Image.Exif()
    if orientation is not None:
        data[0x0112] = orientation
    if gps:
        data.get_ifd(0x8825).update({1: "N", 2: (48.0, 51.0, 24.0), 3: "E", 4: (2.0, 21.0, 3.0)})
    return data.tobytes()


def turned(orientation):
    """The picture as a camera that was held so stores it."""
    back = {1: None, 2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
            5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE, 8: Image.Transpose.ROTATE_270}
    return quarters() if back[orientation] is None else quarters().transpose(back[orientation])


def marker(content, code, body):
    """A segment behind the start of a JPEG."""
    return content[:2] + bytes([0xff, code]) + struct.pack(">H", len(body) + 2) + body + content[2:]


def frame_of(content):
    for code in (b"\xff\xc0", b"\xff\xc2"):
        if content.find(code) > 0:
            return content.find(code)
    raise ValueError("no frame")


def claiming(content, width, height):
    at = frame_of(content)
    return content[:at + 5] + struct.pack(">HH", height, width) + content[at + 9:]


def pictures():
    rgb = quarters()
    plain = encoded(rgb, "JPEG", quality=92)
    for name, sampling in [("444", 0), ("422", 1), ("420", 2)]:
        picture(f"jpeg_{name}.jpg", encoded(rgb, "JPEG", quality=92, subsampling=sampling))
    picture("jpeg_progressive.jpg", encoded(rgb, "JPEG", quality=92, progressive=True))
    picture("jpeg_progressive_444.jpg", encoded(rgb, "JPEG", quality=92, progressive=True, subsampling=0))
    picture("jpeg_restart_markers.jpg", encoded(rgb, "JPEG", quality=92, restart_marker_blocks=3))
    picture("jpeg_quality_1_size_odd.jpg", encoded(quarters((97, 65)).resize((97, 65)), "JPEG", quality=60), (97, 65))
    grey("jpeg_grey.jpg", encoded(rgb.convert("L"), "JPEG", quality=92))
    grey("jpeg_grey_progressive.jpg", encoded(rgb.convert("L"), "JPEG", quality=92, progressive=True))
    picture("jpeg_cmyk.jpg", encoded(rgb.convert("CMYK"), "JPEG", quality=95))
    for orientation in range(1, 9):
        picture(f"jpeg_exif_{orientation}.jpg", encoded(turned(orientation), "JPEG", quality=92, exif=exif(orientation)))
    picture("jpeg_exif_9.jpg", encoded(rgb, "JPEG", quality=92, exif=exif(9)))
    picture("jpeg_exif_broken.jpg", marker(plain, 0xe1, b"Exif\0\0MM\0*\xff\xff\xff\xff\xff\xff"))
    picture("jpeg_exif_endless.jpg", marker(plain, 0xe1, b"Exif\0\0II*\0\x08\0\0\0" + b"\xff\xff" + b"\x12\x01\x03\0\xff\xff\xff\xff\x08\0\0\0" * 40))
    picture("jpeg_gps.jpg", encoded(rgb, "JPEG", quality=92, exif=exif(1, gps=True)))
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    picture("jpeg_icc.jpg", encoded(rgb, "JPEG", quality=92, icc_profile=srgb))
    picture("jpeg_icc_broken.jpg", encoded(rgb, "JPEG", quality=92, icc_profile=b"\xff" * 400))
    picture("jpeg_long_comment.jpg", marker(plain, 0xfe, b"<script>alert(1)</script>" * 2_000))
    picture("jpeg_many_segments.jpg", plain[:2] + b"".join(bytes([0xff, 0xe5, 0, 4, 1, 1]) for _ in range(3_000)) + plain[2:])
    picture("jpeg_and_zip.jpg", plain + b"PK\x03\x04" + b"\0" * 200)
    picture("jpeg_and_html.jpg", plain + b"<html><script>alert(document.cookie)</script></html>")
    picture("jpeg_and_jpeg.jpg", plain + plain)
    picture("jpeg_sent_as_png.jpg", plain, content_type="image/png")
    picture("png_sent_as_jpeg.jpg", encoded(rgb, "PNG"))
    picture("jpeg_named_exe.exe", plain)
    picture("png_rgb.png", encoded(rgb, "PNG"))
    picture("png_rgba.png", encoded(rgb.convert("RGBA"), "PNG"))
    picture("png_palette.png", encoded(rgb.convert("P", palette=Image.Palette.ADAPTIVE), "PNG"))
    grey("png_grey.png", encoded(rgb.convert("L"), "PNG"))
    grey("png_grey_alpha.png", encoded(rgb.convert("LA"), "PNG"))
    grey("png_grey_16.png", encoded(rgb.convert("L").convert("I;16").point(lambda value: value * 257), "PNG"))
    rows_16 = b"".join(b"\0" + b"".join(struct.pack(">3H", *(value * 257 for value in rgb.getpixel((x, y)))) for x in range(WIDTH)) for y in range(HEIGHT))
    picture("png_rgb_16.png", png(WIDTH, HEIGHT, 16, 2, zlib.compress(rows_16)))
    picture("png_interlaced.png", interlaced(rgb))
    grey_bits = rgb.convert("L").point(lambda value: 255 if value > 60 else 0).convert("1")
    add("png_one_bit.png", encoded(grey_bits, "PNG"), f"any {WIDTH}x{HEIGHT}")
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", "<script>alert(1)</script>" * 100, zip=True)
    picture("png_text.png", encoded(rgb, "PNG", pnginfo=text))
    picture("png_icc.png", encoded(rgb, "PNG", icc_profile=srgb))
    picture("png_exif_6.png", encoded(turned(6), "PNG", exif=exif(6)))
    picture("png_animated.png", encoded(rgb, "PNG", save_all=True, append_images=[Image.new("RGB", rgb.size, BLUE)]))
    picture("png_and_html.png", encoded(rgb, "PNG") + b"<script>alert(1)</script>")
    # 200 MB of text in 200 kB: never unpacked as far as the limit of what stands beside the pixels.
    bomb = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"\0" * 100_000_000, 9))
    picture("png_text_bomb.png", after_header(encoded(rgb, "PNG"), bomb))
    picture("webp_lossy.webp", encoded(rgb, "WEBP", quality=90))
    picture("webp_lossless.webp", encoded(rgb, "WEBP", lossless=True))
    picture("webp_alpha.webp", encoded(rgb.convert("RGBA"), "WEBP", quality=90))
    picture("webp_exif_6.webp", encoded(turned(6), "WEBP", quality=90, exif=exif(6)))
    picture("webp_icc.webp", encoded(rgb, "WEBP", quality=90, icc_profile=srgb))
    picture("webp_animated.webp", encoded(rgb, "WEBP", quality=90, save_all=True, append_images=[Image.new("RGB", rgb.size, BLUE)]))
    picture("thin_2000x4.png", encoded(quarters((2_000, 4)), "PNG"), (800, 2))


def interlaced(rgb):
    """Adam7, which Pillow reads and does not write."""
    data = b""
    for left, top, right, down in [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]:
        for y in range(top, HEIGHT, down):
            data += b"\0" + b"".join(bytes(rgb.getpixel((x, y))) for x in range(left, WIDTH, right))
    content = bytearray(png(WIDTH, HEIGHT, 8, 2, zlib.compress(data)))
    content[28] = 1
    content[29:33] = struct.pack(">I", zlib.crc32(bytes(content[12:29])))
    return bytes(content)


def refusals():
    rgb = quarters()
    plain, progressive = encoded(rgb, "JPEG", quality=92), encoded(rgb, "JPEG", quality=92, progressive=True)
    whole, webp = encoded(rgb, "PNG"), encoded(rgb, "WEBP", quality=90)
    for percent in (20, 50, 95):
        unreadable(f"cut_{percent}.jpg", plain[:len(plain) * percent // 100])
        unreadable(f"cut_{percent}_progressive.jpg", progressive[:len(progressive) * percent // 100])
        unreadable(f"cut_{percent}.png", whole[:len(whole) * percent // 100])
        unreadable(f"cut_{percent}.webp", webp[:len(webp) * percent // 100])
    unsupported("empty.jpg", b"")
    unsupported("one_byte.jpg", b"\xff")
    unsupported("zeros.jpg", bytes(10_000))
    unsupported("text.jpg", b"This is not a picture.\n" * 20)
    unsupported("page.jpg", b"<!doctype html><script>alert(1)</script>")
    unsupported("drawing.svg", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "image/svg+xml")
    unsupported("document.pdf", b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n", "application/pdf")
    unsupported("picture.gif", encoded(rgb, "GIF"), "image/gif")
    unsupported("animated.gif", encoded(rgb, "GIF", save_all=True, append_images=[Image.new("RGB", rgb.size)]), "image/gif")
    unsupported("gif_and_js.gif", b"GIF89a/*" + bytes(20) + b"*/=1;alert(1)", "image/png")
    unsupported("picture.bmp", encoded(rgb, "BMP"), "image/bmp")
    unsupported("picture.tiff", encoded(rgb, "TIFF"), "image/tiff")
    unsupported("picture.ico", encoded(rgb, "ICO"), "image/x-icon")
    unsupported("picture.ppm", encoded(rgb, "PPM"), "image/x-portable-pixmap")
    unsupported("picture.jp2", encoded(rgb, "JPEG2000"), "image/jp2")
    unsupported("picture.avif", encoded(rgb, "AVIF"), "image/avif")
    unsupported("picture.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(200), "image/heic")
    unsupported("film.mp4", b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(200), "video/mp4")
    unsupported("archive.zip", b"PK\x05\x06" + bytes(18), "application/zip")
    unsupported("program.jpg", b"\x7fELF\x02\x01\x01" + bytes(60))
    unreadable("magic_and_script.jpg", b"\xff\xd8\xff\xe0<script>alert(1)</script>" * 10)
    unreadable("only_markers.jpg", b"\xff\xd8" + b"\xff\xd8" * 500)
    unreadable("no_frame.jpg", plain[:frame_of(plain)] + b"\xff\xd9")
    unreadable("height_0.jpg", claiming(plain, WIDTH, 0))
    unreadable("width_0.jpg", claiming(plain, 0, HEIGHT))
    unreadable("12_bit.jpg", plain[:frame_of(plain) + 4] + b"\x0c" + plain[frame_of(plain) + 5:])
    unreadable("lossless.jpg", plain[:frame_of(plain) + 1] + b"\xc3" + plain[frame_of(plain) + 2:])
    ppm = encoded(rgb, "PPM")
    arithmetic = subprocess.run(["cjpeg", "-arithmetic", "-quality", "92"], input=ppm, capture_output=True, check=True).stdout
    unreadable("arithmetic.jpg", arithmetic)
    tables = plain.find(b"\xff\xc4")
    unreadable("no_tables.jpg", plain[:tables] + plain[plain.find(b"\xff\xda"):])
    too_large("bomb_65000.jpg", claiming(plain, 65_000, 65_000))
    too_large("bomb_65000_progressive.jpg", claiming(progressive, 65_000, 65_000))
    too_large("bomb_50000_one_bit.png", png(50_000, 50_000, 1, 0, zlib.compress(bytes(6_251 * 50_000), 9)))
    too_large("bomb_50000_header.png", png(50_000, 50_000, 8, 2, zlib.compress(b"\0")))
    too_large("bomb_7000_16_bit.png", png(7_000, 7_000, 16, 6, zlib.compress(b"\0")))
    unreadable("only_header.webp", b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\x10\0\0\0\xfe\x3f\0\xfe\x3f\0")
    lossless = b"\x2f" + struct.pack("<I", (16_382 << 14) | 16_382) + bytes(40)
    too_large("bomb_16383.webp", b"RIFF" + struct.pack("<I", len(lossless) + 13) + b"WEBPVP8L" + struct.pack("<I", len(lossless)) + lossless + b"\0")
    unreadable("width_0.png", png(0, 10, 8, 2, zlib.compress(b"")))
    unreadable("too_few_rows.png", png(WIDTH, HEIGHT, 8, 2, zlib.compress(bytes(200))))
    unreadable("bad_colour_type.png", png(WIDTH, HEIGHT, 8, 5, zlib.compress(bytes(20_000))))
    unreadable("bad_filter.png", png(WIDTH, HEIGHT, 8, 2, zlib.compress((b"\x09" + bytes(WIDTH * 3)) * HEIGHT)))
    unreadable("bad_data.png", png(WIDTH, HEIGHT, 8, 2, b"\x78\x9c" + b"\xff" * 300))
    damaged = bytearray(whole)
    damaged[20] ^= 1
    unreadable("bad_checksum.png", bytes(damaged))
    unreadable("no_pixels.png", b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 9, 9, 8, 2, 0, 0, 0)) + chunk(b"IEND", b""))
    unreadable("huge_chunk.png", b"\x89PNG\r\n\x1a\n\x7f\xff\xff\xffIHDR" + bytes(30))
    unreadable("bad_size.webp", webp[:4] + b"\xff\xff\xff\xff" + webp[8:30])
    unreadable("bad_stream.webp", webp[:20] + b"\xff" * (len(webp) - 20))


FOLDER.mkdir(exist_ok=True)
for old in FOLDER.iterdir():
    old.unlink()
pictures()
refusals()
lines = ["\t".join(row) for row in sorted(rows)]
(HERE / "expected.tsv").write_text("# file\tcontent type\texpected\n" + "\n".join(lines) + "\n")
print(f"{len(rows)} files, {sum(file.stat().st_size for file in FOLDER.iterdir())} bytes")
