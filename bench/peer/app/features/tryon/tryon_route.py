from typing import Annotated

from fastapi import APIRouter, Depends, Query

from app.core.database import get_db
from app.core.schema import Success, SuccessPage
from app.core.security import get_current_user
from app.core.storage import StorageRepository
from app.features.body.body_repo import BodyRepository
from app.features.clothing.clothing_repo import ClothingRepository
from app.features.tryon.tryon_repo import TryonRepository
from app.features.tryon.tryon_schema import TryonCreate, TryonData, TryonListData
from app.features.tryon.tryon_service import TryonService

router = APIRouter(prefix="/tryon", tags=["tryon"])


def get_service(db=Depends(get_db)) -> TryonService:
    return TryonService(TryonRepository(db), ClothingRepository(db), BodyRepository(db), StorageRepository())


@router.post("", response_model=Success[TryonData], status_code=202)
async def create_tryon(
    wish: TryonCreate, current_user: dict = Depends(get_current_user), service: TryonService = Depends(get_service)
):
    return {"data": {"tryon": await service.create(current_user["_id"], wish)}}


@router.get("", response_model=SuccessPage[TryonListData])
async def get_user_tryons(
    skip: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=100)] = 10,
    status: str | None = None,
    current_user: dict = Depends(get_current_user),
    service: TryonService = Depends(get_service),
):
    items, total = await service.list(current_user["_id"], skip, limit, status)
    return {"data": {"tryons": items}, "pagination": {"skip": skip, "limit": limit, "total": total}}
