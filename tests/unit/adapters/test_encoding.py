"""Encodings are proposed and shown, never chosen; the declared one is held against the bytes."""

import io
import re

import pytest

from adapters.formats import FormatError
from adapters.formats.decoding import decode, decoder, encoder, utf8
from adapters.formats.delimited import DelimitedSettings, DelimitedText
from adapters.formats.encoding import guesses, known_encoding
from adapters.formats.evidence import contradiction
from tests.support.places import ROOT

SIMPLE = "行政相对人名称,处罚决定日期\n惠州市示例食品有限公司,2026-03-01\n" * 3
TRADITIONAL = "行政相對人名稱,處罰決定日期\n惠州市範例食品有限公司,2026-03-01\n" * 3


@pytest.mark.parametrize(
    ("text", "encoding", "expected"),
    [
        (SIMPLE, "gb18030", "gb18030"),
        (SIMPLE, "gbk", "gb18030"),
        (SIMPLE, "gb2312", "gb18030"),
        (SIMPLE, "utf-8", "utf-8"),
        (SIMPLE, "utf-8-sig", "utf-8-sig"),
        (SIMPLE, "utf-16", "utf-16"),
        (SIMPLE, "utf-16-le", "utf-16-le"),
        (SIMPLE, "utf-16-be", "utf-16-be"),
        (TRADITIONAL, "big5", "big5"),
        ("a,b\n1,2\n", "ascii", "utf-8"),
    ],
)
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


# --- the declared encoding, held against the bytes ------------------------------------------------

#: Words of the standard, of mappings and of made-up people and firms, from one character up.
WORDS = sorted(
    {
        word[:size]
        for folder, ending in (
            ("mappings", "*.yaml"),
            ("gateway/demo", "*.py"),
            ("xsd/credit", "*.xsd"),
        )
        for path in (ROOT / folder).rglob(ending)
        for word in re.findall(r"[\u4e00-\u9fff]+", path.read_text("utf-8"))
        for size in (1, 2, 3, 4, 5, 6, 8, 12)
        if len(word) >= size
    }
)
OLD = re.findall(
    r"\S+",
    """臺灣 香港特別行政區 國家稅務總局 環境保護 許可證 營業執照 統一社會信用代碼
法定代表人 處罰機關 違法事實 罰款 沒收違法所得 責令停產停業 暫扣許可證 吊銷執照 電子科技
物流運輸 建築材料 餐飲管理 服裝設計 機械製造 化學工業 證券投資 保險經紀 銀行
醫療器械 學校 幼兒園 圖書館 體育館 醫院 廣東省 深圳 廣州 東莞""",
)


def in_file(word: str, encoding: str) -> bytes:
    return f"name,code\n{word},1\n".encode(encoding)


@pytest.mark.parametrize("encoding", ["gb18030", "gbk", "utf-8", "utf-16-le", "utf-16-be"])
def test_no_word_in_the_declared_encoding_is_refused(encoding: str) -> None:
    assert len(WORDS) > 500
    assert [w for w in WORDS if contradiction(in_file(w, encoding), encoding)] == []
    assert [w for w in OLD if contradiction(in_file(w, encoding), encoding)] == []


def test_no_traditional_word_in_big5_is_refused() -> None:
    assert [w for w in OLD if contradiction(in_file(w, "big5"), "big5")] == []


@pytest.mark.parametrize(
    "word", ["联通", "一", "瑾", "璐璐", "婕", "龘𠀀", "镕", "㙍", "阿卜杜·买买提"]
)
def test_a_rare_word_alone_is_no_proof(word: str) -> None:
    assert contradiction(in_file(word, "gb18030"), "gb18030") is None
    assert contradiction(in_file(word, "utf-8"), "utf-8") is None


@pytest.mark.parametrize(
    ("true", "declared", "length"),
    [
        ("utf-8", "gb18030", 4),
        ("utf-8", "big5", 4),
        ("utf-8", "cp1252", 3),
        ("gb18030", "utf-8", 4),
        ("gb18030", "cp1252", 5),
        ("gb18030", "cp437", 3),
        ("gb18030", "latin-1", 5),
        ("gb18030", "big5", 12),
        ("utf-16-le", "gb18030", 3),
        ("utf-16-be", "utf-8", 3),
        ("utf-16-le", "utf-16-be", 3),
        ("utf-8", "utf-16-le", 3),
        ("gb18030", "utf-16", 4),
        ("utf-16-le", "cp1252", 3),
    ],
)
def test_text_in_another_encoding_is_told_by_its_name(
    true: str, declared: str, length: int
) -> None:
    words = [word for word in WORDS if len(word) >= length]

    wrong = [word for word in words if contradiction(in_file(word, true), declared) != true]

    assert len(wrong) <= len(words) // 100, wrong


def refused(data: bytes, encoding: str = "gb18030") -> str | None:
    """Return what the whole file is refused with, if it is."""
    try:
        list(DelimitedText(DelimitedSettings(encoding=encoding)).read(io.BytesIO(data), 100))
    except FormatError as error:
        return str(error) if error.rule == "format.encoding" else None
    return None


