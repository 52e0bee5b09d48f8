"""The registry: adapters kept in the gateway's own store, in versions, with their secrets apart.

Command line, API and pages all go through `Registry`; what `gateway.yaml` lists stands beside it.
`egress` is what a department's settings may reach. May import the exchange and accounts.
Tests: tests/unit/registry, tests/integration/registry, tests/attacks/test_settings_reach.py.
"""

from gateway.registry.definition import Definition, NotRegisteredError, RegistryError
from gateway.registry.service import Registry, open_registry

__all__ = ["Definition", "NotRegisteredError", "Registry", "RegistryError", "open_registry"]
