"""Answers of SOAP services, read into rows of text.

Pure, and loaded without zeep, because a reader process runs it: it may import no store, network
client or key. `adapters.soap` is the other half, which asks.
Tests: tests/unit/adapters/soap, tests/integration/adapters/soap.
"""
