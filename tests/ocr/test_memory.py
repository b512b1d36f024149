"""What was seen once is not looked at again, and says the same."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ocr.read import Memory, read_together
from ocr.reading import PhotoReading

Draw = Callable[..., np.ndarray]
Shoot = Callable[..., bytes]


def without_time(readings: list[PhotoReading]) -> list[PhotoReading]:
    return [replace(one, ms=0.0) for one in readings]


def test_a_remembered_companion_lends_the_same_evidence(draw: Draw, shoot: Shoot) -> None:
    second, third = ("a", shoot(draw(2))), ("b", shoot(draw(3)))
    memory = Memory()
    read_together([second], memory=memory)
    together = read_together([third, second], memory=memory)
    assert together[0].checks[0].closes is True, "the sum needs both pages"
    assert without_time(together) == without_time(read_together([third, second]))


def test_a_remembered_photograph_is_not_decoded_again(draw: Draw, shoot: Shoot) -> None:
    photo = ("a", shoot(draw(2)))
    memory = Memory(size=1)
    first = memory.observe(photo[1])
    assert memory.observe(photo[1]) is first
    memory.observe(b"no picture")
    assert memory.observe(photo[1]) is not first, "only one was to be remembered"


def test_a_refusal_is_remembered_as_well() -> None:
    memory = Memory()
    readings = [read_together([("a", b"no picture")], memory=memory)[0] for _ in range(2)]
    assert [one.refused for one in readings] == ["not_an_image", "not_an_image"]
