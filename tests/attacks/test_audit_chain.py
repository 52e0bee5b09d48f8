"""Attacks on the audit log by whoever can write the store."""

import errno
import json
import os
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text, update

from gateway.accounts import Accounts
from gateway.audit import Entry, append, digest_of, entries
from gateway.audit.anchoring import Anchoring, AnchorWriteError
from gateway.audit.anchors import AnchorKeys
from gateway.audit.reasons import ReasonRefusedError
from gateway.audit.tables import audit
from gateway.clock import utc_now
from gateway.protocol.signing import Signer, new_key, private_key
from gateway.runtime.audit_anchoring import witnesses_of
from gateway.store.open import open_store
from outbox import writing
from tests.support.clock import NOW

KEY = b"k" * 32
KEYS = AnchorKeys(at_rest={"k1": KEY}, current="k1")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    store = open_store(f"sqlite:///{tmp_path / 'gateway.db'}")
    fill(store, 8)
    yield store
    store.dispose()


def fill(engine: Engine, count: int) -> None:
    for number in range(count):
        with writing(engine) as connection:
            append(connection, NOW, "li", "package.drop", f"package {number}", "why")


def anchoring_of(
    engine: Engine, tmp_path: Path, keys: AnchorKeys = KEYS, syslog: str = ""
) -> Anchoring:
    return Anchoring(engine, tmp_path / "anchors.jsonl", keys, syslog, lambda: NOW, witnesses_of)


@pytest.fixture
def anchoring(engine: Engine, tmp_path: Path) -> Anchoring:
    """Eight entries anchored, then eight more, anchored too."""
    anchors = anchoring_of(engine, tmp_path)
    anchors.anchor()
    fill(engine, 8)
    anchors.anchor()
    return anchors


def rewrite(engine: Engine, first: int) -> None:
    """Make the chain anew from an entry on, as the database's owner can."""
    with writing(engine) as connection:
        chain = list(entries(connection))
        before = chain[first - 2].digest if first > 1 else "0" * 64
        for one in chain[first - 1 :]:
            person = "somebody else" if one.number == first else one.person
            made = Entry(one.number, one.at, person, one.act, one.target, one.detail, "")
            before = digest_of(
                before, made.number, made.at, made.person, made.act, made.target, made.detail
            )
            connection.execute(
                update(audit)
                .where(audit.c.number == one.number)
                .values(person=person, digest=before)
            )


def cut(engine: Engine, count: int) -> None:
    with writing(engine) as connection:
        last = connection.execute(text("SELECT max(number) FROM audit")).scalar_one()
        connection.execute(text("DELETE FROM audit WHERE number > :n"), {"n": last - count})


# --- trust 25 -------------------------------------------------------------------------------------


def test_a_chain_that_nobody_has_touched_is_whole(anchoring: Anchoring) -> None:
    verification = anchoring.verify()

    assert (verification.broken, verification.anchors) == (None, 2)
    assert anchoring.path.stat().st_mode & 0o777 == 0o600
    assert anchoring.anchor() is None


@pytest.mark.parametrize("first", [1, 5, 9, 12, 17])
def test_a_chain_made_anew_from_an_entry_on_is_found(
    anchoring: Anchoring, engine: Engine, first: int
) -> None:
    rewrite(engine, first)
    verification = anchoring.verify()

    assert verification.broken is not None
    assert "made anew" in verification.broken.text.en
    # Nor does a new anchor vouch for it.
    fill(engine, 1)
    with pytest.raises(AnchorWriteError):
        anchoring.anchor()


@pytest.mark.parametrize("count", [1, 5, 18])
def test_a_tail_that_was_cut_is_found(anchoring: Anchoring, engine: Engine, count: int) -> None:
    cut(engine, count)
    verification = anchoring.verify()

    assert verification.broken is not None
    assert "cut" in verification.broken.text.en


def test_an_anchor_that_was_taken_away_is_told(anchoring: Anchoring) -> None:
    lines = anchoring.path.read_text().splitlines(keepends=True)
    for left, says in (
        ("", "has no such anchor"),
        (lines[0], "has no such anchor"),
        (lines[1], "does not follow"),
    ):
        anchoring.path.write_text(left)
        verification = anchoring.verify()
        assert verification.broken is not None
        assert says in verification.broken.text.en


