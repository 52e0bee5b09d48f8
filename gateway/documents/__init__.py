"""Documents that people keep: the reference of the standard and reports of checks, as files of their own."""
