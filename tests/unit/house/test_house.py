"""The counts of tests/house: the tree has those recorded, each kind is noticed, none can rise."""

from pathlib import Path

import pytest

from tests.house import circles, docstrings, layout, names, texts
from tests.house.__main__ import ROOT
from tests.house.circles import import_graph
from tests.house.kinds import measures
from tests.house.record import COUNTS, CountsError, complaints, recorded, write_lower
from tests.house.source import House


def test_the_tree_has_the_counts_that_are_recorded() -> None:
    now = {kind: measure.count for kind, measure in measures(House(ROOT), import_graph()).items()}

    assert complaints(now, recorded()) == []


# --- what is counted ---


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def write(house: House, path: str, text: str) -> None:
    target = house.root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, "utf-8")


@pytest.mark.parametrize(
    "text",
    [
        "found = 1",
        "for held in (): pass",
        "def said(): pass",
        "def send(*, given=1): pass",
        "with open('x') as one: pass",
        "_found = [taken for taken in ()]",
        "self.made: int = 1",
        "if (why := 1): pass",
        "try: pass\nexcept ValueError as here: pass",
        "import os as mine",
        "match 1:\n    case [kept, *others]: pass",
    ],
)
def test_a_name_that_says_nothing_is_counted_wherever_it_is_bound(house: House, text: str) -> None:
    write(house, "gateway/a.py", text)

    places, _ = names.vague(house.product)

    assert places


def test_a_vague_word_may_be_part_of_a_name_and_may_be_used(house: House) -> None:
    write(house, "gateway/a.py", "found_rows = found\nreceipt = send(given=1).held")

    assert names.vague(house.product) == ([], 2)


def test_an_exception_is_one_by_any_base_and_wants_its_suffix(house: House) -> None:
    write(house, "gateway/a.py", "class Root(Exception): pass\nclass SentError(Root): pass")
    write(
        house, "gateway/b.py", "class Late(a.SentError): pass\nclass Foreign(httpx.HTTPError): pass"
    )
    write(house, "gateway/c.py", "class Plain: pass\nclass Rows(list[int]): pass")

    counted = {place.note for place in names.exceptions_without_suffix(house)}

    assert counted == {"Root", "Late", "Foreign"}


@pytest.mark.parametrize(
    ("text", "silent"),
    [
        ('def send() -> int:\n    """Return the number."""', False),
        ('def send() -> int:\n    """Whether it was sent."""', False),
        ('def send() -> int:\n    """Send it; return the number of bytes."""', False),
        ('def send() -> int:\n    """Send it. Returns are not looked at."""', True),
        ('def send() -> int:\n    """Give the number."""', True),
        ("def send() -> int: ...", True),
        ("def send(): ...", True),
        ("def send() -> None: ...", False),
        ("def _send() -> int: ...", False),
        ("class Sender:\n    async def send(self) -> int: ...", True),
        ("class _Sender:\n    def send(self) -> int: ...", False),
    ],
)
def test_a_public_function_that_does_not_say_what_it_returns_is_counted(
    house: House, text: str, silent: bool
) -> None:
    write(house, "outbox/a.py", text)

    assert bool(docstrings.silent(house)) is silent


def test_docstrings_that_begin_with_give_or_tell_are_counted_of_anything(house: House) -> None:
    write(house, "adapters/a.py", '"""Gives it."""\nclass A:\n    """Tell it."""\n')
    write(house, "adapters/b.py", '"""Given a file, read it."""\nGIVE = "Give it"\n')

    assert len(docstrings.former(house.product)) == 2


@pytest.mark.parametrize(
    "text",
    [
        'raise SettingsError("没有此设置", "no such setting")',
        'Text(f"没有 {name}", f"there is no {name}")',
        'Text(zh="没有", en="there is none")',
        'STATES = {"open": ("未结", "open")}',
        'option("--url", help="中心地址 / address of the centre")',
        'Text("甲：" + name, "of first: " + name)',
    ],
)
def test_chinese_and_english_beside_each_other_are_counted_outside_the_text_modules(
    house: House, text: str
) -> None:
    write(house, "gateway/cli/a.py", text)
    write(house, "gateway/text/a.py", text)
    write(house, "adapters/text/a.py", text)

    [place] = texts.inline_pairs(house)

    assert place.path == "gateway/cli/a.py"


