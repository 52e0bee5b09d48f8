"""The departments' own door: rows pushed by programs, and the form for bodies without a system."""
