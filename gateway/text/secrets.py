"""What is said of secrets that programs share, and of files that hold one."""

from gateway.text import Text


def unsound(what: str, least: int, most: int) -> Text:
    """Return that a shared secret is empty, too short, or no text that a header carries."""
    return Text(
        f"{what}：密钥须为 {least} 至 {most} 个可见 ASCII 字符，不含空格；空的或过短的一律不接受",
        f"{what}: a secret has {least} to {most} visible ASCII characters and no blank; an empty"
        " or shorter one is never taken",
    )


def file_open_to_others(path: str) -> Text:
    """Return that others can read a file with a secret, and what to do."""
    return Text(
        f"{path} 可被他人读取，请执行 chmod 600", f"{path} can be read by others; run chmod 600"
    )
