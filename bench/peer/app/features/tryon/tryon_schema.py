from datetime import datetime

from pydantic import BaseModel

from app.core.schema import Document, PyObjectId


class TryonCreate(BaseModel):
    clothing_id: str
    body_id: str | None = None


class Tryon(Document):
    body_id: PyObjectId
    clothing_id: PyObjectId
    status: str
    result_image_url: str | None = None
    model_used: str | None = None
    processing_time: float | None = None
    created_at: datetime
    completed_at: datetime | None = None


class TryonData(BaseModel):
    tryon: Tryon


class TryonListData(BaseModel):
    tryons: list[Tryon]
