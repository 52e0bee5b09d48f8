"""Holds the packages that are installed against a table of published advisories, without a network.

The table is as old as the day on which it was made: it finds what it knows of, and says nothing of the rest.
Pure but for reading the table that comes with the program; it may import `yaml_text` and `messages` alone.
"""
