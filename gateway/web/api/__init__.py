"""Every operation of the REST API in one table.

Routes, authorisation and the OpenAPI document are all made from it, so that none can lack a rule.
May use `kit`, not `console`. Tests: tests/integration/web/test_api.py,
tests/integration/web/test_api_exchange.py.
"""

from gateway.web.api.accounts import ACCOUNTS
from gateway.web.api.alerts import ALERTS
from gateway.web.api.audit_log import AUDIT_LOG
from gateway.web.api.catalogue import CATALOGUE
from gateway.web.api.feeds import FEEDS
from gateway.web.api.model import Call, InvalidRequestError, Operation, endpoint_of, rule_of
from gateway.web.api.overall import OVERALL
from gateway.web.api.packages import PACKAGES
from gateway.web.api.refusals import REFUSALS
from gateway.web.api.registry import REGISTRY

OPERATIONS: tuple[Operation, ...] = (
    *OVERALL,
    *REGISTRY,
    *FEEDS,
    *PACKAGES,
    *REFUSALS,
    *CATALOGUE,
    *ALERTS,
    *AUDIT_LOG,
    *ACCOUNTS,
)

__all__ = ["OPERATIONS", "Call", "InvalidRequestError", "Operation", "endpoint_of", "rule_of"]
