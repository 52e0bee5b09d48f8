"""Who is who at the centre: all that it holds of one subject.

May import the centre's records and the standard. Tests: tests/integration/central/test_central.py.
"""
