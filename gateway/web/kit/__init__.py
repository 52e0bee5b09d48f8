"""What pages and routes are made from: guard, session cookies, language, labels, parts of pages.

Uses no page, route or table of routes of its own: `guard` is handed the rules.
Tests: tests/integration/web/test_rules.py, tests/attacks/test_doors.py.
"""
