"""What of a drop is pure: which files are whole, which names are safe."""

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from adapters.file_names import answerable, readable, safe_name, shown
from adapters.files.control_totals import declared_of, decoded, named_digest
from adapters.files.patience import Patience
from adapters.files.ready import Waiting, beside, candidates, folders, marker_of, orphans, sort_out
from adapters.files.settings import DropSettings
from adapters.text import Text
from adapters.transports.probe import LoginPause, LoginRefusedError
from adapters.transports.remote import Entry
from tests.support.drop_listing import listed


def settings(**changes: Any) -> DropSettings:
    return DropSettings.model_validate(changes)


@pytest.mark.parametrize(
    ("names", "changes", "expected"),
    [
        (("b.csv", "b.csv.ok", "a.csv"), {}, ["b.csv"]),
        (("b.csv", "b.csv.ok", "a.csv", "a.csv.ok"), {}, ["b.csv", "a.csv"]),
        (("A.CSV", "A.CSV.ok"), {}, ["A.CSV"]),
        (("A.CSV", "A.CSV.OK"), {}, ["A.CSV"]),
        (("a.csv", "A.ok"), {}, ["a.csv"]),
        (("a.csv", "A.csv", "a.csv.ok"), {}, ["a.csv"]),
        (("a.csv", "a.txt", "a.ok"), {"pattern": "a.*"}, []),
        (("x.result.csv", "x.result.csv.ok"), {}, ["x.result.csv"]),
        (
            ("~$a.csv", "._a.csv", "Thumbs.db", "a"),
            {"pattern": "*", "ready": "rename", "archive": "x"},
            ["a"],
        ),
        (("a.csv", "a.csv.result.csv"), {"ready": "rename", "archive": "x"}, ["a.csv"]),
        (
            ("a.csv", "b.csv", "b.csv.md5"),
            {"ready": "rename", "checksum": "md5", "archive": "x"},
            ["b.csv"],
        ),
        (("a", "archive"), {"pattern": "*", "ready": "rename", "archive": "archive/%Y"}, ["a"]),
        (
            ("a.csv.claimed-by-me", "a.csv", "b.csv.claimed-by-other"),
            {"ready": "rename", "claim": "me", "archive": "x"},
            ["a.csv"],
        ),
    ],
    ids=[
        "marker",
        "oldest first",
        "case",
        "marker in capitals",
        "marker of the stem",
        "one marker",
        "two of a stem",
        "their own result",
        "other programs'",
        "our own result",
        "checksum",
        "our own folder",
        "claims",
    ],
)
def test_what_counts_as_whole(names: tuple[str, ...], changes: Any, expected: list[str]) -> None:
    found = candidates(listed(*names), settings(**changes))

    assert [one.path for one in found] == expected


def test_markers_alone_are_known_and_those_of_claimed_files_are_not_alone() -> None:
    names = listed("a.csv.ok", "b.csv.ok", "b.csv.claimed-by-other", "c.txt.ok")

    assert list(orphans(names, settings())) == ["a.csv"]


