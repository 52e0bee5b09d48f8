"""Delivers packages to the centre and settles what it answers.

`worker` claims messages and sends them by a destination, `settle` counts the verdicts, `split`
parts a package that was refused whole. May import the exchange, for what a verdict belongs to;
the exchange does not import this. Tests: tests/integration/delivery.
"""
