"""When the numbers of a contest may be shown: not while people still vote somewhere."""

from datetime import UTC, datetime

from app.core.errors import ConflictError
from app.pemilu.definition import Contest


class NotYetPublicError(ConflictError):
    """Voting goes on somewhere; numbers are not shown before it has ended."""

    code = "not_yet_public"


def may_publish(contest: Contest, *, now: datetime | None = None) -> bool:
    """Tell whether the contest's numbers may be shown at ``now`` (with its zone; the present, when left out)."""
    return contest.publish_not_before is None or contest.publish_not_before <= (now or datetime.now(UTC))


def check_public(contest: Contest) -> Contest:
    """Return the contest if its numbers may be shown now.

    Raises:
        NotYetPublicError: not before the moment that the election file names.
    """
    if not may_publish(contest):
        when = f"{contest.publish_not_before:%Y-%m-%d %H:%M %Z}"
        raise NotYetPublicError(
            f"Angka {contest.kode} belum dibuka. (The numbers of {contest.kode} are not public yet.)",
            f"Kembali setelah {when}. (Come back after {when}.)",
        )
    return contest
