"""The way in to the centre: packages received, validated, stored and answered, by whatever door.

`receive` is the one way for HTTP, SOAP, folders, tables and queues; `validate` says what is
refused, `store` keeps records and receipt in one transaction. May import the centre's records
and senders.
Tests: tests/unit/central, tests/integration/central, tests/attacks/test_centre_doors.py.
"""
