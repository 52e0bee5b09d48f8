"""Alerts: what a person must know now, told by e-mail and webhook, with what to do and where.

`rules` says what is an alert (pure), `deadlines` when a catalogue item is late, `watch` opens and
closes them, `channels` sends. May read the exchange's and the catalogue's stores; nothing below
imports this. Tests: tests/integration/alerts.
"""
