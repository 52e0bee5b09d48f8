"""Answers of SOAP services, read: pure, and loaded without zeep, for a reader runs it."""
