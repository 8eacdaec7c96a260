import logging
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError

from app.core import database, storage
from app.core.config import settings
from app.core.errors import AppError, app_error_handler, global_exception_handler, validation_handler
from app.features.auth.auth_route import router as auth_router
from app.features.body.body_route import router as body_router
from app.features.clothing.clothing_route import router as clothing_router
from app.features.tryon.tryon_route import router as tryon_router
from app.features.users.users_route import router as users_router

logging.basicConfig(level=logging.WARNING)


@asynccontextmanager
async def lifespan(app: FastAPI):
    await database.connect()
    await storage.connect()
    yield
    await database.mongodb.close()
    await storage.s3_client.close()


app = FastAPI(title="WearIT API", lifespan=lifespan)
app.add_exception_handler(AppError, app_error_handler)
app.add_exception_handler(RequestValidationError, validation_handler)
app.add_exception_handler(Exception, global_exception_handler)

for router in (auth_router, users_router, clothing_router, body_router, tryon_router):
    app.include_router(router, prefix=settings.API_V1_STR)


@app.get("/health/ready")
async def ready():
    return {"status": "ok"}
