"""Packages by a SOAP call each.

The service is xsd/exchange/1.0/centre.wsdl, or the centre's own reviewed copy of it.
"""

import threading
from pathlib import Path
from typing import Any

import requests
from pydantic import Field
from zeep.exceptions import Error as ZeepError
from zeep.exceptions import Fault, TransportError

import xsd
from adapters import AdapterError
from adapters.wsdl import open_service
from gateway.destinations import Failed, Outcome, Parcel, Rejected, Signing, unfinished
from gateway.protocol.refusals import (
    FAULT_STATUS,
    PACKAGE_REFUSED,
    SIGNATURE_REFUSED,
    SOAP_NAMESPACE,
)
from gateway.protocol.signing import EXCHANGE, EXCHANGE_HEADER
from gateway.settings.model import DestinationSettings, Endpoint
from gateway.standard.whitespace import collapse
from gateway.text import Text
from gateway.text import destinations as messages
from outbox import Claim

#: Largest answer that is read, in bytes.
MAX_ANSWER = 24_000_000
#: What a fault of the caller ends with when one record may have caused it.
_DIVISIBLE = PACKAGE_REFUSED
#: Faults of the caller that the very same package may outlive: keys change.
_PASSING = SIGNATURE_REFUSED


class SoapDestinationSettings(Endpoint, DestinationSettings):
    """The centre's SOAP service; `url` is the only address ever called."""

    wsdl: Path = Field(
        default=xsd.ROOT / "exchange" / "1.0" / "centre.wsdl", description="local copy, reviewed"
    )


class SoapDestination:
    """One centre over SOAP; each thread has a client of its own."""

    Settings = SoapDestinationSettings

    def __init__(self, settings: SoapDestinationSettings) -> None:
        self.signing = Signing(settings)
        self._settings = settings
        self._local = threading.local()

    def send(self, claim: Claim, keys: list[str]) -> Outcome:
        """Submit a claimed package; never raises for what the network or the centre does."""
        parcel = self.signing.parcel(claim, keys)
        try:
            outcome = self._submit(parcel)
        except Fault as fault:
            return self._refused(parcel, fault)
        except TransportError as error:
            return Failed(messages.answered_status(error.status_code), answered=True)
        except requests.ConnectionError as error:
            return Failed(messages.unreachable(type(error).__name__), answered=False)
        except (requests.RequestException, OSError) as error:
            return unfinished(error)
        except (ZeepError, ValueError, AttributeError) as error:
            return Failed(messages.answer_malformed(error), answered=True)
        except AdapterError as error:
            return Failed(Text(error.zh, error.en), answered=True)
        receipt = getattr(outcome, "Receipt", None) or b""
        return self.signing.judge(parcel, receipt, getattr(outcome, "Signature", None))

    def close(self) -> None:
        """Close this thread's connections; other threads' go with them."""
        if hasattr(self._local, "client"):
            self._local.client.transport.session.close()

    def _refused(self, parcel: Parcel, fault: Fault) -> Outcome:
        outcome = _outcome(fault)
        if not isinstance(outcome, Rejected):
            return outcome
        detail = fault.detail if hasattr(fault.detail, "findtext") else None
        signature = None if detail is None else detail.findtext(f"{{{SOAP_NAMESPACE}}}Signature")
        body = str(fault.message or "").encode()
        return self.signing.refused(parcel, outcome, body, signature)

    def _submit(self, parcel: Parcel) -> Any:
        if not hasattr(self._local, "service"):
            s = self._settings
            token = {
                "Authorization": f"Bearer {s.token.get_secret_value()}",
                EXCHANGE_HEADER: EXCHANGE,
            }
            self._local.client, self._local.service = open_service(
                s.wsdl,
                s.url,
                timeout=s.timeout,
                max_bytes=MAX_ANSWER,
                headers=token,
                verify=str(s.ca) if s.ca else None,
                certificate=_certificate(s),
            )
        return self._local.service.SubmitPackage(
            PackageGuid=parcel.guid, Content=parcel.payload, Signature=parcel.signature
        )


def _outcome(fault: Fault) -> Outcome:
    """Return the outcome that a fault means: the package is rejected, or the centre has failed."""
    code = _code(fault)
    text = messages.answered_fault(code, fault.message)
    of_the_caller = code == "Client" or code.startswith("Client.")
    if of_the_caller and not code.endswith(_PASSING):
        status = FAULT_STATUS.get(code.rpartition(".")[2], 0)
        return Rejected(text, code.endswith(_DIVISIBLE), status)
    return Failed(text, answered=True)


def _code(fault: Fault) -> str:
    return collapse(str(fault.code or "")).rpartition(":")[2]


def _certificate(settings: Endpoint) -> tuple[str, str] | None:
    if settings.certificate is None:
        return None
    return str(settings.certificate), str(settings.key or settings.certificate)
