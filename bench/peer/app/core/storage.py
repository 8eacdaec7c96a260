import asyncio
import logging

import boto3
from botocore.config import Config
from fastapi.concurrency import run_in_threadpool

from app.core.config import settings
from app.core.errors import AppError
from app.core.images import ImageProcessor

logger = logging.getLogger(__name__)


class S3Client:
    def __init__(self):
        self.s3_client = None
        self.bucket_name = None

    async def connect(self, region: str, bucket_name: str, access_key: str, secret_key: str, endpoint_url: str | None):
        self.s3_client = boto3.client(
            "s3",
            region_name=region,
            aws_access_key_id=access_key,
            aws_secret_access_key=secret_key,
            endpoint_url=endpoint_url,
            # As many connections as Starlette's thread pool has threads.
            config=Config(signature_version="s3v4", max_pool_connections=40, s3={"addressing_style": "path" if endpoint_url else "auto"}),
        )
        self.bucket_name = bucket_name

    async def close(self):
        if self.s3_client:
            self.s3_client.close()

    async def upload_file(self, file_data: bytes, s3_key: str, content_type: str = "image/jpeg") -> str:
        try:
            await run_in_threadpool(
                self.s3_client.put_object,
                Bucket=self.bucket_name,
                Key=s3_key,
                Body=file_data,
                ContentType=content_type,
                ACL="private",
            )
            return self.generate_presigned_url(s3_key)
        except Exception as e:
            logger.error(f"Upload failed for {s3_key}: {e}")
            raise AppError("Failed to upload file", 503, "STORAGE_UNAVAILABLE") from e

    def generate_presigned_url(self, s3_key: str, expires_in: int = 3600) -> str:
        """Signs a URL; no request is made, so it runs on the event loop"""
        return self.s3_client.generate_presigned_url(
            "get_object", Params={"Bucket": self.bucket_name, "Key": s3_key}, ExpiresIn=expires_in
        )


class StoragePathBuilder:
    @staticmethod
    def clothing_path(user_id: str, clothing_id: str) -> str:
        return f"clothing/{user_id}/{clothing_id}.jpg"

    @staticmethod
    def clothing_thumb_path(user_id: str, clothing_id: str) -> str:
        return f"clothing/{user_id}/{clothing_id}_thumb.jpg"

    @staticmethod
    def body_path(user_id: str, body_id: str) -> str:
        return f"body/{user_id}/{body_id}.jpg"


s3_client = S3Client()


async def connect():
    await s3_client.connect(
        settings.AWS_REGION_NAME,
        settings.AWS_BUCKET_NAME,
        settings.AWS_ACCESS_KEY_ID,
        settings.AWS_SECRET_ACCESS_KEY,
        settings.AWS_ENDPOINT_URL,
    )


class StorageRepository:
    def __init__(self):
        self.s3_client = s3_client
        self.path_builder = StoragePathBuilder()

    async def upload_clothing_image(self, user_id: str, clothing_id: str, file_data: bytes) -> tuple[dict, dict]:
        """Stores the image and its thumbnail; returns their keys and their URLs"""
        image, thumbnail = await asyncio.gather(
            run_in_threadpool(ImageProcessor.resize_image, file_data),
            run_in_threadpool(ImageProcessor.create_thumbnail, file_data),
        )
        key = self.path_builder.clothing_path(user_id, clothing_id)
        thumb_key = self.path_builder.clothing_thumb_path(user_id, clothing_id)
        image_url, thumbnail_url = await asyncio.gather(
            self.s3_client.upload_file(image, key), self.s3_client.upload_file(thumbnail, thumb_key)
        )
        return {"s3_key": key, "thumb_s3_key": thumb_key}, {"image_url": image_url, "thumbnail_url": thumbnail_url}

    async def upload_body_image(self, user_id: str, body_id: str, file_data: bytes) -> tuple[str, str]:
        image = await run_in_threadpool(ImageProcessor.resize_image, file_data)
        key = self.path_builder.body_path(user_id, body_id)
        return key, await self.s3_client.upload_file(image, key)

    def url(self, stored_url: str | None, s3_key: str | None) -> str | None:
        if s3_key is None or settings.SIGN_URLS_AT == "upload":
            return stored_url
        return self.s3_client.generate_presigned_url(s3_key)
