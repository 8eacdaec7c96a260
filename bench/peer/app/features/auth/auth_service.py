from datetime import datetime, timedelta, timezone

from pymongo.errors import DuplicateKeyError

from app.core.config import settings
from app.core.errors import AppError
from app.core.security import create_token, hash_password, verify_password
from app.features.auth.auth_repo import AuthRepository
from app.features.auth.auth_schema import AuthLogin, AuthSignup


class AuthService:
    def __init__(self, repo: AuthRepository):
        self.repo = repo

    async def signup(self, auth_data: AuthSignup) -> dict:
        now = datetime.now(timezone.utc)
        user = {
            "email": auth_data.email.lower(),
            "password": await hash_password(auth_data.password),
            "name": auth_data.name,
            "role": "user",
            "avatar_url": None,
            "is_active": True,
            "email_verified": False,
            "created_at": now,
            "updated_at": now,
        }
        try:
            return self._tokens(await self.repo.create_user(user))
        except DuplicateKeyError:
            raise AppError("Email already registered", 409, "EMAIL_TAKEN")

    async def login(self, auth_data: AuthLogin) -> dict:
        user = await self.repo.find_user_by_email(auth_data.email.lower())
        if user is None or not await verify_password(auth_data.password, user["password"]):
            raise AppError("Could not validate credentials", 401, "UNAUTHORIZED")
        return self._tokens(user)

    def _tokens(self, user: dict) -> dict:
        subject = str(user["_id"])
        return {
            "access_token": create_token(subject, "access", timedelta(minutes=settings.ACCESS_TOKEN_MINUTES)),
            "refresh_token": create_token(subject, "refresh", timedelta(days=30)),
            "expires_in": settings.ACCESS_TOKEN_MINUTES * 60,
            "data": {"user": user},
        }
