from bson import ObjectId
from motor.motor_asyncio import AsyncIOMotorDatabase
from pymongo import ReturnDocument


class BodyRepository:
    def __init__(self, db: AsyncIOMotorDatabase):
        self.collection = db.body

    async def find(self, user_id: ObjectId) -> dict | None:
        return await self.collection.find_one({"user_id": user_id})

    async def save(self, user_id: ObjectId, body_id: ObjectId, changes: dict, now) -> dict:
        return await self.collection.find_one_and_update(
            {"user_id": user_id},
            {"$set": {**changes, "updated_at": now}, "$setOnInsert": {"_id": body_id, "created_at": now}},
            upsert=True,
            return_document=ReturnDocument.AFTER,
        )
