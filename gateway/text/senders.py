"""What the centre says of its senders: at its doors, and to who administers them."""

from collections.abc import Sequence
from datetime import datetime

from gateway.clock import local_text
from gateway.text import Text

#: Longest part of a name that a text repeats.
_NAME = 80


# --- at the doors --------------------------------------------------------------------------------


def not_known() -> Text:
    """Return that nobody who may send has shown who they are."""
    return Text(
        "令牌缺失、不正确，或其发送方已停用；请向中心索取有效令牌",
        "the token is missing or wrong, or its sender's time is over; ask the centre for one"
        " that is good",
    )


def title() -> Text:
    """Return the title of a refusal for who speaks."""
    return Text("发送方无权为此数据项发言", "the sender may not speak for this feed")


def department_of_another(department: str, feed: str) -> Text:
    """Return that a header's department is not the first part of its feed."""
    return Text(
        f"包头的部门 {department[:_NAME]!r} 与数据项 {feed[:_NAME]!r} 的首段不符；请改正包头",
        f"the header's department {department[:_NAME]!r} is not the first part of its feed"
        f" {feed[:_NAME]!r}; correct the header",
    )


def feed_of_another(sender: str, feed: str) -> Text:
    """Return that a sender asks for, or sends, what is another's."""
    return Text(
        f"发送方 {sender} 未获准使用数据项 {feed[:_NAME]!r}；库内未作任何改动。确需使用，"
        f"请中心执行 creditgate central sender limit {sender}，以 --feed 列出其全部数据项",
        f"the sender {sender} may not use the feed {feed[:_NAME]!r}; nothing was changed. If"
        f" it should, the centre runs creditgate central sender limit {sender}, with a --feed"
        " for each that it may use",
    )


def package_of_another() -> Text:
    """Return that a GUID was used by another sender."""
    return Text(
        "该 GUID 已被另一发送方使用；请用新的 GUID",
        "another sender has used this GUID; use a new one",
    )


def no_receipt(guid: str) -> Text:
    """Return that a receipt is asked for that there is not, or not for who asks."""
    return Text(
        f"没有数据包 {guid[:40]!r} 的回执",
        f"there is no receipt of the package {guid[:40]!r}",
    )


def not_active(sender: str) -> Text:
    """Return that the sender by which a door is kept is revoked, or its time is over."""
    return Text(
        f"发送方 {sender} 不存在、已撤销或不在有效期内",
        f"the sender {sender} is not there, revoked, or out of its term",
    )


def questions_too_many(wait: int) -> Text:
    """Return that a sender asks more about its records than the centre works for it."""
    return Text(
        f"查询过多或前一查询尚未答完；请 {wait} 秒后再问（数据包照常接收）",
        f"there are too many questions, or one is still at work; ask again in {wait} seconds"
        " (packages are taken as ever)",
    )


def only_test() -> Text:
    """Return that somebody asks to take away records that are no test's."""
    return Text(
        "只有测试发送方可以清除自己写入的记录",
        "only a sender marked test may take away what it wrote",
    )


def feeds_too_many(department: str, most: int) -> Text:
    """Return that a package would begin one feed more than a department may have."""
    return Text(
        f"部门 {department[:_NAME]!r} 在中心库已有 {most} 个数据项，不再自行新增；"
        "包内记录未写入。请核对包头的数据项名称；确需新增，请中心以 creditgate central"
        " sender limit --feed 逐一列明该数据项",
        f"the department {department[:_NAME]!r} has {most} feeds at the centre and begins no"
        " more by itself; no record was written. Check the feed's name in the header; where"
        " it is right, the centre names that very feed by creditgate central sender limit"
        " --feed",
    )


def sequence_too_far(sequence: int, highest: int, ahead: int) -> Text:
    """Return that a package's Sequence is out of proportion."""
    return Text(
        f"序号 {sequence} 超出本数据项已有的最大序号 {highest}（尚无记录时为当前秒数）逾"
        f" {ahead}；库内未作改动。发送方应由 GET /sequence 得知最大序号并由其后续编；"
        "确属应收，请中心以较大的 --sequence-ahead 启动一次",
        f"the Sequence {sequence} is more than {ahead} beyond the feed's highest, {highest}"
        " (of a feed that is new here: beyond the present second); nothing was changed. A"
        " sender learns the highest by GET /sequence and goes on behind it; where the number"
        " is right all the same, the centre is started once with a larger --sequence-ahead",
    )


