"""Which reader some figures are of: a digest of its code, layouts and nets.

Comments, docstrings and line breaks do not count: they read nothing.
"""

from __future__ import annotations

import ast
from functools import cache
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_DATA = ("ocr/layouts/*.json", "ocr/model/*.json", "ocr/model/*.onnx")


@cache
def reader_digest(root: Path = ROOT) -> str:
    """Twelve hexadecimal digits; the same for code that does the same, line by line."""
    digest = sha256()
    for file in sorted((root / "ocr").glob("*.py")):
        digest.update(file.name.encode() + _strip(file.read_text(encoding="utf-8")).encode())
    for pattern in _DATA:
        for file in sorted(root.glob(pattern)):
            digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()[:12]


def _strip(source: str) -> str:
    """The code without what only people read: strings that stand alone among statements."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [one for one in body if not _is_text(one)]  # type: ignore[attr-defined]
    return ast.dump(tree)


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
