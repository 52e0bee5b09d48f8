"""Many packages about a subject: another department's are found all the same."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert

from gateway.events import store as event_store
from gateway.events.store import Event
from gateway.exchange import blind_index
from gateway.exchange.lineage import record_lineage
from gateway.exchange.tables import mark
from gateway.text import Text
from outbox import Draft, Message, Outbox, writing
from tests.support.people_console import FEED, House, house_over

SUBJECT = "91441300MA00000XX1"
OURS = str(UUID(int=2**127))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with house_over(tmp_path) as console:
        outbox = Outbox(console.engine)
        # Those of another department stand before ours in every index.
        packages = {"environment.licence": [str(UUID(int=n)) for n in range(600)], FEED: [OURS]}
        with writing(console.engine) as connection:
            digest = blind_index.digest(blind_index.key_of(connection), SUBJECT)
            for lane, guids in packages.items():
                first = outbox.reserve(connection, lane, len(guids), console.now[0], ordered=True)
                drafts = [Draft(guid, first + n, b"x", b"", 1) for n, guid in enumerate(guids)]
                outbox.put(connection, lane, drafts, console.now[0])
                rows = [{"digest": digest, "guid": guid} for guid in guids]
                connection.execute(insert(mark), rows)
        yield console


def test_anothers_packages_about_a_subject_hide_none_of_ones_own(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = house.enter("editor")
    answer = house.api(house.token_of(editor, "read"), "/packages", query_string={"has": SUBJECT})
    page = editor.get("/packages/", query_string={"q": SUBJECT})
    read: list[str] = []

    def read_one(_connection: Any, _outbox: Any, one: Message, _wanted: Any) -> list[Any]:
        read.append(one.guid)
        return []

    monkeypatch.setattr("gateway.exchange.lineage._legs_of", read_one)
    with house.engine.connect() as connection:
        record_lineage(connection, Outbox(house.engine), FEED, SUBJECT)

    assert [package["guid"] for package in answer.get_json()["packages"]] == [OURS]
    assert OURS[:8] in page.text
    assert read == [OURS]


def test_anothers_events_hide_none_of_ones_own(house: House) -> None:
    said = Text("甲", "something")
    names = [("ours", FEED), *(("theirs", "environment.licence") for _ in range(250))]
    for name, feed in names:
        event_store.say(house.engine, Event(house.now[0], "warning", name, feed, said))
    editor = house.enter("editor")

    answer = house.api(house.token_of(editor, "read"), "/events")

    assert [one["name"] for one in answer.get_json()] == ["ours"]
    assert "environment" not in editor.get("/").text
