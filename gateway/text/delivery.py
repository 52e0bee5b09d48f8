"""What delivery says: answers of the centre that are neither yes nor no."""

from gateway.text import Text, by_language

#: Longest part of a stranger's value that a text repeats.
_VALUE = 40


def receipt_of_another(guid: str) -> Text:
    """Return that a receipt names another package, or other bytes, than were sent."""
    name = guid[:_VALUE]
    return Text(f"回执属于另一数据包 {name}", f"the receipt is of another package, {name}")


def verdicts_of_others() -> Text:
    """Return that a receipt has not one verdict for each record, in their order."""
    return Text(
        "回执的结论与数据包的记录不一一对应",
        "the receipt's verdicts do not match the package's records one by one",
    )


def verdict_unknown(verdict: str) -> Text:
    """Return that a receipt has a verdict that is not known to be yes or no."""
    name = verdict[:_VALUE]
    return Text(f"回执的结论 {name!r} 不认识", f"the receipt's verdict {name!r} is not known")


def no_reason() -> Text:
    """Return that the centre refused a record and does not say why."""
    return Text("中心退回，未说明原因", "the centre gave no reason")


def no_receipt(reason: Text) -> Text:
    """Return that an answer is not the receipt of the package that was sent."""
    return Text(
        f"应答不是本包的回执：{reason.zh}", f"the answer is no receipt of this package: {reason.en}"
    )


def refused_whole(reason: str) -> Text:
    """Return that the centre refuses a package whole, in its own words."""
    text = by_language(reason)
    return Text(f"中心拒收：{text.zh}", f"the centre refuses it: {text.en}")


def refusal_malformed(status: object) -> Text:
    """Return that an answer says that a package is refused, with a status that refuses nothing."""
    name = str(status)[:_VALUE]
    return Text(
        f"中心的退回没有可用的状态码（{name!r}，应为 400 至 499）；不作退回，再取",
        f"the centre's refusal has no status of one ({name!r} instead of 400 to 499): it is not"
        " counted as one, and is looked at again",
    )


def row_state_unknown(state: str) -> Text:
    """Return that the row of a package in the front-end table has a state that nobody agreed on."""
    name = state[:_VALUE]
    return Text(
        f"前置库中本包的状态 {name!r} 不认识（应为 waiting、received 或 refused）；请中心核对",
        f"the package's state {name!r} in the front-end table is not known (waiting, received or"
        " refused); ask the centre",
    )


def refusal_not_signed(reason: Text) -> Text:
    """Return that a refusal is not signed by the centre: anybody may have written it."""
    return Text(
        f"退回未经中心签名，不作退回：{reason.zh}",
        f"the refusal is not signed by the centre and is not counted as one: {reason.en}",
    )


def answer_without_scope() -> Text:
    """Return that an answer is signed by exchange 1.0 where we sign by 1.1."""
    return Text(
        "应答按 1.0 版签名，未写明中心、发送方与时间",
        "the answer is signed by exchange 1.0, without centre, sender and time",
    )


def receipt_of_another_sender(sender: str) -> Text:
    """Return that a receipt names another sender than us."""
    name = sender[:_VALUE]
    return Text(f"回执属于发送方 {name}", f"the receipt is of the sender {name}")


def goes_beyond(highest: int) -> Text:
    """Return that the centre has higher numbers of a feed than this store knew.

    Packages are numbered beyond them.
    """
    return Text(
        f"中心已有本数据项的序号至 {highest}，与本存储所知不合（新建、恢复或快照回退）；"
        "此后的数据包由其后续编",
        f"the centre has this feed's numbers up to {highest}, which is not what this store knows"
        " (it is new, was restored or put back); packages from now on are numbered behind them",
    )


def payload_unreadable(guid: str, error: Exception) -> Text:
    """Return that a package does not open under the keys that are there."""
    return Text(
        f"数据包 {guid} 的内容无法解密，成为死信；补齐密钥后执行 creditgate outbox retry {guid}"
        " --why 原因",
        f"the payload of package {guid} does not open and it is a dead letter;"
        f" once its key is back run creditgate outbox retry {guid} --why REASON ({error})",
    )


def split(guid: str, records: int, reason: Text) -> Text:
    """Return that a package was refused whole and goes on as two."""
    return Text(
        f"数据包 {guid}（{records} 条）被整体退回，拆为两半分别交付：{reason.zh}",
        f"package {guid} of {records} records was refused whole and goes on as two halves:"
        f" {reason.en}",
    )


def dead(guid: str, reason: Text) -> Text:
    """Return that a package is not sent any more, and what a person does."""
    return Text(
        f"数据包 {guid} 成为死信：{reason.zh}；处理后执行 creditgate outbox retry {guid} --why"
        " 原因",
        f"package {guid} is a dead letter: {reason.en};"
        f" once mended run creditgate outbox retry {guid} --why REASON",
    )


def dropped(guid: str, reason: Text) -> Text:
    """Return that a person has dropped a package."""
    return Text(
        f"数据包 {guid} 已由人作废：{reason.zh}",
        f"package {guid} was dropped by a person: {reason.en}",
    )


def centre_unavailable(failures: int, reason: Text) -> Text:
    """Return that delivery pauses after failures of the centre in a row."""
    return Text(
        f"中心库连续 {failures} 次失败，暂停交付，之后以一个数据包试探；最近一次：{reason.zh}",
        f"the centre failed {failures} times in a row: delivery pauses, then one package probes it;"
        f" the last time: {reason.en}",
    )


def centre_available() -> Text:
    """Return that the centre answers again."""
    return Text("中心库恢复，继续交付", "the centre is back and delivery goes on")
