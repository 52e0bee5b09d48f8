"""Every operation of the REST API in one table.

Routes, authorisation and the OpenAPI document are all made from it, so that none can lack a rule.
May use `kit`, not `console`. Tests: tests/integration/web/test_api.py,
tests/integration/web/test_api_exchange.py.
"""

from gateway.web.api.exchange import EXCHANGE
from gateway.web.api.model import Call, InvalidRequestError, Operation, endpoint_of, rule_of
from gateway.web.api.overall import OVERALL
from gateway.web.api.people import PEOPLE
from gateway.web.api.registry import REGISTRY

OPERATIONS: tuple[Operation, ...] = (*OVERALL, *REGISTRY, *EXCHANGE, *PEOPLE)

__all__ = ["OPERATIONS", "Call", "InvalidRequestError", "Operation", "endpoint_of", "rule_of"]
