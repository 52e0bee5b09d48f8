"""Ways in which the inputs of cases are tried, one module each."""
