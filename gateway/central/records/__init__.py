"""What the centre holds: packages and records, their tables, and the questions asked of them.

May import texts, errors, clock, protocol, standard, audit and the toolkit of stores alone.
Tests: tests/integration/central, tests/attacks/test_centre_questions.py.
"""
