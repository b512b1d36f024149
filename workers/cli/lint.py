"""`./runut lint`: style, formatting, types, layers. Says which of them did not pass."""

import subprocess
import sys

import typer

from app.core.config import PROJECT

CHECKS = {
    "style": ["ruff", "check", "."],
    "formatting": ["ruff", "format", "--check", "."],
    "types": ["mypy"],
    "layers": ["importlinter.cli"],
}

app = typer.Typer()


def run_check(name: str, words: list[str]) -> bool:
    """Run one check in the project's folder; tell whether it passed."""
    typer.secho(f"== {name}: {' '.join(words)}", bold=True)
    return subprocess.run([sys.executable, "-m", *words], cwd=PROJECT, check=False).returncode == 0


@app.command()
def lint() -> None:
    """Check style, formatting, types and layers; 1 when one of them does not pass."""
    failed = [name for name, words in CHECKS.items() if not run_check(name, words)]
    if failed:
        typer.secho(f"Did not pass: {', '.join(failed)}.", fg="red", err=True)
        raise typer.Exit(1)
    typer.echo("All checks passed.")
