"""The catalogue: what the exchange platform says of each feed, and the times that follow."""
