"""Every setting, typed, read once at the entry points and handed on; nothing below them reads the environment."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What the environment may say. All names begin with SHIFTLINE_, but for DATABASE_URL and Twilio's own."""

    model_config = SettingsConfigDict(env_prefix="SHIFTLINE_", env_file=".env", extra="ignore")

    database_url: SecretStr | None = Field(default=None, validation_alias="DATABASE_URL")
    database_pooled: bool = False
    var: Path = Path("var")
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = "http://127.0.0.1:8000"
    vault_keys: SecretStr | None = None
    vault_index_key: SecretStr | None = None
    spool: Path | None = None  # a folder in `var` where none is given
    spool_max_bytes: int = 256_000_000
    max_body_bytes: int = 1_000_000
    max_roster_bytes: int = 50_000_000
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    metrics_host: str = "127.0.0.1"
    metrics_port: int = 0  # none
    hooks_private: bool = False
    smtp_url: SecretStr | None = None
    mail_from: str = ""
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr = SecretStr("")
    oidc_name: str = "OpenID Connect"
    audit_months: int = Field(default=24, ge=1)

    twilio_account_sid: str = Field(default="", validation_alias="TWILIO_ACCOUNT_SID")
    twilio_auth_token: SecretStr = Field(default=SecretStr(""), validation_alias="TWILIO_AUTH_TOKEN")
    twilio_messaging_service_sid: str = Field(default="", validation_alias="TWILIO_MESSAGING_SERVICE_SID")
    twilio_api_url: str = ""
    twilio_timeout_seconds: float = 20.0

    @field_validator("database_url", mode="after")
    @classmethod
    def _driver(cls, given: SecretStr | None) -> SecretStr | None:
        """Any usual PostgreSQL address will do; the driver is ours to choose."""
        if given is None or not given.get_secret_value().strip():
            return None
        scheme, _, rest = given.get_secret_value().partition("://")
        if scheme.split("+")[0] not in {"postgres", "postgresql"} or not rest:
            raise ValueError("DATABASE_URL must be a PostgreSQL address, such as postgresql://user@host/name")
        return SecretStr(f"postgresql+psycopg://{rest}")
