"""What is said of packed files: archives that are damaged, or hold other than one file."""

from adapters.text import Text
from adapters.text.drops import cut


def broken(kind: str, looks_like: str, detail: str) -> Text:
    """Return that an archive cannot be unpacked,
    and what it looks like instead where that shows.
    """
    zh_kind = f"，看起来是 {looks_like}" if looks_like else ""
    en_kind = f"; it looks like {looks_like}" if looks_like else ""
    return Text(
        f"不是完好的 {kind} 压缩包：损坏、不完整或不受支持{zh_kind}（{cut(detail, 80)}）；"
        f"请重新压缩为 {kind} 后上传",
        f"the archive is damaged, cut off or no {kind} that can be read{en_kind}"
        f" ({cut(detail, 80)}); pack it anew as {kind} and upload it again",
    )


def files(count: int, listed: str) -> Text:
    """Return that an archive does not hold exactly one file of data."""
    return Text(
        f"压缩包有 {count} 个文件，应恰有一个" + (f"：{cut(listed, 120)}" if listed else ""),
        f"the archive has {count} files; it must have one"
        + (f": {cut(listed, 120)}" if listed else ""),
    )


def entries(count: int) -> Text:
    """Return that an archive claims too many entries."""
    return Text(
        f"压缩包声明有 {count} 个条目，应恰有一个文件",
        f"the archive says that it has {count} entries; it must have one file",
    )


def encrypted() -> Text:
    """Return that an archive needs a password."""
    return Text("压缩包已加密，请去掉口令", "the archive is encrypted; take the password away")


def link() -> Text:
    """Return that an archive holds a link."""
    return Text("压缩包里是链接，不是文件", "the archive holds a link and no file")
