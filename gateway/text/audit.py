"""What is said of the audit log and its anchors."""

from gateway.text import Text


def anchor_unreadable(place: int) -> Text:
    """Return that a line of the file of anchors is none."""
    return Text(
        f"锚点文件第 {place} 行不是锚点：文件被改动",
        f"line {place} of the file of anchors is no anchor: the file was changed",
    )


def anchor_out_of_place(place: int) -> Text:
    """Return that a line of the file of anchors does not follow the one before."""
    return Text(
        f"锚点文件第 {place} 行与前一行不相接：有行被删、被换或被插入",
        f"line {place} of the file of anchors does not follow the one before: a line was"
        " removed, swapped or put in",
    )


def anchor_forged(place: int, number: int) -> Text:
    """Return that the signature of an anchor is not of what it says."""
    return Text(
        f"锚点文件第 {place} 行（第 {number} 条）签名不符：锚点被改动或伪造",
        f"line {place} of the file of anchors (entry {number}) is signed wrongly: it was"
        " changed or forged",
    )


def anchor_missing(number: int, path: str) -> Text:
    """Return that the log says that it was anchored, and the anchor is not in the file."""
    return Text(
        f"第 {number} 条记载日志在此留过锚点，而 {path} 中没有：锚点被删，或文件不是这一个；"
        "请与 syslog 中的对照",
        f"entry {number} says that the log was anchored there, and {path} has no such anchor:"
        " it was removed, or this is another file; compare with syslog",
    )


def anchors_elsewhere(nodes: str) -> Text:
    """Return that other nodes of the store have anchored it in files of their own."""
    return Text(
        f"另有锚点由 {nodes} 写在其本机，此处未核对；请在该机上执行 creditgate audit verify",
        f"{nodes} have written anchors on their own machines, which were not compared here;"
        " run creditgate audit verify there",
    )


def no_anchor_yet(path: str) -> Text:
    """Return that nothing is anchored yet."""
    return Text(
        f"尚无锚点（{path}）：链条相接，但被整体重做则不能发现；网关运行后自动留锚点，"
        "也可执行 creditgate audit anchor",
        f"there is no anchor yet ({path}): the chain holds, and one that was made anew as a"
        " whole would not be found; a running gateway anchors it by itself, and so does"
        " creditgate audit anchor",
    )


def emptied(act: str, target: str, count: int) -> Text:
    """Return that rows of the store were written with entries that the log does not have."""
    return Text(
        f"日志被清空或从头重做：存储中有 {count} 行是随操作写下的，日志中却没有相应的条目（如"
        f" {target} 的 {act}）；"
        "也可能是有人绕过本程序写入了这些行。请与 syslog 中的锚点和备份对照；查明后以"
        " creditgate audit anchor --anew --why 原因 重新开始",
        f"the log was emptied, or begun anew: {count} rows of the store were written with an act,"
        f" and the log has no entry of it ({act} of {target}, for one), unless somebody wrote"
        " those rows by another way than this program. Compare with the anchors in syslog and"
        " with a backup; once it is known what happened: creditgate audit anchor --anew --why"
        " REASON",
    )


def anchors_gone(path: str, since: str) -> Text:
    """Return that a log is old enough to have anchors, and has none."""
    return Text(
        f"日志始于 {since}，而 {path} 中没有锚点：或从未能写入，或连同日志中的记载一起被删，"
        "本机无从分辨；请与 syslog 中的锚点核对",
        f"the log begins at {since} and {path} has no anchor: they could never be written, or"
        " were removed together with what the log says of them, and nothing here can tell which;"
        " compare with the anchors in syslog",
    )


def empty(path: str) -> Text:
    """Return that the log has no entry and the store no row that speaks of one."""
    return Text(
        f"日志没有条目，也没有锚点（{path}），存储中也没有随操作写下的行：看来是新的，"
        "但整个存储被换掉也会如此，只有别处的锚点能证明",
        f"the log has no entry, there is no anchor ({path}) and no row of the store was written"
        " with an act: it looks new, and so would a store that was put in the place of another;"
        " only an anchor that lies elsewhere can tell",
    )


def anchored_until(number: int, at: str) -> Text:
    """Return up to which entry the log is anchored."""
    return Text(f"锚点至第 {number} 条（{at}）", f"anchored up to entry {number} ({at})")


def anchors_unproved(count: int) -> Text:
    """Return that anchors are not signed, or by keys that are not here."""
    return Text(
        f"有 {count} 个锚点未签名，或其密钥不在本机：不能证明它们未被改写",
        f"{count} anchors are not signed, or by keys that are not here: nothing proves that"
        " they were not written anew",
    )


