"""The console's pages: one module a subject. Each asks the guard who reads, and shows only theirs.

Templates are in gateway/web/templates. May use `kit` and `intake`, not `api`; what a button does is
in `gateway.operations`. Tests: tests/integration/web/test_console.py, tests/browser.
"""
