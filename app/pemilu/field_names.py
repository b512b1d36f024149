"""Words for fields, made from the contest itself: the form's own names, so Indonesian in both languages."""

from app.pemilu.definition import Contest

_ABBREVIATIONS = {"dpt": "DPT", "dptb": "DPTb", "dpk": "DPK"}
_ENDINGS = {"l": "(L)", "p": "(P)", "j": "(jumlah)"}


def name_field(contest: Contest, field: str) -> str:
    """Return what a field holds: ``1. Anies ...`` for a choice, else the form's name of it, ``suara tidak sah``."""
    for choice in contest.choices:
        if choice.field == field:
            return f"{choice.nomor_urut}. {choice.nama}"
    return spell_field(field)


def name_briefly(contest: Contest, field: str) -> str:
    """Return the same, short: ``No. 1`` for a choice."""
    for choice in contest.choices:
        if choice.field == field:
            return f"No. {choice.nomor_urut}"
    return spell_field(field)


def spell_field(field: str) -> str:
    """Return the form's own name of a field or of a block of fields: ``pengguna DPTb (L)``."""
    words = field.split("_")
    ending = _ENDINGS.get(words[-1]) if len(words) > 1 else None
    spelled = [_ABBREVIATIONS.get(word, word) for word in (words[:-1] if ending else words)]
    return " ".join([*spelled, ending] if ending else spelled)
