"""Questions that nobody means: other spellings, moments at the ends of time."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from adapters.formats.delimited import DelimitedSettings
from adapters.formats.fixed import FixedSettings
from gateway.clock import SHANGHAI, read_moment
from gateway.errors import GatewayError
from gateway.settings.kinds import adapter_kind
from gateway.web.console.settings_form import settings_of
from tests.support.people_console import House, house_over

_ENDS = (
    "0001-01-01",
    "9999-12-31",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "1899-12-31",
)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house_over(tmp_path_factory.mktemp("odd")) as console:
        yield console


@pytest.mark.parametrize(
    "host",
    [
        "localhost..",
        "localhost...",
        "..",
        "evil@localhost",
        "evil.example\\@localhost",
        "localhost@evil.example",
        "localhost:0x1",
        "localhost,evil.example",
        "127.1",
        "0x7f000001",
        "loc%61lhost",
        "localhost/evil",
    ],
)
@pytest.mark.parametrize("path", ["/sign-in", "/packages/", "/api/v1/feeds", "/nothing"])
def test_another_spelling_of_our_name_is_misdirected_and_breaks_nothing(
    house: House, host: str, path: str
) -> None:
    answer = house.app.test_client().get(path, headers={"Host": host})

    assert answer.status_code == 421
    assert "evil" not in answer.text


@pytest.mark.parametrize(
    "host", ["localhost", "localhost.", "LOCALHOST", "127.0.0.1:8750", "[::1]:8750"]
)
def test_our_names_are_taken(house: House, host: str) -> None:
    assert house.app.test_client().get("/sign-in", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "query", ["sicne=2026-01-01", "Limit=1", "limit=1&limit=5", "feed=a&feed=b", "x", "limit[]=1"]
)
def test_a_filter_that_is_misspelt_or_stands_twice_is_refused_and_not_left_out(
    house: House, query: str
) -> None:
    """All would be taken for what was asked for; of two values each reader has its own."""
    token = house.token_of(house.enter("op1"), "read")
    answer = house.api(token, f"/packages?{query}")

    assert answer.status_code == 422
    assert query.partition("=")[0] in answer.text
    assert house.api(token, "/packages?limit=1&state=").status_code == 200


@pytest.mark.parametrize("moment", _ENDS)
def test_moments_that_nobody_means_break_no_page_and_no_call(house: House, moment: str) -> None:
    operator, auditor = house.enter("op1"), house.enter("auditor")
    asked = {"since": moment, "until": moment}

    answers = [
        operator.get("/packages/", query_string=asked),
        operator.get("/packages/", query_string={"before": f"{moment}|x"}),
        auditor.get("/audit/", query_string=asked),
        house.api(house.token_of(operator, "read"), "/packages", query_string=asked),
        house.api(
            house.token_of(operator, "read"), "/packages", query_string={"before": f"{moment}|x"}
        ),
        house.api(house.token_of(auditor, "audit"), "/audit", query_string=asked),
    ]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 422, 422, 422]


def test_a_moment_has_chinas_time_unless_it_says_another() -> None:
    local, other = read_moment("2026-04-01"), read_moment("2026-04-01T00:00:00+00:00")

    assert local is not None
    assert local.tzinfo is SHANGHAI
    assert other is not None
    assert (other - local).total_seconds() == 8 * 3600
    assert [read_moment(text) for text in _ENDS] == [None] * len(_ENDS)


@pytest.mark.parametrize(
    "pattern",
    [
        "(a{99999999999999999999})",
        "(" * 3_000 + "a" + ")" * 3_000,
        "(?:" * 150 + "(a)" + ")" * 150,
        "(a)" + "b?" * 100_000,
        "((?:a{1000}){1000})",
    ],
)
@pytest.mark.parametrize("reads", [DelimitedSettings, FixedSettings])
def test_a_pattern_that_nobody_means_is_refused_in_words_and_at_once(
    pattern: str, reads: Any
) -> None:
    start = time.monotonic()
    columns = {"a": 3}
    given: dict[type, dict[str, Any]] = {
        DelimitedSettings: {"footer_lines": 1},
        FixedSettings: {"skip_last": 1, "columns": columns},
    }

    with pytest.raises(ValidationError, match="footer_count"):
        reads.model_validate({**given[reads], "footer_count": pattern})

    assert time.monotonic() - start < 2


@pytest.mark.parametrize(
    "text", ['{"encoding": "\\ud800"}', '{"a": 1, "a": 2}', "[NaN]", "[" * 9_000]
)
def test_a_setting_typed_as_json_says_one_thing_or_is_refused(text: str) -> None:
    with pytest.raises(GatewayError, match="JSON"):
        settings_of(adapter_kind("folder"), {"s.folder": "/drop", "s.format_settings": text})
