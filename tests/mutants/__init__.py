"""Mutants of the core: small changes of the program, each of which the tests must notice (`make
mutants`).

Not to be confused with tests/faults/mutants.py, whose few gateways are broken on purpose by hand.
"""
