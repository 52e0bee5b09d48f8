"""Titles of the tables that commands print."""

from gateway.text import Text


def accounts_title() -> Text:
    """Return the title "Accounts"."""
    return Text("账户", "Accounts")


def adapter_kinds_title() -> Text:
    """Return the title "Adapter kinds"."""
    return Text("适配器类型", "Adapter kinds")


def adapters_title() -> Text:
    """Return the title "Adapters"."""
    return Text("适配器", "Adapters")


def audit_log_title() -> Text:
    """Return the title "Audit log"."""
    return Text("审计日志", "Audit log")


def changed_values_title() -> Text:
    """Return the title "Changed values"."""
    return Text("改动", "Changed values")


def code_lists_title() -> Text:
    """Return the title "Code lists"."""
    return Text("代码表", "Code lists")


def events_title() -> Text:
    """Return the title "Events"."""
    return Text("事件", "Events")


def feeds_title() -> Text:
    """Return the title "Feeds"."""
    return Text("数据项", "Feeds")


def identifiers_title() -> Text:
    """Return the title "Identifiers"."""
    return Text("标识", "Identifiers")


def packages_title() -> Text:
    """Return the title "Packages"."""
    return Text("数据包", "Packages")


def record_kinds_title() -> Text:
    """Return the title "Record kinds"."""
    return Text("记录类型", "Record kinds")


def records_title() -> Text:
    """Return the title "Records"."""
    return Text("记录", "Records")


def refusals_title() -> Text:
    """Return the title "Refusals"."""
    return Text("退回", "Refusals")


def senders_title() -> Text:
    """Return the title "Senders"."""
    return Text("发送方", "Senders")


def waiting_title() -> Text:
    """Return the title "Waiting"."""
    return Text("待批准", "Waiting")


def warnings_title() -> Text:
    """Return the title "Warnings"."""
    return Text("提醒", "Warnings")


def would_be_refused_title() -> Text:
    """Return the title "would be refused"."""
    return Text("将被退回", "would be refused")
