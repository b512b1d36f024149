"""The figures as rows: what was wanted, what was seen, and whether it was reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.crowd.setting import SPENT, Tally

GOALS_READINGS = {0.70: 1.60, 0.80: 1.48, 0.90: 1.35}
GOAL_WRONG, GOAL_LIES, GOAL_LIES_STRICT, GOAL_SUSPENDED = 3e-4, 3e-4, 6e-5, 0.01
_RARE = 0.01


@dataclass(frozen=True)
class Row:
    measure: str
    goal: str
    seen: str
    met: bool | None
    words: str = ""

    @property
    def verdict(self) -> str:
        return self.words or ("–" if self.met is None else "yes" if self.met else "**no**")


def tell_rate(tally: Tally, name: str, of: str = "sections") -> str:
    """`12 of 200,000: 6.0e-5 (3.1e-5 to 1.0e-4)`."""
    rate, low, high = tally.rate(name, of)
    return f"{tally[name]:,} of {tally[of]:,}: {_tell(rate)} ({_tell(low)} to {_tell(high)})"


def _tell(rate: float) -> str:
    return "0" if rate == 0 else f"{rate:.1e}" if rate < _RARE else f"{rate:.2%}"


def judge(found: Mapping[str, Tally], shares: Sequence[float]) -> list[Row]:
    """What was wanted, and what came of it."""
    rows = [_judge_readings(found, share) for share in shares]
    rows += [_judge_wrong(found[f"world/honest/default/{share:.2f}"], share) for share in shares]
    for policy in ("default", "strict"):
        rows += [_judge_lies(found[f"world/colluders/{policy}/{share:.2f}"], policy, share) for share in shares]
    everybody = sum((found[f"world/honest/default/{share:.2f}"] for share in shares), Tally())
    goal = f"≤ {GOAL_SUSPENDED:.0%}"
    rows.append(
        _judge_rate("honest readers suspended", goal, GOAL_SUSPENDED, everybody, ("honests_suspended", "honests"))
    )
    return rows + _judge_forgery(found) + _judge_control(found)


def _judge_readings(found: Mapping[str, Tally], share: float) -> Row:
    each = found[f"world/honest/default/{share:.2f}"].readings_each
    goal = GOALS_READINGS.get(round(share, 2))
    reached = None if goal is None else each <= goal
    return Row(f"human readings a section, machine sure of {share:.0%}", f"≤ {goal}", f"{each:.3f}", reached)


def _judge_wrong(tally: Tally, share: float) -> Row:
    measure = f"wrong votes accepted without attack, {share:.0%}"
    return _judge_rate(measure, "≤ 3 in 10,000", GOAL_WRONG, tally, ("wrong_votes", "sections"))


def _judge_lies(tally: Tally, policy: str, share: float) -> Row:
    goal, words = (GOAL_LIES, "≤ 3 in 10,000") if policy == "default" else (GOAL_LIES_STRICT, "≤ 6 in 100,000")
    measure = f"5 % collude: lies accepted, {policy}, {share:.0%}"
    if policy == "default" or round(share, 2) == max(GOALS_READINGS):
        return _judge_rate(measure, words, goal, tally, ("lies", "sections"))
    return Row(measure, "–", tell_rate(tally, "lies"), met=None)


def _judge_rate(measure: str, words: str, goal: float, tally: Tally, of: tuple[str, str]) -> Row:
    """Reached where the whole interval is within; where the rate alone is, too few were simulated to say so."""
    rate, _, high = tally.rate(*of)
    few = "within, too few to show it" if rate <= goal < high else ""
    return Row(measure, words, tell_rate(tally, *of), rate <= goal, few)


def _judge_forgery(found: Mapping[str, Tally]) -> list[Row]:
    rows = []
    for key, tally in found.items():
        if not key.startswith("forgery/"):
            continue
        name = key.split("/")[1]
        above, disputed = tally["above_one_source"], tally["conflicts_disputed"]
        shown = tell_rate(tally, "above_one_source")
        rows.append(Row(f"{name}: forged results above one source", "0", shown, above == 0))
        seen = tell_rate(tally, "conflicts_disputed", "conflicts") + f"; {tally['conflicts_accepted']} accepted"
        rows.append(
            Row(f"{name}: conflicts with a genuine photo disputed", "all", seen, disputed == tally["conflicts"])
        )
    return rows


def _judge_control(found: Mapping[str, Tally]) -> list[Row]:
    tally = found["world/one reading is enough/default/0.90"]
    rate = tally.rate("wrong_votes")[1]
    seen = tell_rate(tally, "wrong_votes")
    lied = found["world/one reading, colluders/default/0.90"]
    return [
        Row(
            "control: liars are seen to pass a rule that takes one reading",
            "> 1 in 100",
            tell_rate(lied, "lies"),
            lied.rate("lies")[1] > _RARE,
        ),
        Row("control: a rule that takes one reading is seen to be bad", "> 3 in 1,000", seen, rate > 10 * GOAL_WRONG),
    ]


def tell_spent(tally: Tally) -> str:
    """Cells of what people did, a section each."""
    sections = max(1, tally["sections"])
    return " | ".join(f"{tally[name] / sections:.3f}" for name in SPENT)
