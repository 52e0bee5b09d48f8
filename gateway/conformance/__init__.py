"""The conformance kit: cases as data, run against a real central database, ending in a certificate.

`receiver` plays a gateway against a centre, `sender` holds a department's feed against its duties.
Knows nothing of our own centre. Tests: tests/integration/conformance.
"""
