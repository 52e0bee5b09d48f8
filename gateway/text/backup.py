"""What is said of copies of the store."""

from pathlib import Path

from gateway.text import Text

_MB = 1_000_000


def no_room_for_backup(folder: str, needed: int, free: int) -> Text:
    """Return that a folder has no room for a copy of the store; bytes."""
    return Text(
        f"{folder} 放不下备份：约需 {needed / _MB:,.1f} MB，可用 {free / _MB:,.1f} MB；"
        "未留下半份副本，请换一个目录或先清理",
        f"{folder} has no room for the copy: about {needed / _MB:,.1f} MB are needed and"
        f" {free / _MB:,.1f} MB are free; nothing was left behind. Name another folder, or"
        " make room",
    )


def backup_failed(file: str, reason: str) -> Text:
    """Return that a copy could not be written, for another reason."""
    return Text(
        f"备份 {file} 未写成：{reason}；未留下半份副本",
        f"the copy {file} could not be written: {reason}; nothing was left behind",
    )


def own_tool(backend: str) -> Text:
    """Return that a store of this kind is backed up with its own tool."""
    return Text(
        f"{backend} 请用其自带工具备份，如 pg_dump -Fc",
        f"use {backend}'s own tool for a backup, pg_dump -Fc for instance",
    )


def file_exists(file: Path) -> Text:
    """Return that the file of a backup is there already."""
    return Text(f"{file} 已存在", f"{file} is there already")


def not_whole(reason: str) -> Text:
    """Return that a copy is not whole, in the database's words."""
    return Text(f"副本不完整：{reason}", f"the copy is not whole: {reason}")
