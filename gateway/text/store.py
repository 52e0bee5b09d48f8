"""What is said of the store itself: whose tables it has, who uses it, whether it answers."""

from collections.abc import Sequence
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
        " nothing"
        f" was changed. Missing or different (+: too many): {named}{more_en}. A program that was"
        " never released made it, or somebody changed it: restore a backup, or bring these"
        " parts to"
        " what the version has, and try again",
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
        " 的日志放在打开时所用文件名旁，"
        "从不同文件名打开会互相损坏。请只留一个文件名（ls -li 可查硬链接），"
        "或挂载其所在文件夹，再启动",
        f"the store {store} has more than one name (a hard link, or a file mounted by"
        " itself): SQLite"
        " keeps its log beside the name that it is opened by, and what is opened by two names is"
        " damaged. Leave it one name (ls -li shows hard links), or mount its folder, and"
        " start again",
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
