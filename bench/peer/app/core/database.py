from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorDatabase

from app.core.config import settings


class MongoDB:
    def __init__(self):
        self.client: AsyncIOMotorClient | None = None
        self.db: AsyncIOMotorDatabase | None = None

    async def connect(self, db_url: str, db_name: str):
        self.client = AsyncIOMotorClient(db_url, tz_aware=True)
        self.db = self.client[db_name]
        await self.create_indexes()

    async def create_indexes(self):
        await self.db.users.create_index("email", unique=True)
        await self.db.users.create_index([("created_at", -1)])
        await self.db.clothing.create_index("user_id")
        await self.db.clothing.create_index([("user_id", 1), ("category", 1)])
        await self.db.clothing.create_index([("user_id", 1), ("brand", 1)])
        await self.db.body.create_index("user_id", unique=True)
        await self.db.tryon.create_index("user_id")
        await self.db.tryon.create_index([("user_id", 1), ("body_id", 1)])
        await self.db.tryon.create_index([("user_id", 1), ("status", 1)])
        await self.db.tryon.create_index([("created_at", -1)])

    async def close(self):
        if self.client:
            self.client.close()


mongodb = MongoDB()


async def connect():
    await mongodb.connect(settings.MONGODB_URI, settings.MONGODB_DATABASE)


async def get_db() -> AsyncIOMotorDatabase:
    return mongodb.db
