"""The conformance kit: cases as data, run against a real central database, and certificates."""
