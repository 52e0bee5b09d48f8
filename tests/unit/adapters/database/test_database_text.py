"""Statements made fit for brackets, text watermarks, and values that no server is needed for."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from adapters import SourceRefusedError
from adapters.database.columns import Column
from adapters.database.statement import one_select
from adapters.database.values import mistaken_for_latin1, series
from adapters.database.watermark import places, reckoning, values_of


@pytest.mark.parametrize(
    ("query", "dialect", "right"),
    [
        ("SELECT 1;", "sqlite", "SELECT 1"),
        ("SELECT 1 -- x", "sqlite", "SELECT 1"),
        ("SELECT 1 # x", "mysql", "SELECT 1"),
        ("SELECT 1 /* x */ ; /* y */", "sqlite", "SELECT 1"),
        ("SELECT 1 /* a /* b */ c */", "postgresql", "SELECT 1"),
        ("SELECT '--' -- x", "sqlite", "SELECT '--'"),
        ("SELECT 'it''s; (' AS v ;", "sqlite", "SELECT 'it''s; (' AS v"),
        (r"SELECT 'it\'s; (' AS v", "mysql", r"SELECT 'it\'s; (' AS v"),
        (r"SELECT E'it\'s; (' AS v", "postgresql", r"SELECT E'it\'s; (' AS v"),
        (r"SELECT 'c:\' AS v", "postgresql", r"SELECT 'c:\' AS v"),
        ("SELECT $$;(--$$ AS v", "postgresql", "SELECT $$;(--$$ AS v"),
        ("SELECT $a$;$$(--$a$ AS v;", "postgresql", "SELECT $a$;$$(--$a$ AS v"),
        ("/* first */ SELECT (1)", "sqlite", "/* first */ SELECT (1)"),
        ("SELECT `a;b` FROM t;", "mysql", "SELECT `a;b` FROM t"),
    ],
)
def test_a_select_is_left_without_what_ends_it(query: str, dialect: str, right: str) -> None:
    assert one_select(query, dialect) == right


@pytest.mark.parametrize(
    "query",
    [
        "",
        ";",
        "-- x",
        "SELECT 1; SELECT 2",
        "SELECT 1) q; DROP TABLE t --",
        "SELECT (1",
        "SELECT 'a",
        "SELECT 1 /* x",
        "SELECT (1;)",
        'SELECT "a',
        "SELECT 1 ; -- x\n DROP TABLE t",
    ],
)
def test_what_is_no_one_select_is_refused(query: str) -> None:
    with pytest.raises(SourceRefusedError):
        one_select(query, "sqlite")


@pytest.mark.parametrize(
    ("watermark", "by", "right"),
    [
        ("2026-01-02 00:00:05", 300, "2026-01-01 23:55:05"),
        ("2026-01-02 00:00:05.123456", 0.5, "2026-01-02 00:00:04"),
        ("2026-01-02T00:00:05+08:00", 5, "2026-01-02T00:00:00"),
        ("2026/01/02 00:00", 60, "2026/01/01 23:59"),
        ("20260102", 300, "20260101"),
        ("20260102000005", 300, "20260101235505"),
        ("20260102000005123", 5, "20260102000000"),
        ("2026年01月02日", 300, "2026年01月01日"),
        ("0000123", 23, "0000100"),
        ("0000123", 300, "0000000"),
    ],
)
def test_a_text_is_looked_back_from_in_its_own_way_of_writing(
    watermark: str, by: float, right: str
) -> None:
    way = reckoning(Column("w"), [watermark] * 3, by)
    assert way.earlier(watermark, by) == right
    assert way.floor(watermark, by) <= way.value(watermark)


def test_a_watermark_of_the_future_does_not_serve() -> None:
    now = datetime(2026, 4, 1, tzinfo=UTC)
    way = reckoning(Column("w"), ["2026-01-02 00:00:05"], 300)
    assert way.serves("2026-04-01 08:00:00", now)
    assert not way.serves("2026-04-03 08:00:00", now)
    assert not way.serves("2026-13-45 99:00:00", now)


@pytest.mark.parametrize(
    "value",
    [5, 2**70, 0.1, 1e-11, Decimal("1.10"), datetime(2026, 1, 2, 3, 4, 5, 6), "x", b"\xff", None],
)
def test_a_place_is_read_back_as_it_was_written(value: Any) -> None:
    order = (Column("w"), Column("k"))
    written = places((value, "k"), order)
    assert values_of(written, order, (None, None)) == (value, "k")


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("惠州市示例公司".encode("gbk").decode("latin-1"), "gbk"),
        ("惠州市示例公司".encode().decode("latin-1"), "utf-8"),
        ("Café crème à la carte", None),
        ("××××", None),
        ("惠州市××××", None),
        ("ÄÖÜäöüß", None),
        ("plain", None),
    ],
)
def test_bytes_under_the_name_of_latin1_are_known(text: str, encoding: str | None) -> None:
    assert mistaken_for_latin1(text) == encoding


def test_a_value_without_end_and_half_a_character_refuse_their_row() -> None:
    made, faults = series(Column("v"), ["a" * 1_000_001, "b", "\ud83d"], "utf-8")
    assert sorted(faults) == [0, 2]
    assert made[1] == "b"
