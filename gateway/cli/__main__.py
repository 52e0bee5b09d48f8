"""Lets `python -m gateway.cli` do what `creditgate` does."""

from gateway.cli import main

main()
