"""A broker that stays away: what was given up on is over, and meets no broker that comes back."""

import asyncio
import socket
from contextlib import suppress

import nats
import pytest

from gateway.protocol.nats import Broker, BrokerSettings


@pytest.fixture
def broker() -> Broker:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    return Broker(BrokerSettings(url=f"nats://127.0.0.1:{port}", timeout=0.1))


def waiting(broker: Broker) -> int:
    """Return how many tasks the broker's loop still has."""
    asked = asyncio.run_coroutine_threadsafe(_tasks(), broker._loop)
    return asked.result(5)


async def _tasks() -> int:
    await asyncio.sleep(0)
    return len(asyncio.all_tasks()) - 1


def test_calls_that_were_given_up_do_not_go_on_connecting(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.protocol.nats.GRACE", 0.1)
    for _ in range(3):
        with suppress(nats.errors.Error, TimeoutError, OSError):
            broker.last("CREDIT_RECEIPTS", "credit.receipt.x")

    assert waiting(broker) == 0
    broker.close()


def test_a_broker_that_is_closed_twice_is_closed(broker: Broker) -> None:
    for _ in range(2):
        broker.close()

    assert not broker._thread.is_alive()
