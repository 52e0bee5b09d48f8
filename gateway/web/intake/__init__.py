"""The departments' own door: rows pushed by programs, and the form for bodies without a system.

Checks who asks and reads what came; `gateway.submissions` keeps it. May use `kit` alone of the web.
Tests: tests/integration/submissions, tests/attacks/test_foreign_requests.py.
"""
