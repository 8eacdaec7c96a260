import asyncio
from datetime import datetime, timezone

from bson import ObjectId

from app.core.errors import AppError
from app.core.storage import StorageRepository
from app.features.body.body_repo import BodyRepository
from app.features.clothing.clothing_repo import ClothingRepository
from app.features.tryon.tryon_repo import TryonRepository
from app.features.tryon.tryon_schema import TryonCreate


class TryonService:
    def __init__(self, repo: TryonRepository, clothing: ClothingRepository, bodies: BodyRepository, storage: StorageRepository):
        self.repo = repo
        self.clothing = clothing
        self.bodies = bodies
        self.storage = storage

    async def create(self, user_id: ObjectId, wish: TryonCreate) -> dict:
        """Stores the wish; the model would be run by a background task, which is not part of this comparison"""
        if not ObjectId.is_valid(wish.clothing_id):
            raise AppError("clothing_id is not an id", 400)
        garment, body = await asyncio.gather(
            self.clothing.get_clothing_by_id(ObjectId(wish.clothing_id), user_id), self.bodies.find(user_id)
        )
        if garment is None or (wish.body_id and (body is None or str(body["_id"]) != wish.body_id)):
            raise AppError("Not found", 404, "NOT_FOUND")
        if body is None or not body.get("s3_key"):
            raise AppError("A body photo is required", 409, "BODY_PHOTO_REQUIRED")
        return await self.repo.create_tryon(
            {
                "user_id": user_id,
                "body_id": body["_id"],
                "clothing_id": garment["_id"],
                "status": "pending",
                "created_at": datetime.now(timezone.utc),
                "completed_at": None,
            }
        )

    async def list(self, user_id: ObjectId, skip: int, limit: int, status: str | None) -> tuple[list[dict], int]:
        items, total = await self.repo.get_user_tryons(user_id, skip, limit, status)
        for item in items:
            item["result_image_url"] = self.storage.url(item.get("result_image_url"), item.get("s3_key"))
        return items, total
