"""What the gateway says it sent, held against what the centre has, record by record.

`sets` compares through what it is handed and imports no store; `compare` hands it both ends,
`report` says it to people. May import the exchange and the destinations.
Tests: tests/attacks/test_same_records.py, tests/integration/delivery/test_delivery.py.
"""
