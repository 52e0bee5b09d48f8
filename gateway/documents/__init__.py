"""Documents that people keep, as files: the reference of the standard and reports of checks."""
