"""What the REST API answers to requests that are not as they must be, and on what was done."""

from collections.abc import Iterable

from gateway.text import Text

#: What the body of a request is called where its faults are told.
BODY = "正文 / body"
#: What the OpenAPI document says that the API is for.
DESCRIPTION = "登记、交换、告警、审计、账户 / registry, exchange, alerts, audit, accounts"


def must_be(value: str) -> Text:
    """Return that there is one value only that something can have."""
    return Text(f"应为 {value}", f"must be {value}")


def must_be_one_of(values: Iterable[str]) -> Text:
    """Return the values of which something must have one."""
    names = ", ".join(values)
    return Text(f"应为 {names}", f"must be one of {names}")


def must_be_some_of(values: Iterable[str]) -> Text:
    """Return the values of which something must name one or more."""
    names = ", ".join(values)
    return Text(f"应为 {names}", f"must be some of {names}")


def there_is_no(names: Iterable[str]) -> Text:
    """Return that things that were named do not exist."""
    unknown = ", ".join(sorted(names))
    return Text(f"没有 {unknown}", f"there is no {unknown}")


def null_character() -> Text:
    """Return that a text holds a null character."""
    return Text("含空字符", "has a null sign")


def no_json() -> Text:
    """Return that a body is no JSON."""
    return Text("不是合格的 JSON", "is no well-formed JSON")


def no_parameter(names: str) -> Text:
    """Return that an operation has no such parameter, and which it has."""
    return Text(f"没有这个查询参数；可用：{names}", f"is no parameter of this; there are: {names}")


def once_only() -> Text:
    """Return that a parameter stands more than once."""
    return Text("只可出现一次", "may stand once only")


def required() -> Text:
    """Return that a parameter is missing."""
    return Text("必填", "is required")


def no_number() -> Text:
    """Return that a parameter is no number."""
    return Text("应为数字", "must be a number")


def no_moment() -> Text:
    """Return that a parameter is no moment."""
    return Text("应为 ISO 8601 时刻", "must be a moment in ISO 8601")


def no_cursor() -> Text:
    """Return that a page of a list was asked for by something that no page before has given."""
    return Text("应为上一页给出的值", "must be what the page before gave")


def source_problem() -> Text:
    """Return that the source of a feed could not be read."""
    return Text("来源有问题", "the source has a problem")


def no_feed(feed: str) -> Text:
    """Return that there is no such feed."""
    return Text(f"没有数据项 {feed}", f"there is no feed {feed}")


def asked_for() -> Text:
    """Return that the scheduler was asked for something."""
    return Text("已请求", "asked for")


def takes_no_mended_rows() -> Text:
    """Return that the rows of a feed are mended at its source only."""
    return Text(
        "该数据项不接收改正后的行，请在来源改正",
        "this feed takes no mended rows: mend them at the source",
    )


def receipt_number(receipt: str) -> Text:
    """Return under which receipt mended rows were taken."""
    return Text(f"回执号 {receipt}", f"receipt number {receipt}")


def no_catalogue() -> Text:
    """Return that the platform's catalogue was not taken yet."""
    return Text("尚未取得目录", "no catalogue was taken yet")
