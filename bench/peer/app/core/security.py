from datetime import datetime, timedelta, timezone

import bcrypt
import jwt
from bson import ObjectId
from fastapi import Depends
from fastapi.concurrency import run_in_threadpool
from fastapi.security import OAuth2PasswordBearer

from app.core.config import settings
from app.core.database import get_db
from app.core.errors import AppError

oauth2_scheme = OAuth2PasswordBearer(tokenUrl=f"{settings.API_V1_STR}/auth/login")


async def hash_password(password: str) -> str:
    # In a thread: bcrypt takes a quarter of a second and releases the interpreter lock meanwhile.
    salt = bcrypt.gensalt(settings.BCRYPT_COST)
    return (await run_in_threadpool(bcrypt.hashpw, password.encode(), salt)).decode()


async def verify_password(password: str, hashed: str) -> bool:
    return await run_in_threadpool(bcrypt.checkpw, password.encode(), hashed.encode())


def create_token(subject: str, kind: str, lifetime: timedelta) -> str:
    now = datetime.now(timezone.utc)
    return jwt.encode({"sub": subject, "type": kind, "iat": now, "exp": now + lifetime}, settings.JWT_SECRET_KEY, algorithm=settings.JWT_ALGORITHM)


async def get_current_user(token: str = Depends(oauth2_scheme), db=Depends(get_db)) -> dict:
    unauthorized = AppError("Could not validate credentials", 401, "UNAUTHORIZED")
    try:
        payload = jwt.decode(token, settings.JWT_SECRET_KEY, algorithms=[settings.JWT_ALGORITHM])
    except jwt.PyJWTError:
        raise unauthorized
    if payload.get("type") != "access" or not ObjectId.is_valid(payload.get("sub", "")):
        raise unauthorized
    user = await db.users.find_one({"_id": ObjectId(payload["sub"])})
    if user is None or not user["is_active"]:
        raise unauthorized
    return user
