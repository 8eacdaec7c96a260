import asyncio

from bson import ObjectId
from motor.motor_asyncio import AsyncIOMotorDatabase


class TryonRepository:
    def __init__(self, db: AsyncIOMotorDatabase):
        self.collection = db.tryon

    async def create_tryon(self, tryon_data: dict) -> dict:
        result = await self.collection.insert_one(tryon_data)
        tryon_data["_id"] = result.inserted_id
        return tryon_data

    async def get_user_tryons(self, user_id: ObjectId, skip: int, limit: int, status: str | None) -> tuple[list[dict], int]:
        filter_query = {"user_id": user_id}
        if status:
            filter_query["status"] = status
        cursor = self.collection.find(filter_query).sort([("created_at", -1), ("_id", -1)]).skip(skip).limit(limit)
        return await asyncio.gather(cursor.to_list(length=limit), self.collection.count_documents(filter_query))
