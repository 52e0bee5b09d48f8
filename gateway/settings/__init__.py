"""gateway.yaml as values: `model` is the whole file, `load` reads it."""
