"""What is said of secrets that programs share."""

from gateway.text import Text


def unsound(name: str, shortest: int, longest: int) -> Text:
    """Return that a token or another shared secret is empty, too short, or no text that a header carries."""
    return Text(
        f"{name}：密钥须为 {shortest} 至 {longest} 个可见 ASCII 字符，不含空格；"
        "空的或过短的一律不接受",
        f"{name}: a secret has {shortest} to {longest} visible ASCII characters and no blank; an "
        "empty or shorter one is never taken",
    )
