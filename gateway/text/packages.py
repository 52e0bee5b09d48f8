"""What is said of what people do to packages: what was done, and why something cannot be done."""

from collections.abc import Mapping

from gateway.text import Text


def retried() -> Text:
    """Return that a package is sent at once."""
    return Text("已请求立即重发", "it is sent again at once")


def replayed() -> Text:
    """Return that a delivered package is sent again."""
    return Text("将按原字节再发一次", "the same bytes are sent once more")


def held() -> Text:
    """Return that a package is kept from being sent."""
    return Text("已搁置，不会发送", "it is held and not sent")


def released() -> Text:
    """Return that a held package goes on."""
    return Text("已放行", "it goes on")


def drop_asked() -> Text:
    """Return that a second person must agree to a drop."""
    return Text("已记录，须另一人同意后作废", "noted; it is dropped once a second person agrees")


def dropped() -> Text:
    """Return that a package is dropped, and what that means for its records."""
    return Text(
        "已作废，其记录按退回告知部门",
        "dropped; its records are told to the department as refused",
    )


def replay_called_off() -> Text:
    """Return that a delivered package is not sent once more after all."""
    return Text(
        "已取消补发；该包此前已送达，仍为已结清",
        "its replay is called off; it was delivered before and stays settled",
    )


def kept() -> Text:
    """Return that nobody wants a package dropped any more."""
    return Text("已撤回作废请求", "the wish to drop it is taken back")


def dropped_by(person: str, reason: str) -> Text:
    """Return who dropped a package and why, as its records' refusals say it."""
    return Text(f"{person} 作废：{reason}", f"dropped by {person}: {reason}")


def replays_begun(person: str, count: int, reason: str) -> Text:
    """Return that a person has many packages sent again."""
    return Text(
        f"{person} 重放 {count} 个数据包：{reason}", f"{person} replays {count} packages: {reason}"
    )


def no_package(guid: str) -> Text:
    """Return that there is no such package."""
    return Text(f"没有数据包 {guid[:60]}", f"there is no package {guid[:60]}")


def not_in_this_state(guid: str, state: Text, reason: Text) -> Text:
    """Return that an act does not go with a package's state, and what does."""
    return Text(
        f"数据包 {guid} 现在的状态为“{state.zh}”，不能如此处理：{reason.zh}",
        f"package {guid} is {state.en}, so this cannot be done: {reason.en}",
    )


def state(code: str) -> Text:
    """Return what a package's state is called."""
    return {
        "waiting": Text("等待", "waiting"),
        "held": Text("搁置", "held"),
        "sending": Text("发送中", "sending"),
        "dead": Text("死信", "a dead letter"),
        "settled": Text("已结清", "settled"),
        "dropped": Text("已作废", "dropped"),
    }[code]


def is_held() -> Text:
    """Return that a held package is released before it is sent."""
    return Text(
        "已有人搁置；要发送请先“放行”（release）",
        "somebody holds it; release it to have it sent",
    )


def held_already() -> Text:
    """Return that a package is held already."""
    return Text("已经搁置，不会发送", "it is held already and not sent")


def is_sent_now() -> Text:
    """Return that what becomes of a package under way is to be waited for."""
    return Text("正在发送，请等待结果后再处理", "it is being sent; wait for what becomes of it")


def is_delivered() -> Text:
    """Return that a delivered package is sent again by a replay only."""
    return Text(
        "中心库已接收；确需再发一次请用“再发一次”（replay）",
        "the centre has it; to send it once more, replay it",
    )


def is_delivered_for_good() -> Text:
    """Return that what the centre has is changed by the source alone."""
    return Text(
        "中心库已接收，不能搁置或作废；内容有误请由来源更正或撤销",
        "the centre has it, so it cannot be held or dropped; let the source correct or withdraw it",
    )


def is_dropped() -> Text:
    """Return that a dropped package is never sent, and how its records travel."""
    return Text(
        "已作废，其记录已按退回告知部门，不再发送；请部门更正后重新报送",
        "it was dropped and its records were told as refused, so it is never sent; "
        "let the department give them again",
    )


def dropped_already() -> Text:
    """Return that a package is dropped already."""
    return Text("已经作废", "it is dropped already")


def not_delivered() -> Text:
    """Return that a package that still waits is not replayed."""
    return Text(
        "尚未送达，无须再发；要立即发送请用“立即重发”（retry）",
        "it is not delivered yet, so there is nothing to replay; retry sends it at once",
    )


def not_delivered_but_held() -> Text:
    """Return that a held package is not replayed."""
    return Text(
        "尚未送达，且已搁置；要发送请先“放行”（release）",
        "it is not delivered yet and is held; release it to have it sent",
    )


def is_dead() -> Text:
    """Return that a dead letter waits for a person anyway."""
    return Text(
        "死信本来就不会发送；请重发（retry）或作废（drop）",
        "a dead letter is not sent anyway; retry it or drop it",
    )


def not_held() -> Text:
    """Return that a package is not held."""
    return Text("没有被搁置，无须放行", "it is not held, so there is nothing to release")


def no_wish(guid: str) -> Text:
    """Return that nobody wants a package dropped."""
    return Text(f"没有人请求作废数据包 {guid}", f"nobody has asked to drop package {guid}")


def own_wish() -> Text:
    """Return that a second person must agree."""
    return Text(
        "须由另一人同意，您已提出", "a second person must agree; you have asked for it yourself"
    )


def content_gone(guid: str, reason: str) -> Text:
    """Return that a package's bytes are no longer stored."""
    if reason.startswith("split into"):
        return Text(
            f"数据包 {guid} 已拆成两半分别发送，请处理各半：{reason}",
            f"package {guid} went on as two halves; act on those: {reason}",
        )
    return Text(
        f"数据包 {guid} 的内容已按保存期限清除，不能再发",
        f"the content of package {guid} was removed as its time was over: it cannot be sent again",
    )


#: What `outbox reseal` counts, in both languages.
_SEALED_KINDS = {
    "packages": Text("数据包", "packages"),
    "refusals": Text("退回的行", "refused rows"),
    "cleanings": Text("清洗前后的值", "changed values"),
    "submissions": Text("提交", "submissions"),
    "samples": Text("样例", "samples"),
    "secrets": Text("密钥", "secrets"),
    "second factors": Text("第二因素", "second factors"),
}


def sealed_anew(key: str, total: int, by_kind: Mapping[str, int]) -> Text:
    """Return what was brought under a key; an empty name is no key: it was made clear."""
    names = [(_SEALED_KINDS.get(kind, Text(kind, kind)), count) for kind, count in by_kind.items()]
    zh = "，".join(f"{name.zh} {count:,}" for name, count in names)
    en = ", ".join(f"{name.en} {count:,}" for name, count in names)
    if not key:
        return Text(
            f"未设 at_rest，已改为明文 {total:,}：{zh}",
            f"no at_rest is set, made clear {total:,}: {en}",
        )
    return Text(
        f"已用密钥 {key} 重新加密 {total:,}：{zh}", f"sealed anew under {key} {total:,}: {en}"
    )
