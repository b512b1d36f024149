"""`./runut lint`: style, formatting, types, layers. Says which of them did not pass."""

import subprocess
import sys

import typer

from app.core.config import PROJECT

CHECKS = {
    "style": ["-m", "ruff", "check", "."],
    "formatting": ["-m", "ruff", "format", "--check", "."],
    "types": ["-m", "mypy"],
    # import-linter offers a program only, and a program's first line breaks when the folder is moved.
    "layers": ["-c", "from importlinter.cli import lint_imports_command as run; run()"],
}

app = typer.Typer()


def run_check(name: str, words: list[str]) -> bool:
    """Run one check in the project's folder; tell whether it passed."""
    typer.secho(f"== {name}", bold=True)
    return subprocess.run([sys.executable, *words], cwd=PROJECT, check=False).returncode == 0


@app.command()
def lint() -> None:
    """Check style, formatting, types and layers; 1 when one of them does not pass."""
    failed = [name for name, words in CHECKS.items() if not run_check(name, words)]
    if failed:
        typer.secho(f"Did not pass: {', '.join(failed)}.", fg="red", err=True)
        raise typer.Exit(1)
    typer.echo("All checks passed.")
