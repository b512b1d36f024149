"""Errors a person meets: each says what was wrong, with what, and what to do. One handler renders them."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict


class ErrorAnswer(BaseModel):
    """How every error of the API looks: a stable code, what was wrong and with what, what to do."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "code": "unknown_tps",
                    "message": "TPS 3171011001999 tidak dikenal. (TPS 3171011001999 is not known.)",
                    "remedy": "Periksa kodenya. (Check the code.)",
                }
            ]
        }
    )

    code: str
    message: str
    remedy: str


class RunutError(Exception):
    """Parent of all expected errors.

    ``message`` says what was wrong and with what, ``remedy`` what to do; ``code`` is stable for programs.
    """

    status: ClassVar[int] = 400
    code: ClassVar[str] = "invalid"

    def __init__(self, message: str, remedy: str = "", *, code: str | None = None) -> None:
        """Keep the two sentences; ``code`` narrows the class's own."""
        super().__init__(f"{message} {remedy}".strip())
        self.message = message
        self.remedy = remedy
        self.error_code = code or type(self).code

    def as_json(self) -> dict[str, str]:
        """Return the body that the API answers with."""
        return {"code": self.error_code, "message": self.message, "remedy": self.remedy}


class InvalidInputError(RunutError):
    """What was sent cannot be taken as it is."""

    status = 422
    code = "invalid_input"


class NotFoundError(RunutError):
    """Nothing is known under this name."""

    status = 404
    code = "not_found"


class SignInRequiredError(RunutError):
    """Nobody is signed in."""

    status = 401
    code = "sign_in_required"


class ForbiddenError(RunutError):
    """The account may not do this."""

    status = 403
    code = "forbidden"


class ConflictError(RunutError):
    """The state of things does not allow this (any more)."""

    status = 409
    code = "conflict"


class TooLargeError(RunutError):
    """More bytes than the installation accepts."""

    status = 413
    code = "too_large"


class UnsupportedFormatError(RunutError):
    """The bytes are of a format that is not read here."""

    status = 415
    code = "unsupported_format"


class TooManyRequestsError(RunutError):
    """Too often in too short a time. ``retry_after``: seconds until it is worth trying again, if that is known."""

    status = 429
    code = "too_many_requests"

    def __init__(
        self, message: str, remedy: str = "", *, code: str | None = None, retry_after: int | None = None
    ) -> None:
        """Keep how long to wait beside the words."""
        super().__init__(message, remedy, code=code)
        self.retry_after = retry_after
