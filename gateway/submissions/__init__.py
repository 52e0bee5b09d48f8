"""The way in for departments that can only call out: they post rows and get a receipt number.

Submissions wait in the gateway's own store; the adapter kind `push` fetches them like any other
source. May import adapters, settings and generations, not the exchange.
Tests: tests/unit/submissions, tests/integration/submissions.
"""
