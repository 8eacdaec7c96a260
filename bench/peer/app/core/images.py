import io

from PIL import Image, UnidentifiedImageError

from app.core.errors import AppError


class ImageProcessor:
    @staticmethod
    def resize_image(image_data: bytes, max_size: tuple = (800, 800)) -> bytes:
        """Resizes an image, keeping its proportions"""
        return ImageProcessor._fit(image_data, max_size, quality=85)

    @staticmethod
    def create_thumbnail(image_data: bytes, size: tuple = (200, 200)) -> bytes:
        """Creates a thumbnail of an image"""
        return ImageProcessor._fit(image_data, size, quality=80)

    @staticmethod
    def _fit(image_data: bytes, size: tuple, quality: int) -> bytes:
        try:
            image = Image.open(io.BytesIO(image_data))
            if image.mode != "RGB":
                image = image.convert("RGB")
            image.thumbnail(size, Image.Resampling.LANCZOS)
        except (UnidentifiedImageError, OSError) as e:
            raise AppError(f"Unreadable image: {e}", 400) from e
        output = io.BytesIO()
        image.save(output, format="JPEG", quality=quality, optimize=True)
        return output.getvalue()
