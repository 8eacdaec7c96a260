from datetime import datetime, timezone

from bson import ObjectId

from app.core.storage import StorageRepository
from app.features.clothing.clothing_repo import ClothingRepository


class ClothingService:
    def __init__(self, repo: ClothingRepository, storage: StorageRepository):
        self.repo = repo
        self.storage = storage

    async def create(self, user_id: ObjectId, image: bytes, name: str, category: str, brand: str | None) -> dict:
        clothing_id = ObjectId()
        keys, urls = await self.storage.upload_clothing_image(str(user_id), str(clothing_id), image)
        now = datetime.now(timezone.utc)
        return await self.repo.create_clothing(
            {
                "_id": clothing_id,
                "user_id": user_id,
                "name": name,
                "category": category,
                "brand": brand,
                **urls,
                **keys,
                "created_at": now,
                "updated_at": now,
            }
        )

    async def list(
        self, user_id: ObjectId, skip: int, limit: int, category: str | None, brand: str | None
    ) -> tuple[list[dict], int]:
        items, total = await self.repo.get_user_clothing(user_id, skip, limit, category, brand)
        for item in items:
            item["image_url"] = self.storage.url(item["image_url"], item["s3_key"])
            item["thumbnail_url"] = self.storage.url(item["thumbnail_url"], item["thumb_s3_key"])
        return items, total
