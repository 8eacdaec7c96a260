from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_file=".env", extra="ignore")

    API_V1_STR: str = "/api/v1"

    MONGODB_URI: str = "mongodb://localhost:27017"
    MONGODB_DATABASE: str = "wearit"

    JWT_SECRET_KEY: str
    JWT_ALGORITHM: str = "HS256"
    ACCESS_TOKEN_MINUTES: int = 15
    BCRYPT_COST: int = 12

    AWS_REGION_NAME: str = "us-east-1"
    AWS_BUCKET_NAME: str = "wearit-storage"
    AWS_ACCESS_KEY_ID: str
    AWS_SECRET_ACCESS_KEY: str
    AWS_ENDPOINT_URL: str | None = None

    # "read": URLs are signed when they are read, as the contract wants. "upload": the URL signed at the upload is stored and answered, as
    # the source documents are written; it stops working after an hour.
    SIGN_URLS_AT: str = "read"


settings = Settings()
