"""The console's pages: one module a subject.

Each asks the guard who reads, and shows only what is theirs.
"""
