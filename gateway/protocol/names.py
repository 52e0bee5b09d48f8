"""How senders, centres and signing keys may be called, wherever they are named."""

#: A sender, or a centre: it stands in signed statements, whose parts a blank separates.
PARTY = r"[a-z][a-z0-9\-]{0,39}"
#: A key, as settings and signatures have it.
KEY_ID = r"[A-Za-z0-9][A-Za-z0-9.\-]{0,39}"
