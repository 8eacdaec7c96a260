import asyncio

from bson import ObjectId
from motor.motor_asyncio import AsyncIOMotorDatabase


class ClothingRepository:
    def __init__(self, db: AsyncIOMotorDatabase):
        self.collection = db.clothing

    async def create_clothing(self, clothing_data: dict) -> dict:
        await self.collection.insert_one(clothing_data)
        return clothing_data

    async def get_user_clothing(
        self, user_id: ObjectId, skip: int = 0, limit: int = 10, category: str | None = None, brand: str | None = None
    ) -> tuple[list[dict], int]:
        filter_query = {"user_id": user_id}
        if category:
            filter_query["category"] = category
        if brand:
            filter_query["brand"] = brand
        cursor = self.collection.find(filter_query).sort([("created_at", -1), ("_id", -1)]).skip(skip).limit(limit)
        return await asyncio.gather(cursor.to_list(length=limit), self.collection.count_documents(filter_query))

    async def get_clothing_by_id(self, clothing_id: ObjectId, user_id: ObjectId) -> dict | None:
        return await self.collection.find_one({"_id": clothing_id, "user_id": user_id})
