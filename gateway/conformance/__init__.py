"""The conformance kit: cases as data, run against a real central database, ending in a certificate."""
