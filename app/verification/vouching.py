"""Who vouches that a photograph shows a number, where somebody else's photograph is to agree with it? Pure.

Anybody makes two hundred accounts in an evening. What they read is believed like anybody's while one photograph is all
there is. But where photographs of different people are compared, all readers whose accounts are new are one voice, and
one voice beside nothing is too little: the machine, a reader who is known, or a reviewer must state the number as well.
Otherwise forgers who read a genuine photograph would make it agree with theirs, and it would carry their numbers.

Errs towards asking: on a night when most readers are new, photographs that the machine could not read, of TPS of which
two people sent some, are looked at once more, in the end by a reviewer.
"""

from collections.abc import Iterable, Mapping

from app.verification.evidence import ReadingInput
from app.verification.page_verdict import PageVerdict


def find_unvouched(verdicts: Iterable[PageVerdict], numbers: Mapping[str, int | None]) -> tuple[str, ...]:
    """Return the fields whose number in ``numbers`` new readers alone state, on one uploader's photographs of a page.

    A number that nobody states is not among them: it is open, or unread, and asked for as such.
    """
    readings = [one for verdict in verdicts for one in verdict.readings]
    stated = {name: [one for one in readings if one.numbers.get(name) == value] for name, value in numbers.items()}
    return tuple(name for name, said in stated.items() if said and not any(vouches(one) for one in said))


def vouches(reading: ReadingInput) -> bool:
    """Tell whether this reading is more than the word of somebody whom nobody knows yet."""
    return reading.kind == "machine" or reading.mode == "review" or not reading.new_reader
