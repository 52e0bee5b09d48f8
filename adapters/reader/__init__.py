"""The process in which departments' bytes are parsed: what it may use, and how it is called.

`process` is what runs in the reader, `pool` and `client` are what the gateway calls, `wire` is what
goes between them. A reader has no key, store, network or path, only what it is handed: nothing that
it imports may import those. Tests: tests/integration/adapters/test_reader.py,
tests/unit/adapters/test_wire.py.
"""
