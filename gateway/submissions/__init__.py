"""The way in for departments that can only call out: post rows, ask for verdicts.

Submissions wait in the gateway's own store; the adapter kind `push` fetches them like any other
source.
"""
