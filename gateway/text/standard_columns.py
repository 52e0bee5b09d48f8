"""Headings of the tables of commands about the standard: `schema` and `conformance`."""

from gateway.text import Text


def code() -> Text:
    """Return the heading "code"."""
    return Text("代码", "code")


def codes() -> Text:
    """Return the heading "codes"."""
    return Text("代码", "codes")


def difference() -> Text:
    """Return the heading "difference"."""
    return Text("差异", "difference")


def duty() -> Text:
    """Return the heading "duty"."""
    return Text("编号", "duty")


def edition() -> Text:
    """Return the heading "edition"."""
    return Text("版本", "edition")


def fields() -> Text:
    """Return the heading "fields"."""
    return Text("字段", "fields")


def findings() -> Text:
    """Return the heading "findings"."""
    return Text("发现", "findings")


def list_column() -> Text:
    """Return the heading "list"."""
    return Text("表", "list")


def listed() -> Text:
    """Return the heading "listed"."""
    return Text("列入", "listed")


def old_senders() -> Text:
    """Return the heading "old senders"."""
    return Text("旧版发送方", "old senders")


def result() -> Text:
    """Return the heading "result"."""
    return Text("结果", "result")


def successors() -> Text:
    """Return the heading "successors"."""
    return Text("后继", "successors")


def what_it_is() -> Text:
    """Return the heading "what it is"."""
    return Text("要求", "what it is")


def where() -> Text:
    """Return the heading "where"."""
    return Text("位置", "where")
