"""What the registry says of adapters and their samples."""

from collections.abc import Sequence

from gateway.text import Text

#: Reasons that are repeated; a folder may have thousands of files.
_REASONS = 5


def no_row(reasons: Sequence[Text]) -> Text:
    """Return that a source gave no row, and all that the adapter said of why."""
    zh, en = "来源目前没有数据行", "the source has no row at present"
    if not reasons:
        return Text(f"{zh}，请放入样例后再试", f"{en}; put a sample there and try again")
    hidden = len(reasons) - _REASONS
    rest = Text(f"；另有 {hidden} 项", f"; and {hidden} more") if hidden > 0 else Text("", "")
    return Text(
        f"{zh}：{'；'.join(reason.zh for reason in reasons[:_REASONS])}{rest.zh}",
        f"{en}: {'; '.join(reason.en for reason in reasons[:_REASONS])}{rest.en}",
    )


def secret_asked_anew(feed: str, name: str, changed: Sequence[str]) -> Text:
    """Return that a secret was set for another address than a version's, and by which settings."""
    settings = ", ".join(changed)
    return Text(
        f"{feed} 的密钥 {name} 须重新设置：它是为另一处设置的（已改变：{settings}）；"
        "密钥只发往设置时所指的地址、用户和服务器；"
        f"请执行 creditgate adapter secret {feed} {name} --why 原因，不再需要则加 --remove",
        f"the secret {name} of {feed} must be set anew: it was set for something else"
        f" (changed: {settings}); a secret is sent only to the address, user and server"
        f" that it was set for; run creditgate adapter secret {feed} {name} --why REASON,"
        " or with --remove where it is not needed any more",
    )


def secrets_without_keys(feed: str) -> Text:
    """Return that secrets are sealed and there is no key."""
    return Text(
        f"{feed} 的密钥已加密，而 gateway.yaml 没有 at_rest",
        f"the secrets of {feed} are sealed and gateway.yaml has no at_rest",
    )


def secret_does_not_open(feed: str, reason: str) -> Text:
    """Return that a secret does not open under the keys that there are."""
    return Text(
        f"{feed} 的密钥打不开，请重新设置：{reason}",
        f"a secret of {feed} does not open; set it again: {reason}",
    )


def no_sealing_keys() -> Text:
    """Return that secrets cannot be stored without a key to seal them."""
    return Text(
        "密钥须加密保存：请先在 gateway.yaml 中设置 at_rest",
        "secrets are kept sealed: set `at_rest` in gateway.yaml first",
    )


def no_such_secret(kind: str, name: str, existing: Sequence[str]) -> Text:
    """Return that a kind has no secret of a name, and which it has."""
    names = ", ".join(existing) or "—"
    return Text(
        f"{kind} 没有密钥 {name}，有：{names}", f"{kind} has no secret {name}; it has: {names}"
    )


def secret_not_set(feed: str, name: str) -> Text:
    """Return that a secret that is to be removed is not there."""
    return Text(f"{feed} 没有设置密钥 {name}", f"{feed} has no secret {name} set")


def secret_sealed(name: str) -> Text:
    """Return that a secret was set."""
    return Text(f"{name} 已加密保存", f"{name} is set and sealed")


def secret_taken_away(name: str) -> Text:
    """Return, for an adapter's history too, that a secret was taken away."""
    return Text(f"{name} 已删去", f"{name} taken away")


def secret_waits(feed: str, version: int) -> Text:
    """Return that a secret of a live adapter is a version that is to be tried and approved."""
    return Text(
        f"{feed}：已成为第 {version} 版，试映射通过并上线后生效，在此之前沿用原密钥",
        f"{feed}: this is version {version}; it counts once that was tried and"
        " brought on air, and the secret before it goes on until then",
    )


def not_passed(feed: str, version: int) -> Text:
    """Return that a version may not go live before its sample has passed."""
    return Text(
        f"{feed} 第 {version} 版的样例尚未通过；请先试映射（creditgate adapter try {feed}）",
        f"the sample of version {version} of {feed} has not passed; try it first"
        f" (creditgate adapter try {feed})",
    )


def version_not_named(feed: str, version: int) -> Text:
    """Return that who approves has to say which version they have looked at."""
    return Text(
        f"请写明所批准的版本（version）：{feed} 现为第 {version} 版",
        f"say which version you approve (version): {feed} is at version {version}",
    )


def own_part(feed: str, version: int, live: int) -> Text:
    """Return that who has a part in a version does not approve it."""
    return Text(
        f"须由另一人批准：{feed} 第 {version} 版（在用第 {live}"
        " 版之后的改动、密钥或提交）有您的部分",
        "another person must approve: you have written, submitted or set"
        f" a secret of what {feed} has in version {version} beyond version"
        f" {live}, which is in force (0: none)",
    )


def secret_set() -> Text:
    """Return, for a comparison of versions, that a secret is set."""
    return Text("已设置", "set")


def secret_changed() -> Text:
    """Return, for a comparison of versions, that a secret is another."""
    return Text("已更改", "changed")