@pytest.mark.parametrize("change", ["digest", "number", "signature", "at"])
def test_an_anchor_that_was_made_to_fit_is_found(
    anchoring: Anchoring, engine: Engine, change: str
) -> None:
    rewrite(engine, 12)
    with engine.connect() as connection:
        digest = list(entries(connection))[-1].digest
    lines = anchoring.path.read_text().splitlines()
    last = json.loads(lines[-1])
    fitting = {"digest": digest, "number": 17, "signature": "", "at": "2020-01-01T00:00:00+00:00"}
    last |= {"digest": digest, change: fitting[change]}
    anchoring.path.write_text(lines[0] + "\n" + json.dumps(last) + "\n")
    verification = anchoring.verify()

    assert verification.broken is not None


@pytest.mark.parametrize(
    "evil",
    [AnchorKeys(at_rest={"evil": b"e" * 32}, current="evil"), AnchorKeys()],
    ids=["another key", "no key"],
)
def test_a_file_of_anchors_that_was_made_anew_with_the_log_is_found_and_never_vouched_for(
    anchoring: Anchoring, engine: Engine, tmp_path: Path, evil: AnchorKeys
) -> None:
    """The gateway's own next anchor would have proved all that stands before it."""
    rewrite(engine, 5)
    anchoring.path.unlink()
    forged = anchoring_of(engine, tmp_path, evil)
    with writing(engine) as connection:
        connection.execute(text("UPDATE audit SET act = 'x' WHERE act = 'audit.anchored'"))
    rewrite(engine, 1)
    forged.anchor()
    fill(engine, 1)

    verification = anchoring.verify()
    with pytest.raises(AnchorWriteError, match="not signed by a key"):
        anchoring.anchor()

    assert verification.broken is not None
    assert "not signed by a key" in verification.broken.text.en
    # Who has no key here cannot know, and is told so.
    [*remarks] = anchoring_of(engine, tmp_path, AnchorKeys()).verify().remarks
    assert any("nothing proves" in remark.en for remark in remarks)


def test_anchors_are_signed_by_ed25519_where_a_key_is_set_and_go_to_syslog(
    engine: Engine, tmp_path: Path
) -> None:
    key = private_key(new_key()[0])
    keys = AnchorKeys(Signer("a1", key), {"a1": key.public_key()})
    heard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    heard.bind(str(tmp_path / "log"))
    made = anchoring_of(engine, tmp_path, keys, str(tmp_path / "log")).anchor()
    said = heard.recv(4096).decode()
    heard.close()

    assert made is not None
    assert made.signature.startswith("ed25519 a1 ")
    assert made.digest in said
    assert anchoring_of(engine, tmp_path, keys).verify().broken is None
    other = AnchorKeys(trusted={"a1": private_key(new_key()[0]).public_key()})
    assert anchoring_of(engine, tmp_path, other).verify().broken is not None


def test_anchors_are_put_aside_with_a_reason_alone_and_that_stays_told(
    anchoring: Anchoring, engine: Engine
) -> None:
    cut(engine, 5)
    with pytest.raises(ReasonRefusedError):
        anchoring.begin_anew("op1", " ")
    aside = anchoring.begin_anew("op1", "restored from the backup of Monday")
    verification = anchoring.verify()

    assert verification.broken is None
    assert any("op1" in remark.en and "Monday" in remark.en for remark in verification.remarks)
    assert aside is not None
    assert len(aside.read_text().splitlines()) == 2


def test_without_an_anchor_that_is_said(engine: Engine, tmp_path: Path) -> None:
    verification = anchoring_of(engine, tmp_path).verify()

    assert verification.broken is None
    assert "no anchor yet" in verification.remarks[0].en


