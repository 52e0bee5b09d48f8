"""Ways to the outside that every kind shares: addresses parsed once,
connections and files by what may be reached.
"""
