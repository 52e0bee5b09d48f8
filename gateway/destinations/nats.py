"""Packages through NATS JetStream, where they are more than one database should carry."""

import re

import nats

from gateway.destinations import Failed, Outcome, Parcel, Pending, Rejected, Signing, refused_whole
from gateway.protocol.nats import (
    GUID,
    PACKAGE_SUBJECT,
    RECEIPT_SUBJECT,
    RECEIPTS,
    STATUS,
    Broker,
    BrokerSettings,
)
from gateway.protocol.signing import HEADER
from gateway.settings.model import DestinationSettings
from gateway.text import destinations as messages
from outbox import Claim

#: A status as HTTP writes it.
_STATUS = re.compile("[0-9]{3}")


class NatsDestinationSettings(DestinationSettings, BrokerSettings):
    """The broker, and how often a receipt is looked for."""

    poll: float = 1.0


class NatsDestination:
    """One broker."""

    Settings = NatsDestinationSettings

    def __init__(self, settings: NatsDestinationSettings) -> None:
        self.signing = Signing(settings)
        self._poll = settings.poll
        self._broker = Broker(settings)

    def send(self, claim: Claim, keys: list[str]) -> Outcome:
        """Look for a package's receipt, or publish the package; return the outcome.

        Never raises for what the broker does.
        """
        parcel = self.signing.parcel(claim, keys)
        try:
            return self._exchange(parcel)
        except (nats.errors.Error, TimeoutError, OSError) as error:
            return Failed(messages.broker_silent(type(error).__name__), answered=False)

    def close(self) -> None:
        """Close the connection."""
        self._broker.close()

    def _exchange(self, parcel: Parcel) -> Outcome:
        answer = self._broker.last(RECEIPTS, f"{RECEIPT_SUBJECT}.{parcel.guid}")
        if answer is not None:
            data, headers = answer
            status = headers.get(STATUS, "")
            if status == "200":
                return self.signing.judge(parcel, data, headers.get(HEADER))
            number = int(status) if _STATUS.fullmatch(status) else status
            refusal = refused_whole(data.decode("utf-8", "replace"), number)
            return self.signing.refused(parcel, refusal, data, headers.get(HEADER))
        if len(parcel.payload) > self._broker.largest - 4096:
            return Rejected(messages.beyond_broker(), divisible=True)
        headers = {"Nats-Msg-Id": parcel.guid, GUID: parcel.guid}
        if parcel.signature is not None:
            headers[HEADER] = parcel.signature
        self._broker.publish(f"{PACKAGE_SUBJECT}.{parcel.lane}", parcel.payload, headers)
        return Pending(messages.with_broker(), self._poll)
