"""Delivers packages to the centre and settles what it answers."""
