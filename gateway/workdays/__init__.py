"""Workdays: public holidays and makeup workdays; the gateway and the centre reckon by the same.

`model` is pure. May import events, texts and errors, no feed and no web framework.
Tests: tests/unit/workdays, tests/integration/workdays.
"""
