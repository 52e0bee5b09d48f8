"""How units of submissions are called."""

#: Before the names of units of mended rows; what stands there elsewhere never ends with a colon.
MENDED = "mended:"