# --- keys ----------------------------------------------------------------------------------------


def key_not_of_sender(key_id: str, sender: str) -> Text:
    """Return that a signature is by a key that its sender does not have."""
    return Text(
        f"签名密钥 {key_id[:40]!r} 不属于发送方 {sender}",
        f"the signing key {key_id[:40]!r} is none of those trusted of the sender {sender}",
    )


def relay_without_statement(relay: str, feed: str, owner: str) -> Text:
    """Return that a relay speaks itself for a feed whose own sender signs."""
    return Text(
        f"数据项 {feed[:_NAME]!r} 的发送方 {owner} 已登记密钥，转送方 {relay} 须附其 1.1"
        " 版签名声明，不得自行发言；库内未作任何改动。该发送方已停用的，请中心执行"
        f" creditgate central sender revoke {owner}",
        f"the feed {feed[:_NAME]!r} has a sender with a key of its own, {owner}: the relay"
        f" {relay} must bring its signed statement of 1.1 and may not speak itself; nothing"
        " was changed. If that sender is no more, the centre runs creditgate central sender"
        f" revoke {owner}",
    )


def key_not_usable(
    key_id: str, since: datetime, until: datetime | None, revoked: datetime | None
) -> Text:
    """Return that a key is revoked, or not in its term."""
    if revoked is not None:
        at = local_text(revoked)
        return Text(
            f"密钥 {key_id} 已于 {at} 撤销；请换用新密钥",
            f"the key {key_id} was revoked at {at}; sign with a new one",
        )
    dates = term(since, until)
    return Text(
        f"密钥 {key_id} 不在有效期内（{dates}）；请换用新密钥",
        f"the key {key_id} is not in its term ({dates}); sign with a new one",
    )


# --- to who administers them ---------------------------------------------------------------------


def term(since: datetime, until: datetime | None) -> str:
    """Return from when until when a sender or a key counts; an open end is left blank."""
    return f"{local_text(since)} – {'' if until is None else local_text(until)}"


def state_active() -> str:
    """Return, for a cell of a table, that a sender may send."""
    return "有效 active"


def state_out_of_term() -> str:
    """Return, for a cell of a table, that a sender's or a key's term is not now."""
    return "不在有效期 out of term"


def state_revoked() -> str:
    """Return, for a cell of a table, that a sender or a key was revoked."""
    return "已撤销 revoked"


def none_yet() -> Text:
    """Return that a centre is started that would take nobody's packages."""
    return Text(
        "还没有任何发送方；请先执行 creditgate central sender add ID --store URL --node 名称"
        " --feed '部门.*' --why 理由",
        "there is no sender yet: run creditgate central sender add ID --store URL --node NAME"
        " --feed 'DEPARTMENT.*' --why REASON first",
    )


def id_malformed(name: str) -> Text:
    """Return that a sender's id is none."""
    return Text(
        f"发送方编号 {name[:_NAME]!r} 须为小写字母开头的小写字母、数字、连字符，至多 40 个字符",
        f"the sender's id {name[:_NAME]!r} must be lower-case letters, digits and hyphens, a"
        " letter first, at most 40",
    )


def no_node() -> Text:
    """Return that a sender has no name of its node."""
    return Text("请以 --node 说明发送方是哪个节点", "say by --node which node the sender is")


def no_feeds() -> Text:
    """Return that a sender would speak for nothing."""
    return Text(
        "请以 --feed 指明可用的数据项（部门.* 或 部门.数据项）",
        "name by --feed what it may speak for: DEPARTMENT.* or DEPARTMENT.FEED",
    )


def pattern_malformed(pattern: str) -> Text:
    """Return that a pattern is none."""
    return Text(
        f"{pattern[:_NAME]!r} 不是数据项范围；请写 部门.* 或 部门.数据项",
        f"{pattern[:_NAME]!r} is no pattern of feeds; write DEPARTMENT.* or DEPARTMENT.FEED",
    )


