"""Alerts: what a person must know now, told by e-mail and webhook, with what to do and where."""
