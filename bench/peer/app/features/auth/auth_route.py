from fastapi import APIRouter, Depends

from app.core.database import get_db
from app.features.auth.auth_repo import AuthRepository
from app.features.auth.auth_schema import AuthLogin, AuthSignup, TokensResponse
from app.features.auth.auth_service import AuthService

router = APIRouter(prefix="/auth", tags=["auth"])


def get_auth_service(db=Depends(get_db)) -> AuthService:
    return AuthService(AuthRepository(db))


@router.post("/signup", response_model=TokensResponse, status_code=201)
async def signup(auth: AuthSignup, service: AuthService = Depends(get_auth_service)):
    return await service.signup(auth)


@router.post("/login", response_model=TokensResponse)
async def login(auth: AuthLogin, service: AuthService = Depends(get_auth_service)):
    return await service.login(auth)
