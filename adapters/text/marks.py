"""What file drops and databases say of what stands marked as taken,
and of files that come again.
"""

from collections.abc import Sequence

from adapters.text import Text


def taken_again(count: int, examples: Sequence[str]) -> Text:
    """Return that files stand marked as taken by this store, which does not know them."""
    names = "、".join(examples)
    return Text(
        f"{count:,} 个文件已被本网关标记为已取，而存储中没有（存储恢复过）：重新采集，如 {names}",
        f"{count:,} files stand marked as taken by this gateway and its store does not know them "
        f"(it was restored): they are read again, such as {', '.join(examples)}",
    )


def of_another_store(path: str, store: str) -> Text:
    """Return that a file stands marked as taken by another gateway's store."""
    return Text(
        f"{path} 已由另一网关（存储 {store}）标记为已取，本网关不取；"
        "若那一存储已不复存在，请把标志文件改回原名（无标志文件的，把文件名改回）",
        f"{path} stands marked as taken by another gateway (store {store}) and is left alone; where"
        " that store is no more, give its marker (without markers, the file) its own name back",
    )


def replaced_since(path: str) -> Text:
    """Return that a file was replaced after it was marked as taken, without a new marker."""
    return Text(
        f"{path} 标记为已取之后又被替换，且没有新的标志文件；当时所取的版本存储中已没有。"
        "请重新放置标志文件",
        f"{path} was replaced after it was marked as taken, without a new marker, and the store "
        "does not know the version that was taken; put a new marker beside it",
    )


def gone_since(path: str) -> Text:
    """Return that a file that was marked as taken is unknown here and no longer there."""
    return Text(
        f"{path} 已被本网关标记为已取，而存储中没有（存储恢复过），文件也已不在；请部门重新投递",
        f"{path} stands marked as taken by this gateway, its store does not know it (it was"
        " restored), and the file is gone; have the department drop it again",
    )


def not_looked_at(path: str, reason: Text) -> Text:
    """Return that a folder or a file with a mark could not be looked at."""
    return Text(
        f"{path} 无法查看（{reason.zh}）：其中是否有本存储不知的内容尚不清楚；"
        "请授予读取权限，每次采集都会再试",
        f"{path} could not be looked at ({reason.en}): whether it has something that is unknown "
        "here is not known; let it be read, each fetch tries again",
    )


def corrected(path: str) -> Text:
    """Return that a file came again with its name, size and time, and with other content."""
    return Text(
        f"{path} 的名称、大小、时间与先前所取的相同，内容不同：按新文件读取",
        f"{path} has the name, size and time of the one taken before and other content: it is read"
        " as a new file",
    )


def same_again(path: str) -> Text:
    """Return that a file came again just as it was."""
    return Text(
        f"{path} 与先前所取的完全相同，又有了新的标志文件：再读一遍并答复，未变的行不会重复上报",
        f"{path} is just what was taken before and has a new marker: it is read and answered once"
        " more; rows that did not change do not travel twice",
    )


def kept_rows(count: int, state: str) -> Text:
    """Return that rows stand marked as taken since a restore, and were read again."""
    return Text(
        f"存储恢复后，重新读取了状态为 {state}（已采集）的 {count:,} 行；存储已知的不会重复上报",
        f"after the store was restored, {count:,} rows in the state {state} (taken) were read "
        "again; those that the store knows do not travel twice",
    )
