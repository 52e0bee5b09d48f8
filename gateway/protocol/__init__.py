"""What a sender and a centre say to each other; both ends import it.

Writers and readers stand side by side: packages, receipts, headers, signatures, digests of sets,
and the bindings `soap`, `drop` and `nats`. Pure but for the bindings; no store, no network client.
Tests: tests/unit/protocol, tests/integration/protocol.
"""