def test_a_file_that_cannot_be_written_leaves_no_entry_that_says_it_was(
    anchoring: Anchoring, engine: Engine
) -> None:
    """Such an entry is told as an anchor that was removed, for ever."""
    fill(engine, 3)
    kept = anchoring.path.rename(anchoring.path.with_suffix(".kept"))
    anchoring.path.symlink_to(kept)
    with pytest.raises(AnchorWriteError):
        anchoring.anchor()
    anchoring.path.unlink()
    kept.rename(anchoring.path)
    fill(engine, 3)
    anchoring.anchor()

    assert anchoring.verify().broken is None


def test_half_an_anchor_on_a_full_disk_does_not_end_all_anchors(
    anchoring: Anchoring, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(engine, 3)
    before = anchoring.path.read_bytes()

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(AnchorWriteError):
            anchoring.anchor()

    assert anchoring.path.read_bytes() == before
    assert anchoring.anchor() is not None
    assert anchoring.verify().broken is None


def test_two_processes_that_anchor_at_once_write_one_file_that_holds(
    engine: Engine, tmp_path: Path
) -> None:
    fill(engine, 5)
    several = [anchoring_of(engine, tmp_path) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        made = [anchor for anchor in pool.map(lambda one: one.anchor(), several) if anchor]

    found = several[0].verify()
    assert (found.broken, found.anchors) == (None, len(made) or 1)


# --- the log and its anchors both emptied ---------------------------------------------------------


def test_a_log_emptied_together_with_its_anchors_is_told_by_what_else_the_store_has(
    engine: Engine, tmp_path: Path
) -> None:
    Accounts(engine, utc_now).add("op1", "operator", [], "test", "a reason")
    anchoring = anchoring_of(engine, tmp_path)
    anchoring.anchor()
    cut(engine, 1_000)
    anchoring.path.unlink()
    verification = anchoring.verify()

    assert verification.broken is not None
    assert "emptied" in verification.broken.text.en
    assert "op1" in verification.broken.text.en
    # Nothing of ours vouches for what is left of it.
    with pytest.raises(AnchorWriteError, match="emptied"):
        anchoring.anchor()


def test_a_log_begun_anew_after_it_was_emptied_is_told_too(engine: Engine, tmp_path: Path) -> None:
    people = Accounts(engine, utc_now)
    people.add("op1", "operator", [], "test", "a reason")
    cut(engine, 1_000)
    people.add("op2", "operator", [], "test", "a reason")
    verification = anchoring_of(engine, tmp_path).verify()

    assert verification.broken is not None
    assert "account.added of op1" in verification.broken.text.en


def test_an_account_that_came_by_another_way_than_an_act_is_told(
    engine: Engine, tmp_path: Path
) -> None:
    people = Accounts(engine, utc_now)
    people.add("op1", "operator", [], "test", "a reason")
    assert anchoring_of(engine, tmp_path).verify().broken is None
    with writing(engine) as connection:
        connection.execute(text("UPDATE account SET name = 'evil'"))

    broken = anchoring_of(engine, tmp_path).verify().broken
    assert broken is not None
    assert "evil" in broken.text.en


def test_an_empty_log_and_an_old_one_without_anchors_are_not_called_new_without_a_doubt(
    engine: Engine, tmp_path: Path
) -> None:
    old = anchoring_of(engine, tmp_path)
    late = Anchoring(
        engine, tmp_path / "x", KEYS, "", lambda: NOW + timedelta(days=2), witnesses_of
    )
    before = old.verify().remarks[0].en, late.verify().remarks[0].en
    cut(engine, 1_000)
    emptied = late.verify()

    assert "no anchor yet" in before[0]
    assert "removed" in before[1]
    assert emptied.broken is None
    assert "put in the place of another" in emptied.remarks[0].en


def test_after_a_person_has_begun_anew_it_is_that_which_is_told(
    engine: Engine, tmp_path: Path
) -> None:
    Accounts(engine, utc_now).add("op1", "operator", [], "test", "a reason")
    cut(engine, 1_000)
    anchoring = anchoring_of(engine, tmp_path)
    anchoring.begin_anew("li", "the disk was lost, and the log with it")
    verification = anchoring.verify()

    assert verification.broken is None
    assert any("begun anew" in remark.en for remark in verification.remarks)
