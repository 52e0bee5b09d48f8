"""Which store this is, and its generations: each restore begins a new one.

Also the receipt numbers that were lost with it, which submissions and the exchange both ask for.
May import texts and the toolkit of stores alone.
Tests: tests/integration/exchange/test_restores.py,
tests/integration/exchange/test_lost_receipts.py.
"""
