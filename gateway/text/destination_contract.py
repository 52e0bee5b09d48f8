"""What the contract of destinations says to whoever writes one, where their kind breaks it."""

from gateway.text import Text


def wrong_outcome(expected: str, outcome: str) -> Text:
    """Return that a call came to another end than the centre's answer says."""
    return Text(
        f"应得 {expected}，却得 {outcome}", f"{expected} is right, and it came to {outcome}"
    )


def yes_by_default(outcome: str) -> Text:
    """Return that what is no receipt of this package was taken for an answer to it."""
    return Text(
        f"应答不是本数据包的合格回执，却得 {outcome}；应为 Failed，交由网关重发",
        f"the answer is no receipt of this package, and it came to {outcome}: "
        "say Failed, and it is sent again",
    )


def bytes_differ() -> Text:
    """Return that the centre has other bytes than were sent, or has nothing."""
    return Text(
        "中心收到的字节与数据包不同，或没有收到",
        "the centre has other bytes than the package's, or none",
    )


def verdicts_differ(expected: object, came: object) -> Text:
    """Return that verdicts are not those of the receipt."""
    return Text(
        f"裁决与回执不同：{expected} 成了 {came}",
        f"verdicts are not the receipt's: {expected}, and there are {came}",
    )


def too_late(seconds: float) -> Text:
    """Return that a call did not end in time."""
    return Text(
        f"中心的应答没有结束，send 过了 {seconds:.1f} 秒仍未返回：要有总的时限",
        f"the centre's answer does not end, and after {seconds:.1f} seconds `send` has not either: "
        "set a limit to the whole of it",
    )


def raised(kind: str) -> Text:
    """Return that a call raised an error where it must return an outcome."""
    return Text(
        f"抛出了 {kind}；网络和中心所致的都应返回 Outcome",
        f"{kind} was raised: what the network or the centre does is an Outcome",
    )


def secret_shown(where: str) -> Text:
    """Return that a secret stands in a text; the text itself is not repeated."""
    return Text(
        f"{where} 中出现了密钥；含密钥的设置须为 SecretStr",
        f"a secret is in {where}: make its setting a SecretStr and keep it out of errors",
    )


def not_both_languages(zh: str, en: str) -> Text:
    """Return that a text for people is not in both languages."""
    return Text(
        f"须有中文和英文，且不带调用栈：{zh[:60]!r}，{en[:60]!r}",
        f"say it in Chinese and in English, without a traceback: {zh[:60]!r}, {en[:60]!r}",
    )


def settings_loose() -> Text:
    """Return that settings take a name that nobody knows."""
    return Text("设置接受了不认识的名字", "the settings take a name that nobody knows")


def wait_malformed(wait: object) -> Text:
    """Return that the wait for a receipt is none."""
    return Text(f"Pending.wait 为 {wait}，应为正数", f"Pending.wait is {wait}: say seconds above 0")


def not_supported(name: str) -> Text:
    """Return that a centre under test does not do what a check needs."""
    return Text(
        f"中心的替身没有实现 {name}；若确实做不到，请在 cannot 中写明原因",
        f"the centre under test lacks {name}; where it cannot be, say why in `cannot`",
    )
