"""Encodings are proposed and shown, never chosen."""

import pytest

from adapters.formats.encoding import guesses

SIMPLE = "行政相对人名称,处罚决定日期\n惠州市示例食品有限公司,2026-03-01\n" * 3
TRADITIONAL = "行政相對人名稱,處罰決定日期\n惠州市範例食品有限公司,2026-03-01\n" * 3


@pytest.mark.parametrize(
    ("text", "encoding", "expected"),
    [
        (SIMPLE, "gb18030", "gb18030"), (SIMPLE, "gbk", "gb18030"), (SIMPLE, "gb2312", "gb18030"),
        (SIMPLE, "utf-8", "utf-8"), (SIMPLE, "utf-8-sig", "utf-8-sig"), (SIMPLE, "utf-16", "utf-16"),
        (SIMPLE, "utf-16-le", "utf-16-le"), (SIMPLE, "utf-16-be", "utf-16-be"), (TRADITIONAL, "big5", "big5"),
        ("a,b\n1,2\n", "ascii", "utf-8"),
    ],
)  # fmt: skip
def test_the_likeliest_comes_first_with_its_lines_to_look_at(
    text: str, encoding: str, expected: str
) -> None:
    found = guesses(text.encode(encoding))

    assert found[0].encoding == expected
    assert found[0].lines[0] == text.splitlines()[0]
    assert found == sorted(found, key=lambda one: -one.likelihood)


def test_a_character_cut_off_at_the_end_and_a_stray_byte_do_not_mislead() -> None:
    data = SIMPLE.encode("gb18030")

    assert guesses(data[:-3])[0].encoding == "gb18030"
    assert guesses(data[:20] + b"\xff" + data[20:])[0].encoding == "gb18030"


def test_what_is_no_text_is_no_encoding() -> None:
    assert guesses(b"\0\1\2\3\0") == []
    assert guesses(b"") == []
