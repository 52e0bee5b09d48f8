"""Ways to the outside that every kind shares: addresses parsed once, connections, files.

Each connection is opened, and each file, by what a department's settings may reach (`access`); no
kind opens one by itself. Knows no kind.
Tests: tests/integration/adapters/files, tests/unit/adapters/files, tests/attacks.
"""