def reached() -> Text:
    """Return that a version with new secrets alone was tried without rows."""
    return Text(
        "只有密钥与在用版本不同：已用新密钥连通来源，目前没有新的行",
        "only secrets differ from the version in force: the source was reached by the new ones,"
        " and has no new row at present",
    )


def passed(rows: int, refused: int) -> Text:
    """Return how a trial went."""
    return Text(f"{rows} 行中退回 {refused} 行", f"{refused} of {rows} rows refused")


def retired(feed: str) -> Text:
    """Return that an adapter is changed no more."""
    return Text(f"{feed} 已退役，不再修改", f"{feed} is retired and is changed no more")


def not_registered(feed: str) -> Text:
    """Return that the registry has no adapter for a feed."""
    return Text(
        f"登记中没有数据项 {feed} 的适配器", f"no adapter is registered for the feed {feed}"
    )


def registered_already(feed: str) -> Text:
    """Return that an adapter cannot be created for a feed that has one."""
    return Text(
        f"数据项 {feed} 已有适配器，请修改它",
        f"the feed {feed} has an adapter already; change that one",
    )


def changed_meanwhile(feed: str) -> Text:
    """Return that an adapter was changed between reading and writing it."""
    return Text(
        f"{feed} 刚被他人修改，请查看后再改",
        f"{feed} was changed by somebody else just now; look and change it again",
    )


def no_version(feed: str, number: int) -> Text:
    """Return that an adapter has no version of a number."""
    return Text(f"{feed} 没有第 {number} 版", f"{feed} has no version {number}")


def transition_refused(feed: str, old: str, new: str, allowed: str) -> Text:
    """Return that an adapter may not come to a state, and to which it may."""
    return Text(
        f"{feed} 现为 {old}，不能改为 {new}；可改为：{allowed}",
        f"{feed} is {old} and cannot become {new}; it can become: {allowed}",
    )


def back_to_version(number: int) -> Text:
    """Return, for an adapter's history, that it was rolled back."""
    return Text(f"退回到第 {number} 版", f"back to version {number}")


def newer_version(feed: str, version: int) -> Text:
    """Return that the version to be approved is not the newest any more."""
    return Text(
        f"{feed} 已有第 {version} 版，请查看后再批准",
        f"{feed} has a version {version} by now; look at it before you approve",
    )


def no_mapping_yet(feed: str) -> Text:
    """Return that an adapter cannot be tried without a mapping, and how to get one."""
    return Text(
        f"{feed} 还没有映射；creditgate adapter propose {feed} 可据样例提出一份",
        f"{feed} has no mapping yet; creditgate adapter propose {feed} makes one from a sample",
    )


def not_live(feed: str) -> Text:
    """Return that an adapter has no version in force."""
    return Text(f"{feed} 尚未上线", f"{feed} is not live yet")


def secret_among_settings(names: Sequence[str]) -> Text:
    """Return that secrets may not stand among the settings of a definition."""
    listed = ", ".join(names)
    return Text(
        f"{listed} 是密钥，须另行设置：creditgate adapter secret",
        f"{listed}: a secret is set apart, by creditgate adapter secret",
    )


def mapping_of_another(mapped: str, feed: str) -> Text:
    """Return that a definition's mapping is for another feed."""
    return Text(
        f"映射写的数据项是 {mapped}，不是 {feed}",
        f"the mapping names the feed {mapped}, not {feed}",
    )


def empty_sample() -> Text:
    """Return that an empty sample is not kept."""
    return Text("样例没有数据行", "the sample has no row")


def nothing_to_try() -> Text:
    """Return that a trial without rows shows nothing."""
    return Text("样例没有数据行，无从判断", "the sample has no row, so nothing can be told")


def too_many_refused(rows: int, refused: int) -> Text:
    """Return that too large a share of a sample's rows is refused."""
    return Text(
        f"{rows} 行中退回 {refused} 行，多于百分之五；请先改正映射或数据",
        f"{refused} of {rows} rows are refused, more than 5 %; mend the mapping or the rows first",
    )


def about_feed() -> str:
    """Return what the schema of a definition says of its feed."""
    return "数据项：部门.名称 / the feed: department.name"


def about_kind() -> str:
    """Return what the schema of a definition says of its kind."""
    return "适配器类型 / adapter kind"


def about_settings() -> str:
    """Return what the schema of a definition says of its settings."""
    return "类型所需的设置，不含密钥 / the kind's settings, no secrets"


def about_mapping() -> str:
    """Return what the schema of a definition says of its mapping."""
    return "映射（YAML） / the mapping, as YAML"


def about_drift() -> str:
    """Return what the schema of a definition says of a source whose columns change."""
    return (
        "来源结构变化时：pause 暂停并提问，warn 只提醒"
        " / when the source's columns change: stop and ask, or warn"
    )


def about_owner() -> str:
    """Return what the schema of a definition says of its owner."""
    return "负责人或科室 / who answers for it"
