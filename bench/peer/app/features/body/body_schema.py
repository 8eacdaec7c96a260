from datetime import datetime

from pydantic import BaseModel

from app.core.schema import Document


class Measurements(BaseModel):
    chest: float | None = None
    waist: float | None = None
    hips: float | None = None
    shoulders: float | None = None
    arms: float | None = None


class Body(Document):
    height: float
    weight: float
    measurements: Measurements
    image_url: str | None = None
    created_at: datetime
    updated_at: datetime


class BodyData(BaseModel):
    body: Body
