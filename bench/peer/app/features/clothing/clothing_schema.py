from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from app.core.schema import Document

Category = Literal["tops", "bottoms", "dresses", "outerwear", "shoes", "accessories"]


class Clothing(Document):
    name: str
    category: Category
    brand: str | None = None
    image_url: str
    thumbnail_url: str
    created_at: datetime
    updated_at: datetime


class ClothingData(BaseModel):
    clothing: Clothing


class ClothingListData(BaseModel):
    clothing: list[Clothing]
