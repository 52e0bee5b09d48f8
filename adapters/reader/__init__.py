"""Departments' bytes are parsed here, in a process of their own: what it may use,
and how it is spoken to.

`limits` says how large an input may claim to be; `process` is what runs in the reader, `pool` what
the gateway calls. A reader has no keys, no store, no network and no path: only what it is handed.
"""
