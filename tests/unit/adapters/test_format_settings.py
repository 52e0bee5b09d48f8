"""Every setting of every format can be given on the command line, nested ones too.

The settings come from the formats' own schemas: a new one that no way leads to fails here.
"""

import json
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import click
import pytest
from pydantic import ValidationError

from adapters import FORMAT_GROUP
from adapters.formats import Format
from gateway.cli.opening import registry_of
from gateway.cli.output import settings_of
from tests.support.command import in_this_process
from tests.support.places import ROOT

FORMATS: dict[str, type[Format]] = {
    point.name: point.load() for point in entry_points(group=FORMAT_GROUP)
}
MAPPING = ROOT / "mappings" / "environment" / "licence.yaml"
#: What a format does not open without, and what one setting needs beside it.
_NEEDED: dict[str, dict[str, Any]] = {
    "fixed": {"columns": {"a": 1}},
    "xml": {"row": "a/b"},
    "delimited.columns": {"header_row": 0},
    "delimited.footer_count": {"footer_lines": 1},
    "fixed.footer_count": {"skip_last": 1},
    "json.total": {"rows": "data.items"},
    "json.ok_path": {"rows": "data.items"},
}
#: For each type of a schema, values of which at least one is good for a setting and not its
#: default.
_VALUES: dict[str, tuple[Any, ...]] = {
    "string": ("utf-8", "甲/乙", "|", r"共(\d+)条"),
    "integer": (3,),
    "boolean": (True, False),
    "array": (["编号", "名,称"],),
    "object": ({"编号": 4, "名称": 10},),
}


def _every_setting() -> Iterator[tuple[str, str, Any]]:
    """Yield (format, setting, value) for each setting of each format."""
    for name, made in sorted(FORMATS.items()):
        schema = made.Settings.model_json_schema()
        for setting, about in schema["properties"].items():
            yield name, setting, _value(name, setting, about)
    # An empty text is no setting that was left out.
    yield "delimited", "quote", ""


def _value(name: str, setting: str, about: dict[str, Any]) -> Any:
    """Return a value that a setting takes and does not have by itself."""
    default = about.get("default", _NEEDED.get(name, {}).get(setting))
    for value in (*about.get("enum", ()), *_VALUES[about["type"]]):
        try:
            _made(name, {setting: value})
        except ValidationError:
            continue
        if value != default:
            return value
    raise AssertionError(f"{name}.{setting}: no value here is good for it; add one")


def _made(name: str, settings: dict[str, Any]) -> dict[str, Any]:
    """Return what a format makes of settings, with what they need beside them."""
    whole = settings
    for setting in settings:
        whole = _beside(name, setting) | whole
    return FORMATS[name].Settings.model_validate(whole).model_dump(mode="json")


def _beside(name: str, setting: str) -> dict[str, Any]:
    """Return what must be set beside a setting."""
    needed = _NEEDED.get(name, {}) | _NEEDED.get(f"{name}.{setting}", {})
    return {one: value for one, value in needed.items() if one != setting}


def _ways(setting: str, value: Any) -> Iterator[list[str]]:
    """Yield each way in which a value can be written as NAME=VALUE."""
    if isinstance(value, str):
        yield [f"{setting}={value}"]
    yield [f"{setting}={json.dumps(value, ensure_ascii=False)}"]
    if isinstance(value, dict):
        yield [f"{setting}.{name}={part}" for name, part in value.items()]


SETTINGS = [
    pytest.param(*one, id="-".join(map(str, one[:2])) or "empty") for one in _every_setting()
]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Requests of the command `check`, which then reads nothing."""
    requests: list[Any] = []

    class Reading:
        counted = None

        def __init__(self, _stream: object, request: object, _what: str) -> None:
            requests.append(request)

        def __iter__(self) -> Iterator[Any]:
            return iter(())

    monkeypatch.setattr("gateway.cli.check.FileReading", Reading)
    return requests


@pytest.mark.parametrize(("name", "setting", "value"), SETTINGS)
@pytest.mark.parametrize("prefix", ["", "format_settings."])
def test_check_takes_every_setting_of_every_format(
    asked: list[Any], tmp_path: Path, name: str, setting: str, value: Any, prefix: str
) -> None:
    (tmp_path / "file").touch()

    for way in _ways(setting, value):
        options = [part for one in way for part in ("--set", f"{prefix}{one}")]
        in_this_process(
            "check", str(tmp_path / "file"), "--mapping", str(MAPPING), "--format", name, *options
        )

    assert asked
    for request in asked:
        assert _made(request.format, request.settings)[setting] == value, request.settings


def test_check_takes_the_encoding_of_any_format_that_has_one(
    asked: list[Any], tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    with_encoding = [
        name for name, made in FORMATS.items() if "encoding" in made.Settings.model_fields
    ]

    for name in with_encoding:
        in_this_process(
            "check",
            str(tmp_path / "file"),
            "--mapping",
            str(MAPPING),
            "--format",
            name,
            "--encoding",
            "utf-8",
        )

    assert [request.settings for request in asked] == [{"encoding": "utf-8"}] * len(with_encoding)


def test_check_refuses_an_encoding_of_a_format_that_has_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("[]")

    refused = in_this_process(
        "check",
        str(tmp_path / "file"),
        "--mapping",
        str(MAPPING),
        "--format",
        "json",
        "--encoding",
        "gb18030",
        code=1,
    )

    assert "encoding" in refused.output


@pytest.fixture
def settings_file(tmp_path: Path) -> Path:
    """A gateway that has a store, a folder without files, and nothing else."""
    path = tmp_path / "gateway.yaml"
    endpoint = {"url": "http://127.0.0.1:9", "token": "made-up"}
    (tmp_path / "drop").mkdir()
    path.write_text(
        json.dumps(
            {
                "store": f"sqlite:///{tmp_path / 'gate.db'}",
                "catalogue": endpoint,
                "centre": endpoint,
                "reach": {"departments": {"water": {"folders": [str(tmp_path)]}}},
            }
        )
    )
    return path


@pytest.mark.parametrize(("name", "setting", "value"), SETTINGS)
def test_a_new_adapter_takes_every_setting_of_every_format(
    settings_file: Path, name: str, setting: str, value: Any
) -> None:
    ways = list(_ways(setting, value))
    drop = settings_file.parent / "drop"
    beside = [f"{one}={json.dumps(given)}" for one, given in _beside(name, setting).items()]

    for number, way in enumerate(ways):
        options = [part for one in (*beside, *way) for part in ("--set", f"format_settings.{one}")]
        # The folder is empty: the draft is kept, and its connection test says so.
        in_this_process(
            "adapter",
            "new",
            f"water.feed{number}",
            "--why",
            "a reason",
            "--kind",
            "folder",
            "--set",
            f"folder={drop}",
            "--set",
            f"format={name}",
            *options,
            "--settings",
            str(settings_file),
            code=1,
        )

    with registry_of(settings_file) as registry:
        for number in range(len(ways)):
            kept = registry.show(f"water.feed{number}").newest.definition.settings
            assert _made(name, kept["format_settings"])[setting] == value, kept


def test_a_key_twice_in_a_table_of_settings_is_refused() -> None:
    with pytest.raises(click.BadParameter, match="bh"):
        settings_of(['columns={"bh": 4, "mc": 5, "bh": 6}'])


def test_text_that_only_begins_like_json_is_text() -> None:
    assert settings_of(['quote="', "separator=[", "sheet={x}"]) == {
        "quote": '"',
        "separator": "[",
        "sheet": "{x}",
    }
