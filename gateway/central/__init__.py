"""The centre, the second product: receives packages, validates them again, answers receipts.

`app` puts it together; `intake` is the way in, `records` what it holds, `senders` who may send. It
imports nothing of the gateway's half, only what both products use: protocol, standard, audit,
serving, texts and the toolkit of stores. Tests: tests/unit/central, tests/integration/central.
"""
