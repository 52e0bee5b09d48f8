"""Headings of the tables that commands print."""

from gateway.text import Text


def account() -> Text:
    """Return the heading "account"."""
    return Text("账户", "account")


def act() -> Text:
    """Return the heading "act"."""
    return Text("所为", "act")


def act_of_centre() -> Text:
    """Return the heading "act"."""
    return Text("动作", "act")


def arguments() -> Text:
    """Return the heading "arguments"."""
    return Text("参数", "arguments")


def asked_by() -> Text:
    """Return the heading "asked by"."""
    return Text("申请人", "asked by")


def at_column() -> Text:
    """Return the heading "at"."""
    return Text("时间", "at")


def by_why() -> Text:
    """Return the heading "by, why"."""
    return Text("何人、理由", "by, why")


def bytes() -> Text:
    """Return the heading "bytes"."""
    return Text("字节", "bytes")


def days() -> Text:
    """Return the heading "days"."""
    return Text("日期", "days")


def departments() -> Text:
    """Return the heading "departments"."""
    return Text("部门", "departments")


def detail() -> Text:
    """Return the heading "detail"."""
    return Text("说明", "detail")


def detail_of_centre() -> Text:
    """Return the heading "detail"."""
    return Text("详情", "detail")


def disabled() -> Text:
    """Return the heading "disabled"."""
    return Text("停用", "disabled")


def due_within() -> Text:
    """Return the heading "due within"."""
    return Text("时限", "due within")


def encoding() -> Text:
    """Return the heading "encoding"."""
    return Text("编码", "encoding")


def event() -> Text:
    """Return the heading "event"."""
    return Text("事件", "event")


def every() -> Text:
    """Return the heading "every"."""
    return Text("采集间隔", "every")


def feed() -> Text:
    """Return the heading "feed"."""
    return Text("数据项", "feed")


def feeds() -> Text:
    """Return the heading "feeds"."""
    return Text("数据项", "feeds")


def field() -> Text:
    """Return the heading "field"."""
    return Text("字段", "field")


def file() -> Text:
    """Return the heading "file"."""
    return Text("文件", "file")


def first_lines() -> Text:
    """Return the heading "first lines"."""
    return Text("首行", "first lines")


def from_column() -> Text:
    """Return the heading "from"."""
    return Text("取自", "from")


def id() -> Text:
    """Return the heading "id"."""
    return Text("编号", "id")


def identifier() -> Text:
    """Return the heading "identifier"."""
    return Text("标识", "identifier")


def key() -> Text:
    """Return the heading "key"."""
    return Text("记录键", "key")


def keys() -> Text:
    """Return the heading "keys"."""
    return Text("密钥", "keys")


def kind() -> Text:
    """Return the heading "kind"."""
    return Text("类型", "kind")


def last_fetch() -> Text:
    """Return the heading "last fetch"."""
    return Text("上次采集", "last fetch")


def last_sign_in() -> Text:
    """Return the heading "last sign-in"."""
    return Text("上次登录", "last sign-in")


def likelihood() -> Text:
    """Return the heading "likelihood"."""
    return Text("可能性", "likelihood")


def mode() -> Text:
    """Return the heading "mode"."""
    return Text("方式", "mode")


def name() -> Text:
    """Return the heading "name"."""
    return Text("名称", "name")


def next_try() -> Text:
    """Return the heading "next try"."""
    return Text("再试", "next try")


def no() -> Text:
    """Return the heading "no."."""
    return Text("编号", "no.")


def number_of_centre() -> Text:
    """Return the heading "no."."""
    return Text("序号", "no.")


def node() -> Text:
    """Return the heading "node"."""
    return Text("节点", "node")


def off() -> Text:
    """Return the heading "off"."""
    return Text("放假", "off")


def open_refusals() -> Text:
    """Return the heading "open refusals"."""
    return Text("未结退回", "open refusals")


def read_column() -> Text:
    """Return the heading "read"."""
    return Text("已读", "read")


def reason() -> Text:
    """Return the heading "reason"."""
    return Text("原因", "reason")


def reason_and_what_to_do() -> Text:
    """Return the heading "reason and what to do"."""
    return Text("原因与办法", "reason and what to do")


def received() -> Text:
    """Return the heading "received"."""
    return Text("收到", "received")


def record() -> Text:
    """Return the heading "record"."""
    return Text("记录", "record")


def records() -> Text:
    """Return the heading "records"."""
    return Text("记录", "records")


def refusal() -> Text:
    """Return the heading "refusal"."""
    return Text("退回原因", "refusal")


def remark() -> Text:
    """Return the heading "remark"."""
    return Text("说明", "remark")


def request() -> Text:
    """Return the heading "request"."""
    return Text("申请", "request")


def role() -> Text:
    """Return the heading "role"."""
    return Text("角色", "role")


def row() -> Text:
    """Return the heading "row"."""
    return Text("行", "row")


def rule() -> Text:
    """Return the heading "rule"."""
    return Text("规则", "rule")


def second_factor() -> Text:
    """Return the heading "second factor"."""
    return Text("第二因素", "second factor")


def sent_column() -> Text:
    """Return the heading "sent"."""
    return Text("发送", "sent")


def settings() -> Text:
    """Return the heading "settings"."""
    return Text("设置", "settings")


def source() -> Text:
    """Return the heading "source"."""
    return Text("出处", "source")


def source_of_list() -> Text:
    """Return the heading "source"."""
    return Text("来源", "source")


def state() -> Text:
    """Return the heading "state"."""
    return Text("状态", "state")


def target() -> Text:
    """Return the heading "target"."""
    return Text("对象", "target")


def term() -> Text:
    """Return the heading "term"."""
    return Text("有效期", "term")


def time() -> Text:
    """Return the heading "time"."""
    return Text("时间", "time")


def times() -> Text:
    """Return the heading "times"."""
    return Text("次数", "times")


def tries() -> Text:
    """Return the heading "tries"."""
    return Text("次数", "tries")


def type_column() -> Text:
    """Return the heading "type"."""
    return Text("类型", "type")


def unit() -> Text:
    """Return the heading "unit"."""
    return Text("单元", "unit")


def version() -> Text:
    """Return the heading "version"."""
    return Text("版本", "version")


def warning() -> Text:
    """Return the heading "warning"."""
    return Text("提醒", "warning")


def what_column() -> Text:
    """Return the heading "what"."""
    return Text("所为", "what")


def who_column() -> Text:
    """Return the heading "who"."""
    return Text("何人", "who")


def why_column() -> Text:
    """Return the heading "why"."""
    return Text("原因", "why")


def window() -> Text:
    """Return the heading "window"."""
    return Text("交付窗口", "window")


def worked() -> Text:
    """Return the heading "worked"."""
    return Text("调休上班", "worked")
