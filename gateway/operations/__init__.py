"""What people do to packages, feeds, refusals and alerts, each with its entry in the audit log.

The console, the API and the commands all act by the modules of this room; an act and its entry are
one transaction. One module a subject. Imports neither Flask nor click.
Tests: tests/integration/web/test_api_exchange.py, tests/attacks/test_states.py,
tests/attacks/test_persons_data.py.
"""

from gateway.errors import GatewayError


class ActRefusedError(GatewayError):
    """Something cannot be done to a package or feed as it stands; nothing was changed."""
