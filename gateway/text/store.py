"""What is said of the store itself: whose tables it has, who uses it, whether it answers."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from gateway.text import Text

#: Most parts that are named of tables that are not what their version says.
_MOST = 12


def version_differs(store: str, program: str) -> Text:
    """Return that the store's tables are those of another release."""
    newer = store > program
    to_do_zh = "请换用更新的程序" if newer else "请先备份，再执行 creditgate store upgrade"
    to_do_en = (
        "use the newer program" if newer else "make a backup, then run creditgate store upgrade"
    )
    return Text(
        f"存储的表结构为 {store}，本程序为 {program}；{to_do_zh}",
        f"the store's tables are version {store} and this program's {program}; {to_do_en}",
    )


def shape_differs(version: str, parts: Sequence[str]) -> Text:
    """Return that the store says a version, and its tables are others."""
    named = "; ".join(parts[:_MOST])
    more = len(parts) - _MOST
    more_zh, more_en = (f"；另有 {more} 处", f"; and {more} more") if more > 0 else ("", "")
    return Text(
        f"存储自称 {version}，表结构却与该版本不符，未作任何改动。缺少或不同（+ 为多出）："
        f"{named}{more_zh}。"
        "它由未发布的程序建立，或被人改动过：请恢复备份，或对照该版本补齐后再执行",
        f"the store says that it is {version}, and its tables are not those of that version;"
        f" nothing was changed. Missing or different (+: too many): {named}{more_en}. A program"
        " that was never released made it, or somebody changed it: restore a backup, or bring"
        " these parts to what the version has, and try again",
    )


def in_use(store: Path) -> Text:
    """Return that another process works on the store."""
    return Text(
        f"另一网关进程正在使用 {store}，请先停止它",
        f"another gateway process uses {store}; stop it first",
    )


def several_names(store: Path) -> Text:
    """Return that a SQLite store's file has a hard link, or is mounted by itself."""
    return Text(
        f"存储 {store} 不止一个文件名（硬链接，或单独挂载的文件）：SQLite"
        " 的日志放在打开时所用文件名旁，从不同文件名打开会互相损坏。请只留一个文件名（ls -li"
        " 可查硬链接），或挂载其所在文件夹，再启动",
        f"the store {store} has more than one name (a hard link, or a file mounted by itself):"
        " SQLite keeps its log beside the name that it is opened by, and what is opened by two"
        " names is damaged. Leave it one name (ls -li shows hard links), or mount its folder,"
        " and start again",
    )


def store_away(reason: str) -> Text:
    """Return that the store does not answer, and may answer later."""
    return Text(
        f"存储没有应答，请确认数据库在运行、地址正确：{reason}",
        f"the store does not answer; see that the database runs and its address is right: {reason}",
    )


def store_refuses(reason: str) -> Text:
    """Return that the store answers, and does not let us in."""
    return Text(
        f"数据库拒绝连接，请核对 store 中的用户、口令与库名：{reason}",
        f"the database refuses us; see to the user, password and database in `store`: {reason}",
    )


def store_not_opened(reason: str) -> Text:
    """Return that a SQLite store's file cannot be opened or written."""
    return Text(
        f"存储无法打开，请确认路径、权限与磁盘空间：{reason}",
        "the store cannot be opened; see to its path, permissions and the room on its disk:"
        f" {reason}",
    )


def no_url() -> Text:
    """Return that a store is named by what is no database URL, which may hold a password and is not
    repeated.
    """
    return Text(
        "存储地址不是数据库地址；请写作 sqlite:////绝对路径/store.db 或"
        " postgresql+psycopg://用户:口令@主机/库",
        "the store is not named by a database URL; write sqlite:////ABSOLUTE/PATH/store.db or"
        " postgresql+psycopg://USER:PASSWORD@HOST/DATABASE",
    )


def purged(counts: str) -> Text:
    """Return what was removed because its time was over."""
    return Text(f"已按保存期限清除：{counts}", f"removed as its time was over: {counts}")


def clock_doubted(newest: datetime) -> Text:
    """Return that nothing is removed, for the clock may be wrong."""
    return Text(
        f"存储中最近的变化在 {newest:%Y-%m-%d}，早于现在 30 天以上，疑时钟有误，不予清除；"
        "确认后执行 creditgate outbox purge --force --why 原因",
        f"the newest change in the store is of {newest:%Y-%m-%d}, more than 30 days ago: the"
        " clock may be wrong and nothing is removed; if it is right run creditgate outbox"
        " purge --force --why REASON",
    )


def damaged(path: Path, reason: Text) -> Text:
    """Return that a store's file is damaged, why, and what to do before the next start."""
    return Text(
        f"存储 {path} 已损坏：{reason.zh}；请从备份恢复后再启动。"
        f"确要从空存储开始，先删除 {path.name}.id",
        f"the store {path} is damaged: {reason.en}; restore it from the backup before you start. If"
        f" a new store is meant, remove {path.name}.id first",
    )


def file_empty() -> Text:
    """Return that a store's file is missing or empty."""
    return Text("文件缺失或为空", "the file is missing or empty")


def nothing_of_store() -> Text:
    """Return that a file has no table of the store that was there before."""
    return Text("其中没有本存储的内容", "it has nothing of this store")


def another_store() -> Text:
    """Return that a file holds another store than its mark says."""
    return Text("是另一存储", "it is another store")
