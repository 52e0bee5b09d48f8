"""gateway.yaml as values: `model` is the whole file, `load` reads it.

Settings open nothing: no connection, no web framework. `kinds` looks up the adapter kinds that are
installed, because each kind checks its own settings. Tests: tests/unit/settings, tests/attacks.
"""
