"""Commands on the centre's store: what they say of a sender, and whom they let near."""

import json
from pathlib import Path

import pytest

from tests.support.command import in_this_process

FEEDS = ("--node", "air", "--feed", "environment.*", "--feed", "forestry.*", "--why", "agreed")


@pytest.fixture
def store(tmp_path: Path) -> tuple[str, str]:
    store = ("--store", f"sqlite:///{tmp_path / 'centre.db'}")
    in_this_process("central", "sender", "add", "air", *store, *FEEDS)
    return store


def test_limiting_a_sender_says_what_it_may_speak_for_from_now_on(store: tuple[str, str]) -> None:
    sender = ("air", *store, "--why", "less")

    limited = in_this_process("central", "sender", "limit", *sender, "--feed", "environment.noise")
    ended = in_this_process("central", "sender", "revoke", *sender, "--json")

    assert "air may speak for environment.noise from now on" in limited.stderr
    assert json.loads(ended.stdout) == {"id": "air", "key": None}


@pytest.mark.parametrize("command", [("sender", "list"), ("audit",), ("subject", "914413000")])
def test_a_store_that_others_can_read_is_refused(
    store: tuple[str, str], command: tuple[str, ...]
) -> None:
    file = Path(store[1].removeprefix("sqlite:///"))
    file.chmod(0o644)

    refused = in_this_process("central", *command, *store, code=1)

    assert f"chmod 600 {file}" in refused.stderr


@pytest.mark.parametrize("url", ["centre.db", "nosuch://host/centre", ""])
def test_what_is_no_database_url_is_said_in_a_sentence(url: str) -> None:
    refused = in_this_process("central", "sender", "list", "--store", url, code=1)

    assert "sqlite:////" in refused.stderr
