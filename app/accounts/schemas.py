"""What the account routes take and give."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from app.accounts.invites import USES_MAX
from app.core.access import Role


class Credentials(BaseModel):
    """Name and password."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"name": "sari", "password": "..."}]})

    name: str = Field(max_length=200)
    password: str = Field(max_length=1000)


class NewAccount(BaseModel):
    """An account to be made."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"name": "sari", "password": "empat kata yang mudah", "role": "volunteer"}]},
    )

    name: str = Field(max_length=200, description="Sign-in name: 2 to 40 of a-z, 0-9, dot, dash, underscore.")
    password: str = Field(max_length=1000, description="8 to 200 characters.")
    role: Role = Role.VOLUNTEER
    display_name: str = Field(default="", max_length=200)
    invite: str | None = Field(default=None, max_length=100, description="Code of an invitation, where one is needed.")
    trained: bool = Field(default=False, description="Admins only: forms are dealt at once, without the exercises.")


class PrincipalAnswer(BaseModel):
    """Who is signed in."""

    account_id: int
    name: str
    role: Role


class SessionAnswer(PrincipalAnswer):
    """Who is signed in, and the token for programs: send it as ``Authorization: Bearer TOKEN``."""

    token: str


class AccountAnswer(BaseModel):
    """An account without its secrets."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    name: str
    display_name: str
    role: Role
    state: str
    at: datetime


class NewInvite(BaseModel):
    """An invitation to be made."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"uses": 1}]})

    uses: int = Field(default=1, ge=1, le=USES_MAX, description="How many accounts may be made with it.")


class InviteAnswer(BaseModel):
    """A new invitation; the code is shown this once."""

    code: str
    address: str = Field(description="The page on which the invited person makes an account.")
    uses: int
    expires_at: datetime