@pytest.mark.parametrize(
    ("names", "changes", "expected"),
    [
        (("a.csv",), {}, {"a.csv": "drop.no_marker"}),
        (("a.csv", "a.csv.done"), {}, {}),
        (("a.csv.done", "a.csv"), {}, {"a.csv": "drop.no_marker"}),
        (("a.csv.taken", "a.csv"), {}, {}),
        (("a.csv", "a.csv.result.csv"), {}, {}),
        (("a.csv", "a.csv.ok"), {"checksum": "md5"}, {"a.csv": "drop.no_checksum"}),
        ((".a.csv", ".a.csv.ok"), {}, {".a.csv": "drop.hidden"}),
        (
            ("a.csv.claimed-by-two",),
            {"claim": "one", "archive": "x"},
            {"a.csv.claimed-by-two": "drop.claimed"},
        ),
        (
            ("a.csv.claimed-by-one", "a.csv"),
            {"claim": "one", "archive": "x"},
            {"a.csv": "drop.newer"},
        ),
        (
            ("x.csv", "a.csv.claimed-by-two"),
            {"claim": "one", "archive": "x"},
            {"x.csv": "drop.no_marker", "a.csv.claimed-by-two": "drop.claimed"},
        ),
        (("c.txt.ok",), {}, {}),
        (
            ("a.csv", "a.txt", "a.ok"),
            {"pattern": "a.[ct]*"},
            {"a.csv": "drop.no_marker", "a.txt": "drop.no_marker", "a.ok": "drop.no_file"},
        ),
        (("b.ok",), {}, {"b": "drop.no_file"}),
        (("b.csv.OK",), {}, {"b.csv": "drop.no_file"}),
        (
            ("a.csv", "a.csv.part", "a.csv.tmp", "notes.txt"),
            {"ready": "rename", "archive": "x"},
            {},
        ),
    ],
    ids=[
        "no marker",
        "done",
        "come again",
        "taken",
        "answered",
        "no checksum",
        "hidden",
        "claimed",
        "newer",
        "claimed beside others",
        "a marker of what is not asked for",
        "a marker of two",
        "lone stem",
        "lone marker",
        "half-written",
    ],
)
def test_every_file_that_matches_and_is_not_taken_has_its_reason(
    names: tuple[str, ...], changes: Any, expected: dict[str, str]
) -> None:
    waiting = sort_out(listed(*names), settings(**changes)).waiting

    assert {path: reason.name for path, reason in waiting.items()} == expected


def test_a_file_of_a_time_to_come_that_was_answered_waits_for_nothing() -> None:
    names = listed("a.csv", "a.csv.done") | {"a.csv": Entry("a.csv", 1, 4e9, "4e9")}

    assert sort_out(names, settings(), now=2e9).waiting == {}
    assert list(sort_out(names, settings(), now=4e9).waiting) == ["a.csv"]


def test_a_marker_is_found_again_by_whichever_form_of_its_name() -> None:
    assert marker_of("a.csv", listed("a.csv", "a.csv.OK"), settings()) == "a.csv.OK"
    assert marker_of("a.csv", listed("a.csv", "A.ok"), settings()) == "A.ok"
    assert marker_of("a.csv", listed("a.csv"), settings()) is None


def test_a_reason_is_said_once_after_a_while_and_again_when_it_comes_again() -> None:
    now = [0.0]
    patience = Patience(60, clock=lambda: now[0])
    reason = {"a.csv": Waiting("drop.no_marker", Text("等", "waits"))}
    said = []
    for moment, waiting in (
        (0, reason),
        (59, reason),
        (61, reason),
        (90, reason),
        (91, {}),
        (92, reason),
        (200, reason),
    ):
        now[0] = moment
        patience.begin(waiting)
        said.append(len(list(patience.end())))

    assert said == [0, 0, 1, 0, 0, 0, 1]


def test_very_many_files_that_wait_are_said_in_a_few_remarks() -> None:
    patience = Patience(0)
    patience.begin({f"{n}.csv": Waiting("drop.no_marker", Text("等", "waits")) for n in range(500)})

    said = list(patience.end())

    assert len(said) == 21
    assert "480" in said[-1].en


def test_a_login_that_was_refused_is_not_tried_again_for_an_hour() -> None:
    now = [0.0]
    pause = LoginPause(clock=lambda: now[0])
    pause.check()
    pause.refuse(LoginRefusedError("拒绝", "refused"))

    with pytest.raises(LoginRefusedError):
        pause.check()
    now[0] = 3601
    pause.check()


