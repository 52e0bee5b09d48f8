"""What is said of signed SOAP answers: why one is not to be trusted."""

from adapters.text import Text


def not_trusted(reason: Text) -> Text:
    """Return that an answer is not to be trusted, and why."""
    return Text(
        f"应答不可信：{reason.zh}；请与部门核实",
        f"the answer is not to be trusted: {reason.en}; ask the department",
    )


def malformed(reason: str) -> Text:
    """Return that an answer is no well-formed XML."""
    return Text(f"不是合格的 XML（{reason}）", f"it is no well-formed XML ({reason})")


def has_dtd() -> Text:
    """Return that an answer has a document type definition."""
    return Text("含有 DTD", "it has a DTD")


def not_one_signature() -> Text:
    """Return that an answer has not exactly one Body and one signature."""
    return Text("没有恰好一个 Body 和一个签名", "it has not exactly one Body and one signature")


def wrong_signature() -> Text:
    """Return that a signature does not match what it should be of."""
    return Text(
        "签名不符：内容被改动，或不是该证书所签",
        "its signature does not match: the content was changed, or another key signed it",
    )


def forbidden_algorithm(algorithm: str | None) -> Text:
    """Return that a signature uses an algorithm that is not allowed."""
    return Text(
        f"签名使用了不允许的算法 {algorithm}",
        f"its signature uses {algorithm}, which is not allowed",
    )


def id_twice() -> Text:
    """Return that an Id stands twice in an answer."""
    return Text("有重复的 Id", "an Id stands twice in it")


def body_unsigned() -> Text:
    """Return that the Body is not among what was signed."""
    return Text("Body 没有签名", "its Body is not signed")


def no_timestamp() -> Text:
    """Return that an answer has no timestamp."""
    return Text("没有时间戳", "it has no timestamp")


def stale_timestamp(created: str | None) -> Text:
    """Return that a timestamp is too old or in the future."""
    return Text(
        f"时间戳 {created} 已过期，或在将来", f"its timestamp {created} is over, or in the future"
    )
