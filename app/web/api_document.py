"""The API's description (OpenAPI), with an example of every public read.

Most models bring their example. ``api_examples.json`` has those of answers that are made of several models, as a small
installation gave them; a test holds each against the model of its route.
"""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from fastapi import FastAPI

_EXAMPLES = Path(__file__).with_name("api_examples.json")


@lru_cache
def load_examples() -> dict[str, Any]:
    """Return {path: what a GET answers}."""
    found: dict[str, Any] = json.loads(_EXAMPLES.read_text("utf-8"))
    return found


def describe_api(app: FastAPI) -> None:
    """Have ``app`` describe itself with examples; made when somebody asks first."""
    make = app.openapi

    def describe() -> dict[str, Any]:
        if app.openapi_schema is None:
            add_examples(make())
        assert app.openapi_schema is not None, "made just now"
        return app.openapi_schema

    app.openapi = describe  # type: ignore[method-assign]


def add_examples(document: dict[str, Any]) -> None:
    """Put the examples where the answers are described; one that is text is of an answer that is no JSON."""
    for path, example in load_examples().items():
        if path not in document["paths"]:  # an installation may serve fewer routes
            continue
        contents = document["paths"][path]["get"]["responses"]["200"]["content"]
        kind = next(iter(contents)) if isinstance(example, str) else "application/json"
        contents[kind]["example"] = example
