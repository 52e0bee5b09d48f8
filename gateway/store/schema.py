"""Every table of the gateway's own store, and the version that they are in."""

from sqlalchemy import MetaData

from gateway.accounts import tables as account_tables
from gateway.alerts import tables as alert_tables
from gateway.audit import tables as audit_tables
from gateway.catalogue import tables as catalogue_tables
from gateway.delivery import tables as delivery_tables
from gateway.events import tables as event_tables
from gateway.exchange import tables as exchange_tables
from gateway.generations import tables as generation_tables
from gateway.registry import tables as registry_tables
from gateway.submissions import tables as push_tables
from gateway.workdays import tables as workday_tables
from outbox import probe
from outbox import tables as outbox_tables

#: In the order in which they are made.
SCHEMAS: tuple[MetaData, ...] = (
    outbox_tables.metadata,
    probe.metadata,
    exchange_tables.metadata,
    event_tables.metadata,
    delivery_tables.metadata,
    catalogue_tables.metadata,
    workday_tables.metadata,
    generation_tables.metadata,
    audit_tables.metadata,
    registry_tables.metadata,
    push_tables.metadata,
    account_tables.metadata,
    alert_tables.metadata,
)
#: The newest of `gateway/store/migrations/versions`; a test holds both together.
VERSION = "0012"
#: The version of a store with tables and no word of its version: the first release did not write
#: it.
FIRST = "0001"
