"""The pipeline of a record: fetch, map, check, compare, pack, commit.

All steps are pure but the first and the last.
"""
