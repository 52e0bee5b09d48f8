"""A made-up Huizhou: three departments, an exchange platform and a centre, each a real server.

It starts both products as an operator would, and may import anything but the commands.
Tests: tests/acceptance/test_newcomer.py, tests/browser (on its console).
"""
