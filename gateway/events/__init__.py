"""Events: what an operator should see. Everybody may note one.

It is near the bottom for that reason: it may import texts, masks and the toolkit of stores alone.
Tests: beside whoever notes one, such as tests/integration/exchange/test_set_aside.py.
"""
