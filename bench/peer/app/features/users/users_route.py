from fastapi import APIRouter, Depends

from app.core.schema import Success
from app.core.security import get_current_user
from app.features.users.users_schema import UserData

router = APIRouter(prefix="/users", tags=["users"])


@router.get("/me", response_model=Success[UserData])
async def me(current_user: dict = Depends(get_current_user)):
    return {"data": {"user": current_user}}
