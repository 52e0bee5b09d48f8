"""People's data in a sentence or a file's name, and who may open rows without a warrant."""

import ast
import json
from pathlib import Path

import pytest
from pydantic import TypeAdapter
from pydantic.errors import PydanticSchemaGenerationError

import gateway
from gateway.masking import Personal, mask, masked_name, masked_text
from gateway.operations.disclosure import DisclosureRefusedError, disclosed
from tests.support import planted
from tests.support.stub_gateway import stub_gateway


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("441300199001011239.csv", "441************239.csv"),
        ("处罚-44130019900101123 9_v2.xlsx", None),
        ("20260401441300199001011239.csv", "20260401441************239.csv"),
        ("２０２６-４４１３００１９９００１０１１２３９.csv", None),
        ("p_44130019600101003X.csv", None),
        ("p_44130019600101003x.csv@17-20", None),
        ("A441300900101123.csv", "A441300900101123.csv"),
        ("441300900101123.csv", "441*********123.csv"),
        ("441300199001011230.csv", "441300199001011230.csv"),
        ("202604010001234567.csv", "202604010001234567.csv"),
        ("penalty-000001.csv", "penalty-000001.csv"),
        (
            "20260401123456789012345678901234567890.csv",
            "20260401123456789012345678901234567890.csv",
        ),
    ],
)
def test_a_files_name_shows_no_citizen_and_every_other_number(name: str, shown: str | None) -> None:
    masked = masked_name(name)

    assert masked == shown if shown is not None else ("*" in masked and masked != name)
    assert masked_name(masked) == masked


def test_events_and_logged_texts_have_no_persons_number() -> None:
    text = f"列 A 的值 {planted.ID_NUMBER} 不是日期，电话 {planted.PHONE}，护照 {planted.PASSPORT}"

    assert planted.seen_in(masked_text(text)) == []


@pytest.mark.parametrize(
    "written",
    [
        "4413 0019 9001 0112 39",
        "441300-19900101-1239",
        "４４１３００１９９００１０１１２３９",
        "441300900101123",
        "编号441300199001011239号",
        "ID441300199001011239X",
        "441300\u200b199001011239",
        "138-0013-8000",
        "+8613800138000",
        "(0752) 2123456",
        "军字第1234567号",
        "H12345678",
        "91441300MA4EXAMP9E",
    ],
)
def test_a_number_is_found_within_a_sentence_however_it_is_written(written: str) -> None:
    masked = masked_text(f"当事人的号码是{written}，已核对")

    assert written not in masked
    assert masked.startswith("当事人的号码是")


@pytest.mark.parametrize(
    "harmless",
    [
        "惠市监处罚〔2026〕101号",
        "2026-11-28T12:34:35+00:00",
        "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
        "20261128123435123",
        "12345.67",
    ],
)
def test_what_is_nobodys_number_stays(harmless: str) -> None:
    assert masked_text(f"见 {harmless}。") == f"见 {harmless}。"


def test_a_single_sign_is_masked_too() -> None:
    assert (mask("1"), mask("男"), mask("欧阳娜"), mask("E12345678")) == (
        "*",
        "*",
        "欧**",
        "E*******8",
    )


def test_an_operation_cannot_answer_with_rows_that_nobody_has_masked() -> None:
    with pytest.raises(PydanticSchemaGenerationError):
        TypeAdapter(list[Personal[str]])
    row = Personal({"name": planted.NAME})

    assert planted.NAME not in f"{row} {row!r} {[row]}"
    with pytest.raises(TypeError):
        json.dumps(row)
    with pytest.raises(TypeError):
        row.reveal(None)  # type: ignore[arg-type]


#: Who may open rows without a warrant: what masks them, searches in them, packs them.
MASKS = {"masking.py", "standard/disclosure.py", "exchange/dry_run.py"}


def test_only_the_audited_exit_makes_warrants_and_only_masks_open_rows_without_one() -> None:
    root = Path(gateway.__file__).parent
    calls: dict[str, set[str]] = {"Warrant": set(), "unmasked_for_masking": set()}
    for path in root.rglob("*.py"):
        text = path.read_text("utf-8")
        if not any(word in text for word in (*calls, "_personal")):
            continue
        for node in ast.walk(ast.parse(text)):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in calls
            ):
                calls[node.func.id].add(path.relative_to(root).as_posix())
            if isinstance(node, ast.Attribute) and node.attr == "_personal":
                assert path.name == "masking.py", path

    assert calls["Warrant"] == {"operations/disclosure.py"}
    assert calls["unmasked_for_masking"] <= MASKS


@pytest.mark.parametrize(("person", "why"), [("", "to mend"), ("li", " ")])
def test_rows_do_not_go_out_without_a_name_and_a_reason(
    tmp_path: Path, person: str, why: str
) -> None:
    with stub_gateway(tmp_path) as gateway, pytest.raises(DisclosureRefusedError):
        disclosed(gateway.engine, gateway.clock(), person, "adapter.trial", planted.FEED, why)
