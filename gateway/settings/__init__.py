"""gateway.yaml as values; the larger part still stands in `gateway.feeds`."""
