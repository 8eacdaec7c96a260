import io

from PIL import Image, ImageOps, UnidentifiedImageError

from app.core.errors import AppError


class ImageProcessor:
    @staticmethod
    def resize_image(image_data: bytes, max_size: tuple = (800, 800)) -> bytes:
        """Resizes an image, keeping its proportions"""
        image = ImageProcessor._open(image_data)
        image.thumbnail(max_size, Image.Resampling.LANCZOS)
        return ImageProcessor._jpeg(image, quality=85)

    @staticmethod
    def create_thumbnail(image_data: bytes, size: tuple = (200, 200)) -> bytes:
        """Creates a thumbnail, its middle cropped to the size"""
        image = ImageProcessor._open(image_data)
        # JPEG's cheap way of decoding at a half or a quarter, as Image.thumbnail does by itself.
        image.draft("RGB", (size[0] * 2, size[1] * 2))
        image = ImageOps.fit(image, size, Image.Resampling.LANCZOS)
        return ImageProcessor._jpeg(image, quality=80)

    @staticmethod
    def _open(image_data: bytes) -> Image.Image:
        try:
            image = Image.open(io.BytesIO(image_data))
            return image if image.mode == "RGB" else image.convert("RGB")
        except (UnidentifiedImageError, OSError) as e:
            raise AppError(f"Unreadable image: {e}", 400) from e

    @staticmethod
    def _jpeg(image: Image.Image, quality: int) -> bytes:
        output = io.BytesIO()
        image.save(output, format="JPEG", quality=quality, optimize=True)
        return output.getvalue()
