"""Reads a secret from a file that somebody gives to a command."""

from pathlib import Path

import click

from gateway.text import settings as messages


def read_secret(path: Path) -> str:
    """Return the secret in a file.

    Told on standard error where others of this machine may read it too.
    """
    if path.stat().st_mode & 0o077:
        text = messages.secret_file_open(str(path))
        click.echo(f"! {text.zh}\n  {text.en}", err=True)
    return path.read_text("utf-8").strip()
