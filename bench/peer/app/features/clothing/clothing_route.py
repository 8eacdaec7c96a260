from typing import Annotated

from fastapi import APIRouter, Depends, File, Form, Query, UploadFile

from app.core.database import get_db
from app.core.errors import AppError
from app.core.schema import Success, SuccessPage
from app.core.security import get_current_user
from app.core.storage import StorageRepository
from app.features.clothing.clothing_repo import ClothingRepository
from app.features.clothing.clothing_schema import Category, ClothingData, ClothingListData
from app.features.clothing.clothing_service import ClothingService

MAX_UPLOAD_BYTES = 10 * 1024 * 1024

router = APIRouter(prefix="/clothing", tags=["clothing"])


def get_clothing_service(db=Depends(get_db)) -> ClothingService:
    return ClothingService(ClothingRepository(db), storage=StorageRepository())


@router.post("", response_model=Success[ClothingData], status_code=201)
async def create_clothing(
    image: Annotated[UploadFile, File()],
    name: Annotated[str, Form(min_length=1)],
    category: Annotated[Category, Form()],
    brand: Annotated[str | None, Form()] = None,
    current_user: dict = Depends(get_current_user),
    service: ClothingService = Depends(get_clothing_service),
):
    if image.size is not None and image.size > MAX_UPLOAD_BYTES:
        raise AppError("The image is larger than 10 MiB", 413, "PAYLOAD_TOO_LARGE")
    clothing = await service.create(current_user["_id"], await image.read(), name, category, brand)
    return {"data": {"clothing": clothing}}


@router.get("", response_model=SuccessPage[ClothingListData])
async def get_user_clothing(
    skip: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=100)] = 10,
    category: Category | None = None,
    brand: str | None = None,
    current_user: dict = Depends(get_current_user),
    service: ClothingService = Depends(get_clothing_service),
):
    items, total = await service.list(current_user["_id"], skip, limit, category, brand)
    return {"data": {"clothing": items}, "pagination": {"skip": skip, "limit": limit, "total": total}}
