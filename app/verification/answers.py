"""From the services' views to what the routes send."""

from dataclasses import asdict

from app.verification.queue import DealtTask
from app.verification.schemas import (
    CommitmentAnswer,
    DecisionAnswer,
    OpenReadingAnswer,
    ReasonAnswer,
    SectionAnswer,
    SentenceAnswer,
    TaskAnswer,
    TaskField,
    TaskSum,
)
from app.verification.sentences import explain
from app.verification.views import DecisionView, SectionView


def answer_task_as(task: DealtTask) -> TaskAnswer:
    """Return a task as its holder gets it."""
    own = f"/api/v1/tasks/{task.id}"
    return TaskAnswer(
        id=task.id,
        pemilihan=task.contest.kode,
        section=task.section,
        mode=task.mode,
        fields=[
            TaskField(name=name, page=page.page, crop=f"{own}/crops/{name}.jpg")
            for page in task.pages
            for name in page.fields
        ],
        pages={page.page: f"{own}/pages/{page.page}.jpg" for page in task.pages},
        shown=None if task.shown is None else dict(task.shown),
        sums=[TaskSum(total=total, terms=list(terms)) for total, terms in task.sums],
        leased_until=task.leased_until,
    )


def answer_section(view: SectionView) -> SectionAnswer:
    """Return a section as anybody gets it."""
    return SectionAnswer(
        section=view.section,
        round=view.round,
        state=view.state,
        waits_for=_say(view.why) if view.why and view.state == "waiting" else None,
        decision=None if view.decision is None else _answer_decision(view.decision),
        commitments=[CommitmentAnswer(**asdict(one)) for one in view.commitments],
        updated_at=view.updated_at,
    )


_OTHERWISE = frozenset({"sentences", "readings", "reasons", "inputs"})
"""What a view of a decision holds in another shape than its answer, or does not tell."""


def _answer_decision(view: DecisionView) -> DecisionAnswer:
    known = {name: value for name, value in vars(view).items() if name not in _OTHERWISE}
    return DecisionAnswer(
        **known,
        sentences=[_say(code) for code in view.sentences],
        readings=[OpenReadingAnswer(**asdict(one)) for one in view.readings],
        reasons={field: [ReasonAnswer(id=one.id, en=one.en) for one in lines] for field, lines in view.reasons.items()},
    )


def _say(code: str) -> SentenceAnswer:
    sentence = explain(code)
    return SentenceAnswer(code=code, id=sentence.id, en=sentence.en)
