"""Commands, settings, modules and links that the documents name are those that there are."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from ruamel.yaml import YAML

from gateway.cli import main
from gateway.settings.reading import ReadingSettings
from tests.support.places import ROOT

PAGES = sorted(
    page
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    if not page.name.startswith("reference")
)
#: In running text and in blocks, which may go on over lines. What is signed begins in that way too.
COMMAND = re.compile(
    r"(?:^|[`/( ])creditgate (?!/|(?:package|receipt) 1)((?:[^`\n\\]|\\\n|\\.)+)", re.MULTILINE
)
#: A module, with a function or class of it: `gateway/exchange/pipeline.py: check`.
MODULE = re.compile(r"`((?:adapters|gateway|outbox|tests)/[\w/]+\.py)(?:: (\w+)(?:\.(\w+))?)?")
LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")


def commands_of(text: str) -> Iterator[list[str]]:
    """Yield the words of each command, without what a shell does with it."""
    for match in COMMAND.finditer(text):
        line = re.split(r" #| [|>]|&&|；|，|。", match[1].replace("\\\n", " "))[0]
        try:
            yield shlex.split(line)
        except ValueError:
            # A quotation mark of the sentence around it.
            yield line.split()


def unknown_in(words: list[str]) -> str | None:
    """Return the first word of a command line that there is not; None where all are known.

    `a|b` stands for either; words in capitals stand for what a person puts there.
    """
    command: click.Command = main
    for place, word in enumerate(words):
        if not isinstance(command, click.Group) or not re.fullmatch(r"[a-z|-]+", word):
            words = words[place:]
            break
        named = {
            name: command.get_command(click.Context(command), name) for name in word.split("|")
        }
        if missing := [name for name, known in named.items() if known is None]:
            return missing[0]
        command = next(value for value in named.values() if value is not None)
    else:
        words = []
    known = {option for one in command.params for option in one.opts} | {"--help"}
    options = [word.split("=")[0].rstrip("`.,;:)") for word in words if word.startswith("--")]
    return next((option for option in options if option not in known), None)


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_command_in_the_documents_is_one_that_there_is(page: Path) -> None:
    commands = [*commands_of(page.read_text("utf-8"))]

    assert {" ".join(words): said for words in commands if (said := unknown_in(words))} == {}


def test_a_command_that_there_is_not_is_noticed() -> None:
    text = "`creditgate feed forget X` and\n\n    creditgate feed list --colour red\n"

    assert [unknown_in(words) for words in commands_of(text)] == ["forget", "--colour"]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_to_a_file(page: Path) -> None:
    targets = LINK.findall(page.read_text("utf-8"))

    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_module_in_the_documents_has_what_is_named(page: Path) -> None:
    named = MODULE.findall(page.read_text("utf-8"))

    assert [found for found in named if not has(*found)] == []


def has(module: str, *names: str) -> bool:
    """Whether a module is there and defines each name, at its top or within a class."""
    path = ROOT / module
    if not path.exists():
        return False
    text = path.read_text("utf-8")
    return all(
        re.search(rf"^\s*(?:def|class) {name}\b|^{name}\b.*=", text, re.M) for name in names if name
    )


def test_settings_of_readers_stand_in_the_documents_with_their_defaults() -> None:
    page = ROOT / "docs" / "how-to" / "running.md"
    [block] = re.findall(r"^reading:\n(?:  .*\n)+", page.read_text("utf-8"), re.MULTILINE)

    assert YAML(typ="safe").load(block)["reading"] == ReadingSettings().model_dump()
