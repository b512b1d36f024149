"""Whether forms are dealt to somebody: not before his exercises, and not while his reading is paused."""

from app.core.access import Principal
from app.core.errors import ForbiddenError


def require_reading(principal: Principal) -> None:
    """Check that tasks may be dealt to this person.

    Raises:
        ForbiddenError: ``training_needed`` or ``reading_paused``; says where to go.
    """
    if principal.reading == "training":
        message = "Kerjakan latihan dahulu. (Do the exercises first.)"
        remedy = "Enam latihan singkat di /latihan, kira-kira tiga menit. (Six short ones at /latihan, three minutes.)"
        raise ForbiddenError(message, remedy, code="training_needed")
    if principal.reading == "paused":
        message = "Tugas membaca untuk akun Anda sedang dijeda. (Reading is paused for your account.)"
        remedy = "Sebabnya dan cara berkeberatan ada di /saya. (Why, and how to object: see /saya.)"
        raise ForbiddenError(message, remedy, code="reading_paused")
