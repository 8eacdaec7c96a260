from datetime import datetime

from pydantic import BaseModel

from app.core.schema import Document


class User(Document):
    email: str
    name: str
    role: str = "user"
    avatar_url: str | None = None
    is_active: bool = True
    email_verified: bool = False
    created_at: datetime
    updated_at: datetime


class UserData(BaseModel):
    user: User
