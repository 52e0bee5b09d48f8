"""Ratchets: what is still wrong with the code's form, counted by kind; each count may only go down.

`python -m tests.house` compares the tree with `counts.toml` and fails on any difference,
`--list KIND` prints each place of a kind, `--write` records counts that went down, never up.
"""
