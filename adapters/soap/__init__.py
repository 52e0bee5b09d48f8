"""SOAP pull: the request by zeep from a reviewed WSDL, the answer read as text, row by row.

The WSDL is a local copy; nothing that it or an answer names is ever fetched. What reads answers
(`adapters.soap_answers.answer`) is pure and is loaded without zeep: the adapter itself is loaded
when it is asked for. Tests: tests/integration/adapters/soap.
"""

from typing import TYPE_CHECKING, Any

from adapters.soap.settings import SoapSettings

if TYPE_CHECKING:
    from adapters.soap.adapter import SoapAdapter

__all__ = ["SoapAdapter", "SoapSettings"]


def __getattr__(name: str) -> Any:
    """Load the adapter, with all that it needs of the network."""
    if name != "SoapAdapter":
        raise AttributeError(name)
    from adapters.soap.adapter import SoapAdapter  # noqa: PLC0415

    return SoapAdapter
