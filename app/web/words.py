"""Words for fields and sums, made from the contest itself: the form's own names, so Indonesian in both languages."""

from app.pemilu.definition import Contest
from app.pemilu.field_names import name_briefly as name_briefly
from app.pemilu.field_names import name_field as name_field
from app.pemilu.field_names import spell_field as spell_field


def name_what(contest: Contest, kind_is_sum: bool, field: str) -> str:  # noqa: FBT001 - two kinds of one name
    """Return the words for a difference's ``field``: a field's name, or a sum written out."""
    if not kind_is_sum:
        return name_field(contest, field)
    for identity in contest.identities:
        if identity.key == field:
            terms = " + ".join(name_briefly(contest, term) for term in identity.terms)
            return f"{name_briefly(contest, identity.total)} = {terms}"
    return spell_field(field)
