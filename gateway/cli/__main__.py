"""Lets `python -m gateway.cli` do what `creditgate` does."""

from creditgate import main

main()
