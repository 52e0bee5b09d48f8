"""HTTP servers of our own: waitress with limits, in a thread."""
