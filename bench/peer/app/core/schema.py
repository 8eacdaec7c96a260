from typing import Annotated, Generic, Literal, TypeVar

from bson import ObjectId
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

T = TypeVar("T")

PyObjectId = Annotated[str, BeforeValidator(lambda value: str(value) if isinstance(value, ObjectId) else value)]


class Document(BaseModel):
    """A document as it is answered: `_id` becomes `id`"""

    model_config = ConfigDict(populate_by_name=True)

    id: PyObjectId = Field(validation_alias="_id")


class Success(BaseModel, Generic[T]):
    status: Literal["success"] = "success"
    data: T


class Pagination(BaseModel):
    skip: int
    limit: int
    total: int
    next: str | None = None


class SuccessPage(Success[T], Generic[T]):
    pagination: Pagination
