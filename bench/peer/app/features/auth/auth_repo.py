from motor.motor_asyncio import AsyncIOMotorDatabase


class AuthRepository:
    def __init__(self, db: AsyncIOMotorDatabase):
        self.collection = db.users

    async def create_user(self, user_data: dict) -> dict:
        result = await self.collection.insert_one(user_data)
        user_data["_id"] = result.inserted_id
        return user_data

    async def find_user_by_email(self, email: str) -> dict | None:
        return await self.collection.find_one({"email": email})
