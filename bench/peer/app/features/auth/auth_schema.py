from pydantic import BaseModel, EmailStr, Field

from app.core.schema import Success
from app.features.users.users_schema import UserData


class AuthSignup(BaseModel):
    email: EmailStr
    password: str = Field(..., min_length=8, max_length=72)
    name: str = Field(..., min_length=2)


class AuthLogin(BaseModel):
    email: EmailStr
    password: str


class TokensResponse(Success[UserData]):
    access_token: str
    token_type: str = "bearer"
    expires_in: int
    refresh_token: str