@pytest.mark.parametrize(
    ("marker", "totals", "unreadable", "unknown"),
    [
        ("", {}, "", ""),
        ("ROWS=5, SIZE=99", {"rows": "5", "size": "99"}, "", ""),
        ("行数：５", {"rows": "5"}, "", ""),
        ("rows=1,234,size=5", {"rows": "1234", "size": "5"}, "", ""),
        ('{"rows": 5}', {"rows": "5"}, "", ""),
        ("记录数 12 条", {"rows": "12"}, "", ""),
        ("rows=1,2345", {}, "rows=1,2345", ""),
        ("rows=-5", {}, "rows=-5", ""),
        ("size=1KB", {}, "size=1kb", ""),
        ("md5=zz", {}, "md5=zz", ""),
        ("total=5", {}, "", "total=5"),
        ("throws=5", {}, "", "throws=5"),
        ("5", {}, "", "5"),
    ],
)
def test_what_a_marker_declares(
    marker: str, totals: dict[str, str], unreadable: str, unknown: str
) -> None:
    declared = declared_of(marker, "x.csv")

    assert (declared.totals, declared.unreadable, declared.unknown) == (totals, unreadable, unknown)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030"]
)
def test_a_marker_is_read_in_whichever_encoding_its_program_writes(encoding: str) -> None:
    assert declared_of(decoded("rows=5 行数：5".encode(encoding))).totals == {"rows": "5"}


def test_a_digest_in_a_file_of_others_is_that_of_the_file_named() -> None:
    mine, other = "a" * 64, "b" * 64

    assert named_digest(f"{other}  y.csv\n{mine} *x.csv\n", "sha256", "x.csv") == mine
    assert named_digest(f"{other}  y.csv\n{mine} *z.csv\n", "sha256", "x.csv") == ""


def test_who_is_refused_for_a_name_is_answered_beside_a_harmless_likeness_of_it() -> None:
    likeness = answerable("20260301/" + readable("\u202evsc/处罚.csv"))

    assert answerable("处罚.csv") == "处罚.csv"
    assert likeness.startswith("20260301/_vsc_处罚~")
    assert likeness.endswith(".csv")
    assert safe_name(likeness.partition("/")[2])
    assert safe_name(answerable("x" * 300 + ".csv"))
    assert len(shown("长" * 300)) < 70


def test_days_are_counted_back_and_a_month_is_named_once() -> None:
    today = date(2026, 3, 2)

    assert folders(settings(subfolders="%Y%m%d", days=3), today) == [
        "20260302",
        "20260301",
        "20260228",
    ]
    assert folders(settings(subfolders="%Y%m", days=3), today) == ["202603", "202602"]
    assert folders(settings(), today) == [""]


@pytest.mark.parametrize(
    "name", ["../x.csv", "/etc/x.csv", "a\nb.csv", "a\x00b.csv", "\u202evsc.csv", "\x1b[2Jx"]
)
def test_a_hostile_name_is_made_storable_and_is_never_a_safe_one(name: str) -> None:
    shown = readable(name)

    assert not safe_name(shown)
    assert shown.isprintable()
    assert "/" not in shown


@pytest.mark.parametrize(
    "name",
    [
        "处罚（2026）.csv",
        "penalty-001.csv",
        "《决定书》 1.csv",
        "ａ.csv",
        "[3月]：，～‘’“”….csv",
        "%20';$.csv",
        "处罚　✅❤️.csv",
        "𰻝.csv",
    ],
)
def test_ordinary_names_are_safe(name: str) -> None:
    assert readable(name) == name
    assert safe_name(name)


def test_namesakes_stand_in_folders_below_their_own() -> None:
    assert beside("20260301/x.csv", "archive") == "20260301/archive/x.csv"
    assert beside("x.csv", "") == "x.csv"


@pytest.mark.parametrize(
    "wrong",
    [
        {"archive": "/etc"},
        {"errors": "../x"},
        {"claim": "me"},
        {"claim": "a b", "archive": "x"},
        {"checksum": "crc"},
    ],
)
def test_settings_that_would_lose_a_file_or_leave_the_folder_are_refused(wrong: Any) -> None:
    with pytest.raises(ValidationError):
        settings(**wrong)
