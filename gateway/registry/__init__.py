"""The registry: adapters kept in the gateway's own store, in versions, with their secrets apart.

Command line, API and pages all go through `Registry`; what `gateway.yaml` lists stands beside it.
"""

from gateway.registry.definition import Definition, NotRegisteredError, RegistryError
from gateway.registry.service import Registry, open_registry

__all__ = ["Definition", "NotRegisteredError", "Registry", "RegistryError", "open_registry"]
