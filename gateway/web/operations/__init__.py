"""Every operation of the REST API in one table.

Routes, authorisation and the OpenAPI document are all made from it, so that none can lack a rule.
"""

from gateway.web.operations.exchange import EXCHANGE
from gateway.web.operations.model import Call, Operation, Unfit, endpoint_of, rule_of
from gateway.web.operations.overall import OVERALL
from gateway.web.operations.people import PEOPLE
from gateway.web.operations.registry import REGISTRY

OPERATIONS: tuple[Operation, ...] = (*OVERALL, *REGISTRY, *EXCHANGE, *PEOPLE)

__all__ = ["OPERATIONS", "Call", "Operation", "Unfit", "endpoint_of", "rule_of"]
