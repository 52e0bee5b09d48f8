"""The gateway's database as a whole: opened, locked, migrated, kept small, sealed anew.

`schema` names every room's tables and their version, `migrations` has the steps, `retention` says
what is kept and for how long. May import the tables and stores of the rooms below.
Tests: tests/unit/store, tests/integration/store.
"""
