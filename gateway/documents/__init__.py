"""Documents that people keep: the standard's reference, collection templates, reports of checks.

Made from the standard as it was read from the XSD, and from what the exchange found in a file.
Sends and stores nothing. Tests: tests/unit/documents.
"""
