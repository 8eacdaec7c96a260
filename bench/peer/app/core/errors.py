import logging

from fastapi import Request, status
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

logger = logging.getLogger(__name__)


class AppError(Exception):
    def __init__(self, message: str, status_code: int = 400, code: str = "VALIDATION_ERROR"):
        self.message = message
        self.status_code = status_code
        self.code = code
        super().__init__(self.message)


def _error(status_code: int, code: str, message: str, headers: dict | None = None) -> JSONResponse:
    return JSONResponse(status_code=status_code, content={"error": {"code": code, "message": message}}, headers=headers)


async def app_error_handler(request: Request, exc: AppError):
    headers = {"WWW-Authenticate": "Bearer"} if exc.status_code == status.HTTP_401_UNAUTHORIZED else None
    return _error(exc.status_code, exc.code, exc.message, headers)


async def validation_handler(request: Request, exc: RequestValidationError):
    return _error(400, "VALIDATION_ERROR", str(exc.errors()))


async def global_exception_handler(request: Request, exc: Exception):
    logger.exception("Unhandled error")
    return _error(500, "INTERNAL_ERROR", "Internal server error")
