"""Rows without any value are refused rows, and never stop a feed."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest
from sqlalchemy import Engine

from adapters.files.folder import FolderAdapter, FolderSettings
from gateway.exchange.fetch import FetchReport
from tests.support.closing import closed_later
from tests.support.line import feed_of, sound_rows
from tests.support.record_versions import (
    LICENCE,
    push_feed,
    submit,
)
from tests.support.set_aside import (
    answer,
    aside,
    fetch,
)

pytestmark = pytest.mark.usefixtures("quiet_unit_errors")
ROWS = sound_rows(LICENCE, 2)


@pytest.mark.parametrize(
    ("format_name", "settings", "empty"),
    [
        ("json", {"lines": True}, "{}\n"),
        ("json", {}, "[{}, {}]"),
        ("xml", {"row": "Rows/Row"}, "<Rows><Row></Row><Row/></Rows>"),
    ],
    ids=["lines", "json", "xml"],
)
def test_a_file_whose_rows_have_no_value_is_refused_and_the_next_is_read(
    engine: Engine, tmp_path: Path, format_name: str, settings: dict[str, Any], empty: str
) -> None:
    row = {name: str(value) for name, value in ROWS[0].items()}
    whole = {
        "lines": json.dumps(row),
        "json": json.dumps([row]),
        "xml": "<Rows><Row>"
        + "".join(f"<{n}>{escape(v)}</{n}>" for n, v in row.items())
        + "</Row></Rows>",
    }["lines" if settings.get("lines") else format_name]
    for name, content in (("a", empty), ("b", whole)):
        (tmp_path / f"{name}.{format_name}").write_text(content, "utf-8")
        (tmp_path / f"{name}.{format_name}.ok").touch()
    plain, _ = feed_of(LICENCE, mode="update")
    source = FolderSettings(
        folder=str(tmp_path),
        pattern=f"*.{format_name}",
        format=format_name,
        format_settings=settings,
        settle=0,
    )
    feed = replace(plain, adapter=closed_later(FolderAdapter(source)))

    report = fetch(engine, feed)

    assert isinstance(report, FetchReport)
    assert report.counts["packed"] == 1
    assert report.counts["refused"] + len(report.refused_units) >= 1, report
    assert aside(engine) == []


def test_a_submission_of_empty_rows_that_an_earlier_release_took_is_refused_rows(
    engine: Engine,
) -> None:
    first = submit(engine, [{}, {}])
    submit(engine, [ROWS[0]])
    feed = push_feed(engine)

    report = fetch(engine, feed)

    assert isinstance(report, FetchReport)
    assert (report.counts["refused"], report.counts["packed"]) == (2, 1)
    assert answer(engine, feed, first) == ("answered", [("refused", "row.empty")] * 2)