def test_one_language_alone_and_docstrings_are_no_pairs(house: House) -> None:
    write(
        house,
        "gateway/a.py",
        '"""列出 / list them."""\nMARKS = ("合计", "小计")\nopen("名单", "w")',
    )

    assert texts.inline_pairs(house) == []


def test_every_way_to_keep_the_formatter_out_is_counted(house: House) -> None:
    marks = ("# fmt" + ": skip", "#fmt" + ":off", "# yapf" + ": disable")
    write(house, "gateway/a.py", "\n".join(f"a = 1  {mark}" for mark in marks))

    assert len(texts.fmt_skips(house.product)) == 3


def test_a_line_is_as_long_as_it_looks_and_no_comment_excuses_it(house: House) -> None:
    write(house, "gateway/a.py", f'A = "{"长" * 50}"  # noqa: E501\nB = "{"b" * 90}"\n')
    write(house, "tests/a.py", f'A = "{"a " * 50}"\n')

    lines = layout.long_lines(house)

    assert [(place.path, place.line) for place in lines["gateway"]] == [("gateway/a.py", 1)]
    assert len(lines["tests"]) == 1


def test_files_are_counted_by_length_and_by_where_they_stand(house: House) -> None:
    write(house, "gateway/__init__.py", "")
    write(house, "gateway/loose.py", "\n" * 401)
    write(house, "gateway/room/a.py", "\n" * 400)
    write(house, "gateway/store/migrations/versions/0001_first.py", "\n" * 401)
    write(house, "tests/conftest.py", "")
    write(house, "tests/helper.py", "")
    write(house, "tests/support/helper.py", "")

    assert [place.path for place in layout.long_files(house.product)] == ["gateway/loose.py"]
    assert [place.path for place in layout.loose(house, "gateway")] == ["gateway/loose.py"]
    assert [place.path for place in layout.loose(house, "tests")] == ["tests/helper.py"]


def test_what_comes_from_a_test_module_is_counted_by_name(house: House) -> None:
    write(
        house,
        "tests/unit/test_a.py",
        "from tests.unit.test_b import item, row\nimport tests.support",
    )
    write(
        house,
        "tests/unit/test_c.py",
        "from tests.support import towns\nfrom tests.unit import test_b",
    )

    counted = [place.note for place in layout.from_test_modules(house)]

    assert counted == ["tests.unit.test_b: item", "tests.unit.test_b: row", "tests.unit: test_b"]


def test_a_circle_is_all_that_reach_each_other() -> None:
    edges = {
        "a": ["b"],
        "b": ["c"],
        "c": ["a", "d"],
        "d": ["e"],
        "e": ["d"],
        "f": ["a"],
        "g": ["g"],
    }

    assert circles.circles(edges) == [["a", "b", "c"], ["d", "e"]]


# --- counts only go down ---


@pytest.fixture
def record(tmp_path: Path) -> Path:
    path = tmp_path / "counts.toml"
    path.write_text("# Aim: 0.\nskips = 5  # of them 2 in cli\nshare = 8.3\n", "utf-8")
    return path


def test_more_than_recorded_fails_and_is_never_written(record: Path) -> None:
    original = record.read_text("utf-8")

    [complaint] = complaints({"skips": 6, "share": 8.3}, recorded(record))
    with pytest.raises(CountsError, match="skips"):
        write_lower({"skips": 6, "share": 8.0}, record)

    assert "may only go down" in complaint
    assert record.read_text("utf-8") == original


def test_less_than_recorded_fails_until_it_is_written_down(record: Path) -> None:
    now = {"skips": 4, "share": 8.2}

    assert all("write the lower number down" in line for line in complaints(now, recorded(record)))
    write_lower(now, record)

    assert complaints(now, recorded(record)) == []
    assert record.read_text("utf-8") == "# Aim: 0.\nskips = 4  # of them 2 in cli\nshare = 8.2\n"


def test_a_kind_that_is_not_recorded_or_no_longer_counted_fails(record: Path) -> None:
    assert len(complaints({"skips": 5, "silent": 1}, recorded(record))) == 2
    with pytest.raises(CountsError):
        write_lower({"skips": 5}, record)


def test_every_recorded_count_says_its_aim() -> None:
    assert COUNTS.read_text("utf-8").count("Aim:") >= 4