def test_traditional_text_in_big5_is_told_in_a_gb18030_feed() -> None:
    data = ("名稱,代碼\n" + "".join(f"{word},1\n" for word in OLD)).encode("big5")

    assert "big5" in (refused(data) or "")


@pytest.mark.parametrize("before", [0, 1_000, 40_000, 200_000])
def test_a_contradiction_far_down_refuses_the_file_before_its_first_row(before: int) -> None:
    plain = b"name,code\n" + b"ACME Limited,12345\n" * before
    data = plain + "惠州市示例食品有限公司,1\n".encode()

    assert "utf-8" in (refused(data) or "")
    assert refused(plain + "惠州市示例食品有限公司,1\n".encode("gb18030")) is None


def test_a_broken_character_in_a_file_that_fits_refuses_nothing_else() -> None:
    rows = "惠州市示例食品有限公司,1\n" * 20
    for encoding in ("gb18030", "utf-8"):
        data = f"名称,代码\n{rows}".encode(encoding)
        assert refused(data + b"\x81\xff,2\n" + rows.encode(encoding), encoding) is None


def test_rows_of_another_encoding_among_others_are_each_refused() -> None:
    words = [word for word in WORDS if len(word) >= 4][:200]
    data = "名称,代码\n".encode("gb18030") + b"".join(
        f"{word},{n}\n".encode("utf-8" if n % 2 else "gb18030") for n, word in enumerate(words)
    )

    [chunk] = DelimitedText(DelimitedSettings()).read(io.BytesIO(data), 1_000)

    for n, (word, name) in enumerate(zip(words, chunk.rows["名称"], strict=True)):
        assert ("\ufffd" in name) if n % 2 else name == word


def test_plain_text_passes_under_any_encoding_that_holds_it() -> None:
    for encoding in ("gb18030", "utf-8", "big5", "cp1252", "ascii"):
        assert refused(b"a,b\n1,2\n", encoding) is None
    assert refused("café,Müller\nname,x\n".encode("cp1252"), "cp1252") is None


# --- GB18030 of 2022 ----------------------------------------------------------------------------

MOVED = {
    "A6D9": 0xFE10,
    "A6DA": 0xFE12,
    "A6DB": 0xFE11,
    "A6DC": 0xFE13,
    "A6DD": 0xFE14,
    "A6DE": 0xFE15,
    "A6DF": 0xFE16,
    "A6EC": 0xFE17,
    "A6ED": 0xFE18,
    "A6F3": 0xFE19,
    "A8BC": 0x1E3F,
    "FE59": 0x9FB4,
    "FE61": 0x9FB5,
    "FE66": 0x9FB6,
    "FE67": 0x9FB7,
    "FE6D": 0x9FB8,
    "FE7E": 0x9FB9,
    "FE90": 0x9FBA,
    "FEA0": 0x9FBB,
}


@pytest.mark.parametrize("name", ["gb18030", "gbk", "gb2312", "cp936"])
def test_characters_that_moved_are_read_where_they_are_now(name: str) -> None:
    for code, point in MOVED.items():
        data = bytes.fromhex(code)
        assert decode(data, name) == decoder(name)(data, True) == chr(point)
        assert utf8(data, name).decode() == chr(point)


def test_what_is_still_private_use_stays_for_the_mapping_to_refuse() -> None:
    kept = {"AAA1": 0xE000, "FE51": 0xE816, "FE91": 0xE855, "A3A0": 0xE5E5, "8135F437": 0xE7C7}
    for code, point in kept.items():
        data = bytes.fromhex(code)
        assert utf8(data, "gb18030").decode() == decode(data, "gb18030") == chr(point)
    # The four-byte codes of what moved are read too, as the Unicode consortium recommends.
    assert decode(bytes.fromhex("82359037"), "gb18030") == "\u9fb4"


def test_what_is_read_is_written_with_the_same_bytes() -> None:
    for code, point in MOVED.items():
        assert encoder("gb18030")(chr(point)) == bytes.fromhex(code)
    assert encoder("gbk")("\U00020000") == b"&#131072;"


@pytest.mark.parametrize(
    "name", ["hex", "rot13", "zlib", "unicode_escape", "raw_unicode_escape", "idna", "undefined"]
)
def test_what_python_calls_a_codec_but_is_no_encoding_of_text_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        known_encoding(name)


@pytest.mark.parametrize(
    "name", ["UTF-\ufffd8", "utf\xa08", "(utf-8)", "utf--8", "gbk-", " gbk", "utf 8"]
)
def test_a_name_of_an_encoding_has_nothing_in_it_that_python_would_leave_out(name: str) -> None:
    with pytest.raises(ValueError, match="unknown encoding"):
        known_encoding(name)


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (b"1.\xb50\n", "gbk"),
        (b"\x810,", "gb18030"),
        (b"\x81\x8f,", "euc_jp"),
        (b"\xa4\xd4\n", "euc_kr"),
    ],
)
def test_a_broken_character_at_the_end_takes_no_sign_with_it(data: bytes, encoding: str) -> None:
    text = decode(data, encoding)

    assert "\ufffd" in text
    assert text.encode()[-1:] == data[-1:]
