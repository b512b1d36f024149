"""Drills: the service under real trouble, in a folder of its own, with checks that do not take the service's word.

A drill is one module or package here whose `command` is a function for typer; `workers/cli/drill.py` lists it in one
line. It prints its seed, returns normally when all checks held, and raises `DrillFailedError` when one did not.
"""

from app.core.errors import RunutError


class DrillFailedError(RunutError):
    """A check of a drill did not hold; the message says which, the remedy where everything was kept."""

    status = 500
    code = "drill_failed"
