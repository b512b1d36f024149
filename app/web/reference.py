"""The API's reference as a plain page made from its OpenAPI: no script, no other host, works offline and on paper."""

import json
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import HTMLResponse

from app.core.access import is_public, public
from app.web.rendering import render

router = APIRouter(include_in_schema=False)

_DEPTH_MAX = 4


@dataclass(frozen=True)
class Parameter:
    """A part of the address, a query value or a field of the body."""

    name: str
    place: str
    kind: str
    required: bool
    description: str


@dataclass(frozen=True)
class Answer:
    """One answer that an operation may give, with an example of its body."""

    status: str
    description: str
    content: str
    example: str


@dataclass(frozen=True)
class Operation:
    """One method of one address."""

    method: str
    path: str
    summary: str
    description: str
    access: str
    parameters: tuple[Parameter, ...]
    answers: tuple[Answer, ...]

    @property
    def anchor(self) -> str:
        """Name of its place on the page."""
        return f"{self.method.lower()}{self.path}".replace("/", "-").replace("{", "").replace("}", "")


@router.get("/docs", dependencies=[public()])
async def show_reference(request: Request) -> HTMLResponse:
    """Show every operation of the API by subject."""
    app: FastAPI = request.app
    groups = describe_operations(app)
    return render(request, "reference.html", groups=groups, introduction=app.description)


def describe_operations(app: FastAPI) -> dict[str, tuple[Operation, ...]]:
    """Return {subject: operations} of ``app`` in the order of its routers."""
    document = app.openapi()
    groups: dict[str, list[Operation]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            tag = (operation.get("tags") or ["other"])[0]
            access = "public" if is_public(app, path=path, method=method.upper()) else "signed in"
            groups.setdefault(tag, []).append(_describe(document, path, method, operation, access))
    return {tag: tuple(operations) for tag, operations in groups.items()}


def _describe(document: dict[str, Any], path: str, method: str, operation: dict[str, Any], access: str) -> Operation:
    parameters = [_describe_parameter(document, parameter) for parameter in operation.get("parameters", [])]
    for content, body in operation.get("requestBody", {}).get("content", {}).items():
        parameters.extend(_describe_body(document, content, body))
    answers = (
        _describe_answer(document, status, answer)
        for status, answer in sorted(operation["responses"].items())
        # FastAPI adds its own 422 to everything; ours looks like every other error.
        if "HTTPValidationError" not in json.dumps(answer)
    )
    return Operation(
        method=method.upper(),
        path=path,
        summary=operation.get("summary", ""),
        description=operation.get("description", ""),
        access=access,
        parameters=tuple(parameters),
        answers=tuple(answers),
    )


def _describe_parameter(document: dict[str, Any], parameter: dict[str, Any]) -> Parameter:
    return Parameter(
        name=parameter["name"],
        place=parameter["in"],
        kind=_name_kind(document, parameter.get("schema", {})),
        required=parameter.get("required", False),
        description=parameter.get("description", ""),
    )


def _describe_body(document: dict[str, Any], content: str, body: dict[str, Any]) -> list[Parameter]:
    schema = _resolve(document, body.get("schema", {}))
    return [
        Parameter(
            name=name,
            place="body" if content == "application/json" else content,
            kind=_name_kind(document, part),
            required=name in schema.get("required", []),
            description=part.get("description", ""),
        )
        for name, part in schema.get("properties", {}).items()
    ]


def _describe_answer(document: dict[str, Any], status: str, answer: dict[str, Any]) -> Answer:
    contents: dict[str, dict[str, Any]] = answer.get("content", {})
    content = next(iter(contents), "")
    example = ""
    if content == "application/json":
        schema = contents[content].get("schema", {})
        shown = contents[content].get("example") or make_example(document, schema)
        example = json.dumps(shown, indent=2, ensure_ascii=False)
    elif "example" in contents.get(content, {}):
        example = contents[content]["example"]
    return Answer(status=status, description=answer.get("description", ""), content=content, example=example)


def _resolve(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in schema:
        return schema
    found: dict[str, Any] = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return found


def _name_kind(document: dict[str, Any], schema: dict[str, Any]) -> str:
    schema = _resolve(document, schema)
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if "anyOf" in schema:
        return " or ".join(_name_kind(document, part) for part in schema["anyOf"])
    if schema.get("type") == "array":
        return f"list of {_name_kind(document, schema.get('items', {}))}"
    return str(schema.get("format") or schema.get("type") or "any")


def make_example(document: dict[str, Any], schema: dict[str, Any], depth: int = 0) -> Any:  # noqa: ANN401 - any JSON
    """Return a value of ``schema``'s shape: its own example where it has one, else the kinds by name."""
    schema = _resolve(document, schema)
    stated = schema.get("examples") or ([schema["example"]] if "example" in schema else [])
    if stated:
        return stated[0]
    if depth > _DEPTH_MAX:
        return "..."
    if "anyOf" in schema:
        return make_example(document, schema["anyOf"][0], depth + 1)
    if schema.get("type") == "object" or "properties" in schema:
        return {name: make_example(document, part, depth + 1) for name, part in schema.get("properties", {}).items()}
    if schema.get("type") == "array":
        return [make_example(document, schema.get("items", {}), depth + 1)]
    return schema.get("default", _name_kind(document, schema))