def newest_unproved(number: int, path: str) -> Text:
    """Return that the newest anchor is not signed by a key that is here, though there is one."""
    return Text(
        f"{path} 中最新的锚点（第 {number} 条）不是用本网关的密钥签名：文件可能被整个换掉。"
        "请与 syslog 中的锚点核对；"
        "若确因更换密钥所致，执行 creditgate audit anchor --anew --why 原因",
        f"the newest anchor in {path} (entry {number}) is not signed by a key of this gateway:"
        " the whole file may have been put in the place of another. Compare it with the anchors"
        " in syslog; where only the key was changed: creditgate audit anchor --anew --why REASON",
    )


def anchors_open_to_others(path: str) -> Text:
    """Return that others may write the file of anchors."""
    return Text(
        f"{path} 可被他人改写，请执行 chmod 600", f"{path} can be written by others; run chmod 600"
    )


def anchors_unreadable(path: str, reason: str) -> Text:
    """Return that the file of anchors cannot be read."""
    return Text(
        f"锚点文件 {path} 不能读取（{reason}），无从核对",
        f"the file of anchors {path} cannot be read ({reason}): nothing can be compared",
    )


def anchors_unwritable(path: str, reason: str) -> Text:
    """Return that the file of anchors cannot be written."""
    return Text(
        f"审计日志的锚点不能写入 {path}（{reason}）：请在 audit.anchors 指定可写的文件",
        f"the audit log's anchor cannot be written to {path} ({reason}): name a file that can"
        " be in audit.anchors",
    )


def rewritten(number: int, last: int) -> Text:
    """Return that an entry is not the one that its anchor has."""
    return Text(
        f"第 {number} 条与锚点不符：第 {last + 1} 条至此之间被重做（第 {last} 条及以前与锚点相符）",
        f"entry {number} is not the one that was anchored: between entry {last + 1} and it"
        f" the log was made anew (up to entry {last} it is as anchored)",
    )


def tail_cut(last: int, number: int) -> Text:
    """Return that the log ends before an entry that was anchored."""
    return Text(
        f"日志止于第 {last} 条，而锚点记有第 {number} 条：尾部被删",
        f"the log ends with entry {last}, and entry {number} was anchored: its tail was cut",
    )


def not_anchored(reason: Text) -> Text:
    """Return that the log's head could not be written down."""
    return Text(f"审计日志未能留锚点：{reason.zh}", f"the audit log was not anchored: {reason.en}")


def whole(count: int, digest: str) -> Text:
    """Return that the log holds."""
    return Text(
        f"审计日志完整：{count:,} 条首尾相接，末条摘要 {digest[:16]}",
        f"the audit log is whole: {count:,} entries, one chained to the next; the last one's"
        f" digest begins {digest[:16]}",
    )


def nothing_new() -> Text:
    """Return that the log has not grown since the last anchor."""
    return Text(
        "日志自上一个锚点以来没有新条目", "nothing has come to the log since the last anchor"
    )


def began_anew(number: int, person: str, why: str) -> Text:
    """Return that somebody has put the anchors of before aside."""
    return Text(
        f"第 {number} 条：{person} 搁置了此前的锚点、重新开始，原因：{why}；此前各条不再由锚点证明",
        f"entry {number}: {person} has put the anchors of before aside and begun anew: {why};"
        " no anchor proves the entries before it any more",
    )


def put_aside(path: str) -> Text:
    """Return where the anchors of before are."""
    return Text(f"此前的锚点已移至 {path}", f"the anchors of before are in {path} now")


def entry_missing(number: int) -> Text:
    """Return that the log lacks an entry."""
    return Text(f"缺少第 {number} 条", f"entry {number} is missing")


def entry_changed(number: int) -> Text:
    """Return that an entry, or the one before it, is not what was written."""
    return Text(
        f"第 {number} 条或其前一条被改动", f"entry {number}, or the one before it, was changed"
    )


def entry_replaced(number: int) -> Text:
    """Return that an entry is not the one that was written down outside."""
    return Text(
        f"第 {number} 条与外部留存的摘要不符：日志被重做",
        f"entry {number} is not the one written down outside: the log was made anew",
    )


def tail_missing(last: int, anchored: int) -> Text:
    """Return that the log ends before the entry that was written down outside."""
    return Text(
        f"日志止于第 {last} 条，外部留存的是第 {anchored} 条：尾部被删",
        f"the log ends with entry {last}, and entry {anchored} was written down outside: its"
        " tail was cut",
    )
