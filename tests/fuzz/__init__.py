"""A campaign of mutated documents against each format: `python -m tests.fuzz` (`make fuzz`)."""
