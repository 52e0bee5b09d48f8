"""Who may send to the centre, and for which feeds: the one place that decides it, for every door.

`model` says what a sender is (pure), `tables` and `store` keep it, `directory` answers who is who
while the centre runs, `administration` is what people change, each change an audit entry.
Knows nothing of intake, records or Flask. Tests: tests/attacks/test_centre_senders.py,
tests/attacks/test_sender_races.py.
"""
