"""A pushed feed is registered by commands alone, though no row can come before it is live."""

import base64
import json
from datetime import date
from pathlib import Path

import pytest
from click.testing import Result

from gateway.demo.generate import licences
from gateway.mapping.start import starting_mapping
from gateway.standard import NEWEST, load_standard
from tests.support.command import in_this_process

FEED = "water.licence"
KIND = load_standard(NEWEST).kind("AdministrativeLicence")
MADE = licences(1, 40, date(2026, 4, 1))
ROWS = [
    {KIND.field(code).name: value for code, value in row.items()}  # type: ignore[union-attr]
    for row, entry in zip(MADE.rows, MADE.ledger, strict=True)
    if entry.fate == "accepted"
][:3]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A gateway that has a store, a key and nothing else."""
    endpoint = {"url": "http://127.0.0.1:9", "token": "made-up-token"}
    settings = {
        "store": f"sqlite:///{tmp_path / 'gateway.db'}",
        "catalogue": endpoint,
        "centre": endpoint,
        "at_rest": {"current": "a", "keys": {"a": base64.b64encode(b"k" * 32).decode()}},
    }
    (tmp_path / "gateway.yaml").write_text(json.dumps(settings), "utf-8")
    (tmp_path / "token").write_text("made-up-token-of-the-department\n", "utf-8")
    (tmp_path / "rows.json").write_text(
        json.dumps({"rows": [dict.fromkeys(KIND.field_names, "") | row for row in ROWS]}), "utf-8"
    )
    mapping = starting_mapping(KIND, FEED, ("DocumentNumber", "OrganCode"), "en")
    (tmp_path / "mapping.yaml").write_text(mapping, "utf-8")
    return tmp_path


def adapter(folder: Path, *arguments: str, code: int = 0) -> Result:
    return in_this_process(
        "adapter", *arguments, "--settings", str(folder / "gateway.yaml"), code=code
    )


def test_a_new_pushed_feed_is_told_its_way_to_a_sample_and_can_be_tried_on_it(
    folder: Path,
) -> None:
    new = (
        "new",
        FEED,
        "--why",
        "a reason",
        "--kind",
        "push",
        "--secret-file",
        "token",
        str(folder / "token"),
    )

    registered = adapter(folder, *new)
    adapter(folder, "sample", FEED, str(folder / "rows.json"))
    proposed = adapter(folder, "propose", FEED)
    adapter(folder, "map", FEED, str(folder / "mapping.yaml"), "--why", "a reason")
    tried = adapter(folder, "try", FEED)

    assert f"creditgate adapter sample {FEED}" in registered.output
    assert "AdministrativeLicence" in proposed.output
    assert "it may go live" in tried.output
    adapter(folder, "live", FEED, "--why", "a reason")


@pytest.mark.parametrize("text", ['{"rows": []}', '{"rows": [{"a": 1, "a": 2}]}', "no JSON"])
def test_a_sample_that_could_not_be_posted_is_no_sample(folder: Path, text: str) -> None:
    adapter(
        folder,
        "new",
        FEED,
        "--why",
        "a reason",
        "--kind",
        "push",
        "--secret-file",
        "token",
        str(folder / "token"),
    )
    (folder / "rows.json").write_text(text, "utf-8")

    said = adapter(folder, "sample", FEED, str(folder / "rows.json"), code=1).output

    assert "Traceback" not in said


def test_a_made_up_sample_of_the_standard_can_be_kept_checked_and_pushed(folder: Path) -> None:
    made = in_this_process("schema", "sample", KIND.name, "--as", "json", "--headings", "en").stdout
    (folder / "rows.json").write_text(made, "utf-8")
    mapping = str(folder / "mapping.yaml")

    checked = in_this_process(
        "check", str(folder / "rows.json"), "--format", "json", "--mapping", mapping, "--json"
    )
    adapter(
        folder,
        "new",
        FEED,
        "--why",
        "a reason",
        "--kind",
        "push",
        "--secret-file",
        "token",
        str(folder / "token"),
    )
    adapter(folder, "sample", FEED, str(folder / "rows.json"))
    adapter(folder, "map", FEED, mapping, "--why", "a reason")

    assert json.loads(checked.stdout)["rows"] == 10
    assert "it may go live" in adapter(folder, "try", FEED).output
