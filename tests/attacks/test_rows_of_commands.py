"""What commands print of people: masks, and whole rows only by name, audited."""

import base64
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway import audit
from gateway.cli import main
from gateway.exchange import feed_store as exchange
from gateway.settings.load import load_settings
from gateway.store.open import open_outbox
from gateway.store.resealing import SEALED
from outbox import writing
from tests.support import planted
from tests.support.kept_rows import filled

KEY = base64.b64encode(bytes(32)).decode()


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    drop = tmp_path / "drop"
    drop.mkdir()
    (drop / "first.csv").write_bytes(planted.as_csv(planted.rows()))
    (drop / "first.csv.ok").touch()
    (tmp_path / "penalty.yaml").write_text(planted.mapping(), "utf-8")
    file = tmp_path / "gateway.yaml"
    file.write_text(
        f"store: sqlite:///{tmp_path}/gateway.db\n"
        "centre: {url: 'http://127.0.0.1:1', token: made-up-token-of-a-centre}\n"
        "catalogue: {url: 'http://127.0.0.1:1', token: made-up-token-of-a-platform}\n"
        f"at_rest: {{current: k1, keys: {{k1: '{KEY}'}}}}\n"
        f"adapters:\n- {{feed: {planted.FEED}, mapping: penalty.yaml, kind: folder,"
        f" settings: {{folder: '{drop}', settle: 0}}}}\n",
        "utf-8",
    )
    return file


def run(settings: Path, *command: str) -> str:
    result = CliRunner().invoke(main, [*command, "--settings", str(settings)])
    assert result.exit_code == 0, result.output
    return result.output


def unmasked(settings: Path) -> list[tuple[str, str]]:
    box = open_outbox(load_settings(settings))
    with box.engine.connect() as connection:
        found = [
            (entry.person, entry.act)
            for entry in audit.entries(connection)
            if "unmasked" in entry.detail
        ]
    box.engine.dispose()
    return found


def test_somebody_at_the_machine_sees_masks_unless_the_audit_log_has_them(settings: Path) -> None:
    box = open_outbox(load_settings(settings))
    with writing(box.engine) as connection:
        exchange.feed_state(connection, planted.FEED)
    filled(box.engine)
    box.engine.dispose()
    printed = {
        " ".join(command): run(settings, *command)
        for command in (
            ("refusal", "list"),
            ("refusal", "list", "--json"),
            ("note", "cleanings"),
            ("note", "cleanings", "--json"),
            ("adapter", "test", planted.FEED, "--json"),
            ("adapter", "dry-run", planted.FEED, "--json"),
        )
    }

    assert {name: seen for name, text in printed.items() if (seen := planted.seen_in(text))} == {}
    assert unmasked(settings) == []
    [refused] = json.loads(printed["refusal list --json"])
    assert refused["row"]["CF_XDR_MC"] == "欧****"
    assert refused["row"]["CF_JDRQ"] == "2026/03/05"

    whole = run(settings, "adapter", "dry-run", planted.FEED, "--json", "--whole", "--person", "li")
    assert planted.ID_NUMBER in whole
    [(person, act)] = unmasked(settings)
    assert act == "adapter.dry_run"
    # Who the name is claimed to be, and as whom the command runs.
    assert person.startswith("li/cli:")


def test_a_reseal_says_what_it_has_sealed(settings: Path) -> None:
    plain = settings.read_text("utf-8")
    lines = [line for line in plain.splitlines() if not line.startswith("at_rest")]
    settings.write_text("\n".join(lines), "utf-8")
    box = open_outbox(load_settings(settings))
    filled(box.engine)
    box.engine.dispose()
    settings.write_text(plain, "utf-8")
    document = json.loads(run(settings, "outbox", "reseal", "--why", "a new key", "--json"))

    assert document["key"] == "k1"
    assert document["by_kind"] == dict.fromkeys(SEALED, 0) | {
        "refusals": 1,
        "cleanings": 1,
        "submissions": 1,
    }
