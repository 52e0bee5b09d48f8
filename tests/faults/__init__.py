"""The fault suite: seeded faults on a real town, and a checker that trusts nothing."""
