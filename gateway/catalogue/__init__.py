"""The catalogue: what the exchange platform says of each feed, and the times that follow.

`model` reckons slots, windows and deadlines (pure); `keeper` fetches the catalogue and keeps the
last good one. May import settings, events and workdays, not the exchange.
Tests: tests/unit/catalogue.
"""
