"""What people read is in both languages, and shows foreign values as they are."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from adapters.text import dbf_files
from adapters.text.python_errors import json_reason, undecodable
from adapters.text.record_files import short
from gateway.cli import main
from gateway.mapping.load import MappingError, load_mapping
from gateway.settings.at_rest import AtRest
from gateway.settings.reading import ReadingSettings
from gateway.text import Text, delivery, doors, health
from gateway.web.kit.labels import word

BODY = '{"rows": [{"a": "1"}]}'


@pytest.mark.parametrize(
    "text",
    [delivery.verdict_unknown, doors.guid_malformed, doors.feed_malformed, doors.encoding_unknown],
)
def test_a_foreign_value_is_shown_as_it_is_without_what_cannot_be_seen(text: Any) -> None:
    shown = text("已接收\x1b[2J\u202e")

    for language in (shown.zh, shown.en):
        assert "已接收" in language
        assert "\x1b" not in language
        assert "\u202e" not in language


def test_a_name_with_one_sign_that_cannot_be_seen_keeps_the_others() -> None:
    assert short("名称\x00") == "名称\\x00"


@pytest.mark.parametrize(
    "broken", ["", "{", '{"a"}', '{"a" 1}', "[1 2]", "[1]x", '"a', '"\\x"', '"\n"']
)
def test_what_is_wrong_with_json_is_said_in_chinese_too(broken: str) -> None:
    with pytest.raises(json.JSONDecodeError) as caught:
        json.loads(broken)

    reason = json_reason(caught.value.msg)

    assert not reason.zh.isascii()
    assert reason.en.isascii()


def test_where_text_is_in_another_encoding_is_said_in_chinese_too(tmp_path: Path) -> None:
    with pytest.raises(UnicodeDecodeError) as caught:
        "ab中".encode("gb18030").decode()
    (tmp_path / "mapping.yaml").write_bytes("ab中".encode("gb18030"))

    with pytest.raises(MappingError) as refused:
        load_mapping(tmp_path / "mapping.yaml")

    assert undecodable(caught.value).zh == "第 3 个字节（0xD6）起不是 utf-8 文字"
    assert "第 3 个字节（0xD6）起不是 UTF-8 文字" in str(refused.value)
    assert "codec" not in str(refused.value)


def test_a_mark_of_a_dbf_is_a_byte_and_no_python() -> None:
    assert "0x78" in dbf_files.mark(b"x").zh
    assert "b'" not in str(dbf_files.mark(b"x"))


def test_settings_and_probes_speak_both() -> None:
    described = [
        AtRest.model_fields["current"].description,
        ReadingSettings.model_fields["unit_errors"].description,
        str(health.store_unwritable()),
        str(health.no_catalogue()),
    ]

    assert all(text and " / " in text and not text.isascii() for text in described)


# --- check: what departments push and what a file is ----------------------------------------------


def check(path: Path, mapping: Path, *options: str) -> Result:
    arguments = ["check", str(path), "--format", "json", "--mapping", str(mapping), "--json"]
    return CliRunner().invoke(main, [*arguments, *options])


@pytest.fixture
def mapping() -> Path:
    return Path("mappings/market-regulator/penalty.yaml").resolve()


def test_a_body_of_a_push_is_known_and_said_so_where_nothing_is_set(
    tmp_path: Path, mapping: Path
) -> None:
    (tmp_path / "rows.json").write_text(BODY)

    plain = check(tmp_path / "rows.json", mapping)

    assert "format.rows" not in plain.stdout
    assert "--set rows=rows" in plain.stderr
    assert "按部门提交的内容检查" in plain.stderr


def test_what_is_set_of_a_format_is_all_that_counts(tmp_path: Path, mapping: Path) -> None:
    (tmp_path / "rows.json").write_text(BODY)

    found = check(tmp_path / "rows.json", mapping, "--set", "columns=[]")

    assert "format.rows" in found.stdout


def test_lines_are_lines_though_the_first_begins_as_a_body_does(
    tmp_path: Path, mapping: Path
) -> None:
    (tmp_path / "rows.json").write_text(BODY)

    found = check(tmp_path / "rows.json", mapping, "--set", "lines=true")

    assert "lines" not in found.stderr
    assert "不能设 rows" not in found.output


@pytest.mark.parametrize(
    ("stored", "zh", "en"),
    [
        (
            "中心连接不上：x / the centre cannot be reached: x",
            "中心连接不上：x",
            "the centre cannot be reached: x",
        ),
        (
            "dropped: 甲 作废：a / b / dropped by 甲: a / b",
            "甲 作废：a / b",
            "dropped by 甲: a / b",
        ),
        ("accepted 20, refused 1", "接收 20，退回 1", "accepted 20, refused 1"),
        ("甲：先看 / 再说", "甲：先看 / 再说", "甲：先看 / 再说"),
        ("put", "入箱", "put"),
        ("and / or", "and / or", "and / or"),
    ],
)
def test_a_reason_stored_in_one_line_is_shown_in_one_language(
    stored: str, zh: str, en: str
) -> None:
    assert word("why", stored) == Text(zh, en)
