"""What is wrong with settings is told in both languages, and never what was given."""

from datetime import date
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import BaseModel, Field, SecretStr, ValidationError

from adapters import Settings
from adapters.database import DatabaseSettings
from adapters.formats.delimited import DelimitedSettings
from adapters.formats.fixed import FixedSettings
from adapters.formats.json import JsonSettings
from adapters.setting_faults import invalid_parts, joined_parts
from adapters.soap import SoapSettings
from gateway.settings.at_rest import AtRest


class _Inner(Settings):
    name: str


class _Every(Settings):
    text: str = Field(default="abc", min_length=2, max_length=4, pattern="^[a-z]+$")
    whole: int = Field(default=1, ge=1, le=9)
    number: float = Field(default=1.0, gt=0, lt=9)
    flag: bool = True
    choice: Literal["one", "two"] = "one"
    several: tuple[str, ...] = Field(default=("a",), min_length=1, max_length=2)
    table: dict[str, str] = Field(default_factory=dict)
    inner: _Inner = _Inner(name="a")
    path: Path = Path("a")
    day: date = date(2026, 1, 1)
    secret: SecretStr = SecretStr("a")


@pytest.mark.parametrize(
    ("given", "zh", "en"),
    [
        ({"text": 5}, "应为文本", "must be text"),
        ({"text": "x"}, "至少 2 个字符", "at least 2 characters"),
        ({"text": "xxxxx"}, "至多 4 个字符", "at most 4 characters"),
        ({"text": "AB"}, "^[a-z]+$", "^[a-z]+$"),
        ({"whole": "many"}, "应为整数", "must be a whole number"),
        ({"whole": 1.5}, "不带小数", "without decimals"),
        ({"whole": [1]}, "应为整数", "must be a whole number"),
        ({"whole": 0}, "不得小于 1", "at least 1"),
        ({"whole": 10}, "不得大于 9", "at most 9"),
        ({"number": "x"}, "应为数字", "must be a number"),
        ({"number": 0}, "应大于 0", "greater than 0"),
        ({"number": 9}, "应小于 9", "less than 9"),
        ({"flag": "perhaps"}, "应为 true 或 false", "must be true or false"),
        ({"choice": "three"}, "应为 one、two 之一", "must be one of one or two"),
        ({"several": "a"}, "应为列表", "must be a list"),
        ({"several": []}, "至少 1 项", "at least 1 items"),
        ({"several": ["a", "b", "c"]}, "至多 2 项", "at most 2 items"),
        ({"table": "a"}, "应为一组", "must be a table"),
        ({"inner": "a"}, "应为一组", "must be a table"),
        ({"inner": {}}, "必填", "is required"),
        ({"path": 5}, "路径", "the path of a file"),
        ({"day": "5 March"}, "2026-03-05", "2026-03-05"),
        ({"secret": 5}, "应为文本", "must be text"),
        ({"wrong": 5}, "没有这项设置", "is no setting"),
    ],
)
def test_the_common_faults_are_told_in_both_languages(
    given: dict[str, Any], zh: str, en: str
) -> None:
    [text] = invalid_parts(_refused(_Every, given))

    assert zh in text.zh
    assert en in text.en
    [name] = given
    assert text.zh.startswith(name)
    assert not any(word in text.zh for word in ("Input", "should", "Field", "Value"))


@pytest.mark.parametrize(
    ("kind", "given", "zh", "en"),
    [
        (
            DatabaseSettings,
            {"url": "sqlite:///a", "key_column": "id", "mode": "full"},
            "table、query 须设其一",
            "table or query",
        ),
        (
            DatabaseSettings,
            {"url": "sqlite:///a", "key_column": "id", "mode": "status", "table": "t"},
            "mode status 需要设置 status",
            "mode status needs status",
        ),
        (
            DatabaseSettings,
            {"url": "a", "key_column": "id", "mode": "full", "table": "t"},
            "SQLAlchemy 地址",
            "SQLAlchemy URL",
        ),
        (
            DatabaseSettings,
            {"url": "mysql://a:b@c/d", "key_column": "id", "mode": "full", "table": "t"},
            "password",
            "password",
        ),
        (
            SoapSettings,
            {"wsdl": "a", "endpoint": "http://a/", "operation": "a"},
            "rows_path、file_path 须设其一",
            "rows_path or file_path",
        ),
        (
            SoapSettings,
            {
                "wsdl": "a",
                "endpoint": "http://a/",
                "operation": "a",
                "rows_path": "a",
                "security": "none",
            },
            "需要设置 cursor_argument",
            "needs cursor_argument",
        ),
        (
            DelimitedSettings,
            {"footer_count": "a"},
            "footer_count 需要设置 footer_lines",
            "footer_count needs footer_lines",
        ),
        (
            DelimitedSettings,
            {"encoding": "klingon"},
            "没有编码 klingon",
            "unknown encoding klingon",
        ),
        (
            FixedSettings,
            {"columns": {"a": 2}, "unit": "bytes", "encoding": "utf-16"},
            "按字节定宽",
            "widths in bytes",
        ),
        (AtRest, {"current": "a", "keys": {"a": "c2hvcnQ="}}, "32 字节", "32 bytes"),
        (AtRest, {"current": "b", "keys": {"a": "é"}}, "32 字节", "32 bytes"),
        (JsonSettings, {"lines": True, "rows": "a"}, "每行一个对象", "one object a line"),
    ],
)
def test_settings_that_do_not_go_together_are_told_in_both_languages(
    kind: type[BaseModel], given: dict[str, Any], zh: str, en: str
) -> None:
    text = joined_parts(_refused(kind, given))

    assert zh in text.zh, text.zh
    assert en in text.en, text.en


def _refused(kind: type[BaseModel], given: dict[str, Any]) -> ValidationError:
    with pytest.raises(ValidationError) as refused:
        kind.model_validate(given)
    return refused.value
