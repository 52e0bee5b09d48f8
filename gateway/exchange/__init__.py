"""From source to outbox, one transaction a batch: fetch, map, check, compare, pack, commit.

And its memory: what was sent (`feed_store`), units (`unit_store`, `source_units`), refusals, slots;
how a record is found again (`blind_index`, `lineage`); what the department is told (`acknowledge`).
The steps are pure but the first and the last. May import adapters, outbox and the rooms below, not
delivery.
Tests: tests/unit/exchange, tests/integration/exchange.
"""
