"""How much one account may send: it grows with work that turned out well. Pure numbers, so that anybody can check them.

An honest newcomer photographs a handful of TPS with three pages each; an attack needs thousands. Errs towards letting
an honest person send: the first day's allowance covers ten TPS with a second try of every page.
"""

FIRST_DAY = 60
A_DAY_OLDER = 20
DAYS_MAX = 7
AN_APPROVED = 2
ALLOWED_MAX = 3000


def allowed_uploads(approved: int, age: int, *, first: int = FIRST_DAY) -> int:
    """Return how many photographs and scans an account may send within a day.

    ``approved``: photographs of its own that stand behind an accepted result; ``age``: whole days since it was made;
    ``first``: what a newcomer may send. Never falls when either grows.
    """
    return min(
        max(first, ALLOWED_MAX), first + A_DAY_OLDER * min(max(age, 0), DAYS_MAX) + AN_APPROVED * max(approved, 0)
    )
