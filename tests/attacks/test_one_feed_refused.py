"""One feed that the centre does not let us ask for keeps no other from being reconciled."""

import json

import httpx
from sqlalchemy import Engine

from gateway.destinations.http import Queries
from gateway.reconciliation.compare import reconcile
from outbox import Outbox
from tests.support.line import feed_of, fetch, sound_rows

OURS, NOT_OURS = "environment.licence", "market-regulator.penalty"
REFUSED = {"status": 403, "code": "sender.feed", "title": "无权 / may not", "detail": ""}


class Centre(Queries):
    """A centre without records that lets nobody ask for one feed."""

    def __init__(self) -> None:
        pass

    def get(self, path: str, **params: str) -> httpx.Response:
        request = httpx.Request("GET", f"http://centre.invalid{path}")
        if params["feed"] == NOT_OURS:
            body = json.dumps(REFUSED).encode()
            return httpx.Response(403, content=body, request=request).raise_for_status()
        return httpx.Response(200, json=[], request=request)


def test_a_feed_that_the_centre_refuses_is_not_balanced_and_the_next_is_compared(
    engine: Engine,
) -> None:
    for path in ("environment/licence.yaml", "market-regulator/penalty.yaml"):
        feed, _ = feed_of(path, sound_rows(path, 1))
        fetch(engine, feed)

    found = {one.totals.feed: one for one in reconcile(engine, Outbox(engine), Centre())}

    assert found[OURS].compared != "nothing"
    assert found[NOT_OURS].compared == "nothing"
    assert not found[NOT_OURS].balanced
