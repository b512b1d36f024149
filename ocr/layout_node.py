"""A JSON document that knows, at every value, where in the file it is: so that an error can say it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
Point = tuple[float, float]
Rect = tuple[float, float, float, float]


class LayoutError(ValueError):
    """A layout file that must not be used: where in it, what is wrong, and what to do."""

    code = "layout_invalid"

    def __init__(self, path: str, wrong: str, remedy: str) -> None:
        self.path = path
        super().__init__(f"{path}: {wrong}; {remedy}")


def _object_without_repeats(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    """Refuse what `json` would silently resolve by keeping the last of two equal names."""
    seen: dict[str, Json] = {}
    for name, value in pairs:
        if name in seen:
            raise LayoutError(name, "the name stands twice in one object", "rename or remove one of the two")
        seen[name] = value
    return seen


@dataclass(frozen=True)
class Node:
    """One value of the document and its path, e.g. `pages.2.fields.suara_01`."""

    path: str
    value: Json

    def fail(self, wrong: str, remedy: str) -> LayoutError:
        return LayoutError(self.path, wrong, remedy)

    def get(self, name: str) -> Node:
        """The value under `name`; it must be there."""
        members = self._object()
        if name not in members:
            raise self.fail(f"{name!r} is missing", f"add {name!r}")
        return Node(self._under(name), members[name])

    def optional(self, name: str) -> Node | None:
        return self.get(name) if name in self._object() else None

    def members(self) -> Iterator[tuple[str, Node]]:
        for name, value in self._object().items():
            yield name, Node(self._under(name), value)

    def items(self) -> list[Node]:
        if not isinstance(self.value, list):
            raise self.fail("a list is wanted", "write [...]")
        return [Node(f"{self.path}[{at}]", value) for at, value in enumerate(self.value)]

    def text(self) -> str:
        if not isinstance(self.value, str) or not self.value.strip():
            raise self.fail(f"text is wanted, not {self.value!r}", 'write a text that is not empty, as "..."')
        return self.value

    def flag(self) -> bool:
        if not isinstance(self.value, bool):
            raise self.fail(f"true or false is wanted, not {self.value!r}", "write true or false")
        return self.value

    def whole(self) -> int:
        if not isinstance(self.value, int) or isinstance(self.value, bool):
            raise self.fail(f"a whole number is wanted, not {self.value!r}", "write digits only")
        return self.value

    def number(self) -> float:
        if not isinstance(self.value, int | float) or isinstance(self.value, bool) or not math.isfinite(self.value):
            raise self.fail(f"a number is wanted, not {self.value!r}", "write a finite number of millimetres")
        return float(self.value)

    def size(self) -> float:
        """A length that must be greater than zero."""
        length = self.number()
        if length <= 0:
            raise self.fail(f"{length} is not greater than 0", "write a length in millimetres")
        return length

    def point(self) -> Point:
        x, y = self._numbers(2, "[x, y]")
        return x, y

    def rect(self) -> Rect:
        x0, y0, x1, y1 = self._numbers(4, "[left, top, right, bottom]")
        if x1 <= x0 or y1 <= y0:
            raise self.fail(
                f"{self.value} has no area", "write [left, top, right, bottom] with left < right, top < bottom"
            )
        return x0, y0, x1, y1

    def four(self, shape: str) -> list[Node]:
        """Four values, as `shape` says."""
        return self._exactly(4, shape)

    def _numbers(self, count: int, shape: str) -> list[float]:
        return [item.number() for item in self._exactly(count, shape)]

    def _exactly(self, count: int, shape: str) -> list[Node]:
        items = self.items()
        if len(items) != count:
            raise self.fail(f"{count} numbers are wanted, not {len(items)}", f"write {shape} in millimetres")
        return items

    def _object(self) -> dict[str, Json]:
        if not isinstance(self.value, dict):
            raise self.fail("an object is wanted", "write {...}")
        return self.value

    def _under(self, name: str) -> str:
        return name if self.path == "(file)" else f"{self.path}.{name}"


def parse_json(data: bytes) -> Node:
    """The document as a node; refuses bytes that are no JSON and objects that name something twice."""
    try:
        return Node("(file)", json.loads(data, object_pairs_hook=_object_without_repeats))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise LayoutError("(file)", f"this is no JSON: {error}", "save the file as UTF-8 JSON") from error
