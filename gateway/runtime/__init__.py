"""The process: what a gateway does by its role, and when.

`process` starts and ends its threads, `schedule` finds due slots, `leader_election` lets one node
schedule, `backpressure` pauses fetching. It puts the rooms together; only commands
import it. Tests: tests/integration/runtime.
"""
