from datetime import datetime, timezone
from typing import Annotated

from bson import ObjectId
from fastapi import APIRouter, Depends, Form, Response, UploadFile

from app.core.database import get_db
from app.core.schema import Success
from app.core.security import get_current_user
from app.core.storage import StorageRepository
from app.features.body.body_repo import BodyRepository
from app.features.body.body_schema import BodyData

router = APIRouter(prefix="/body", tags=["body"])


def get_body_repo(db=Depends(get_db)) -> BodyRepository:
    return BodyRepository(db)


@router.put("", response_model=Success[BodyData])
async def put_body(
    response: Response,
    height: Annotated[float, Form(gt=0)],
    weight: Annotated[float, Form(gt=0)],
    image: UploadFile | None = None,
    chest: Annotated[float | None, Form()] = None,
    waist: Annotated[float | None, Form()] = None,
    hips: Annotated[float | None, Form()] = None,
    shoulders: Annotated[float | None, Form()] = None,
    arms: Annotated[float | None, Form()] = None,
    current_user: dict = Depends(get_current_user),
    repo: BodyRepository = Depends(get_body_repo),
):
    user_id = current_user["_id"]
    present = await repo.find(user_id)
    body_id = present["_id"] if present else ObjectId()
    measurements = {"chest": chest, "waist": waist, "hips": hips, "shoulders": shoulders, "arms": arms}
    changes = {"height": height, "weight": weight, "measurements": measurements}
    storage = StorageRepository()
    if image is not None:
        key, url = await storage.upload_body_image(str(user_id), str(body_id), await image.read())
        changes |= {"s3_key": key, "image_url": url}
    body = await repo.save(user_id, body_id, changes, datetime.now(timezone.utc))
    body["image_url"] = storage.url(body.get("image_url"), body.get("s3_key"))
    response.status_code = 200 if present else 201
    return {"data": {"body": body}}
