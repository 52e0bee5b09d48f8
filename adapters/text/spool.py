"""What is said of this machine's own folder for temporary files."""

from adapters.text import Text

_MB = 1_000_000


def folder_full(folder: str, needed: int, free: int) -> Text:
    """Return that there is no room for a temporary file; `needed` is 0 where that is not known."""
    zh = f"需 {_shown(needed)}，" if needed else ""
    en = f"{_shown(needed)} are needed and " if needed else ""
    return Text(
        f"网关本机的临时目录 {folder} 已满：{zh}可用 {_shown(free)}；与来源无关，"
        "请运维清理或扩大该目录（或用 TMPDIR 另指一处），之后自动再试",
        f"the gateway's own folder for temporary files, {folder}, is full: {en}{_shown(free)} are"
        " free; the source is not at fault. The operator should make room there, or name another"
        " folder by TMPDIR; it is tried again by itself",
    )


def file_waits(path: str, reason: Text) -> Text:
    """Return that a file waits for room on this machine."""
    return Text(
        f"{path} 暂未收取，其余文件照常：{reason.zh}",
        f"{path} waits and other files go on: {reason.en}",
    )


def _shown(size: int) -> str:
    if size >= _MB:
        return f"{size / _MB:,.0f} MB"
    return f"{size / 1000:,.0f} kB"