def test_feeds(pattern: str, *, test: bool) -> Text:
    """Return that test senders and real ones would share feeds."""
    if test:
        return Text(
            f"测试发送方只能使用 conformance 或 conformance-* 部门的数据项，不能用 {pattern!r}",
            "a sender marked test speaks only for departments conformance or conformance-*,"
            f" not for {pattern!r}",
        )
    return Text(
        f"{pattern!r} 留给测试发送方（--test）",
        f"{pattern!r} is left to senders marked --test",
    )


def term_empty() -> Text:
    """Return that a term ends before it begins."""
    return Text("有效期的止须晚于起", "a term must end after it begins")


def sender_there(sender: str) -> Text:
    """Return that a sender is added whose id was used before, also by one that is revoked."""
    return Text(
        f"发送方编号 {sender} 已用过（含已撤销的）；请换一个编号，或执行 creditgate central"
        f" sender limit {sender}",
        f"the id {sender} was used before, be it by one that is revoked; take another, or run"
        f" creditgate central sender limit {sender}",
    )


def no_sender(sender: str, known: Sequence[str]) -> Text:
    """Return that a sender is not there."""
    names = ", ".join(known) or "—"
    return Text(
        f"没有发送方 {sender[:_NAME]}，已有：{names}",
        f"there is no sender {sender[:_NAME]}; there are: {names}",
    )


def sender_revoked(sender: str) -> Text:
    """Return that what is revoked is not changed any more."""
    return Text(
        f"发送方 {sender} 已撤销，不能再改；请以新编号登记",
        f"the sender {sender} is revoked and changed no more; add it under a new id",
    )


def token_used() -> Text:
    """Return that two senders would show the same token."""
    return Text(
        "该令牌已属于另一发送方；每个发送方须有自己的令牌",
        "this token is another sender's; each has one of its own",
    )


def key_there(key_id: str) -> Text:
    """Return that a key's id was used before."""
    return Text(
        f"密钥编号 {key_id} 已用过；请换一个编号",
        f"the key id {key_id} was used before; take another",
    )


def key_id_malformed(key_id: str) -> Text:
    """Return that a key's id is none."""
    return Text(
        f"密钥编号 {key_id[:_NAME]!r} 只能有字母、数字、点和连字符，至多 40 个",
        f"the key id {key_id[:_NAME]!r} must be letters, digits, dots and hyphens, at most 40",
    )


def no_key(key_id: str, sender: str) -> Text:
    """Return that a key is not there."""
    return Text(
        f"发送方 {sender} 没有密钥 {key_id[:_NAME]}",
        f"the sender {sender} has no key {key_id[:_NAME]}",
    )


def nothing_changed() -> Text:
    """Return that a change names nothing to change."""
    return Text("没有要改的内容", "nothing to change was named")


def moment_malformed(text: str) -> Text:
    """Return that a day or moment is none."""
    return Text(
        f"{text[:_NAME]!r} 不是日期（2027-01-31）或带时区的时间",
        f"{text[:_NAME]!r} is no day (2027-01-31) and no moment with a zone",
    )


def may_speak_for(sender: str, feeds: Sequence[str]) -> Text:
    """Return what a sender may speak for from now on."""
    names = " ".join(feeds)
    return Text(
        f"{sender} 即时生效，可用的数据项：{names}", f"{sender} may speak for {names} from now on"
    )


def revoked(sender: str, key_id: str | None) -> Text:
    """Return that a sender, or a key of it, has ended."""
    if key_id is None:
        return Text(f"{sender} 已撤销，即时生效", f"{sender} is revoked, at once")
    return Text(
        f"{sender} 的密钥 {key_id} 已撤销，即时生效",
        f"the key {key_id} of {sender} is revoked, at once",
    )


def show_once() -> Text:
    """Return what stands beside a token that was just made."""
    return Text(
        "令牌只显示这一次，中心只存其摘要",
        "the token is shown this once; the centre keeps its digest alone",
    )
