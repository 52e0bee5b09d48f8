"""What the exchange of a feed says: results that a department was not told, lists that withdraw nothing."""

from gateway.messages import Text


def result_not_taken(unit: str, why: Text) -> Text:
    """Say that a department could not be told what became of a unit, and why."""
    return Text(f"{unit} 的结果未能回写：{why.zh}", f"the result of {unit} was not taken: {why.en}")


def unforeseen_error(kind: str) -> Text:
    """Say that an adapter failed in a way that nobody foresaw."""
    return Text(
        f"出现意外错误（{kind}），详见日志；稍后自动再试",
        f"an unforeseen error ({kind}); the log has it; it is tried again",
    )


def nothing_withdrawn(lost: int, rows: int) -> Text:
    """Say that a full list lacks records, and that unreadable rows of it may be those."""
    return Text(
        f"清单中少了 {lost} 条记录，但有 {rows} 行被退回且无法辨认是哪条记录，可能就是它们；"
        "本次未撤销任何记录。请部门改正后重新给出完整清单，届时再撤销确已不在的记录",
        f"the list lacks {lost} records, yet {rows} of its rows were refused and cannot be told apart"
        " from them: nothing was withdrawn. Once the department gives a list whose rows can be read,"
        " what is gone is withdrawn",
    )


def unit_refused(unit: str, reason: Text) -> Text:
    """Return that a file or table was refused whole, with its name where the reason does not have it."""
    shown = unit[:80]
    if shown in reason.zh and shown in reason.en:
        return reason
    return Text(f"{shown}：{reason.zh}", f"{shown}: {reason.en}")


def judged_again(rows: int) -> Text:
    """Return that rows were judged again which a clock that was behind had refused."""
    return Text(
        f"{rows} 行先前因日期晚于当时的今天被退回，现已按正确的时钟重新判定并继续报送",
        f"{rows} rows that had been refused as later than today were judged again by the right"
        " clock and go on",
    )
