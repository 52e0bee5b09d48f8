"""What is said of the platform's catalogue: whether it came, and whether it is taken."""

from gateway.text import Text


def not_fetched(error: object) -> Text:
    """Return that the catalogue could not be fetched, so that the one in force stays."""
    return Text(
        f"取目录失败：{error}；仍用现行目录",
        f"the catalogue could not be fetched: {error}; the one in force stays",
    )


def expired(until: str) -> Text:
    """Return that the catalogue in force has ended; `until` is the ISO date and time."""
    return Text(
        f"目录已于 {until} 过期，请平台更新；照旧执行",
        f"the catalogue ended on {until}; ask the platform for a new one; it stays in force",
    )


def in_force(serial: int, items: int, digest: str) -> Text:
    """Return that a catalogue is in force from now on, with its count of items and its digest."""
    return Text(
        f"已启用目录 {serial}（{items} 项，{digest}）",
        f"catalogue {serial} is in force ({items} items, {digest})",
    )


def not_newer(serial: int, in_force: int) -> Text:
    """Return that the platform gave a catalogue that is not newer than the one in force."""
    return Text(
        f"平台给出的目录序号 {serial} 不新于现行的 {in_force}，仍用现行目录；请平台核对",
        f"the platform's catalogue has serial {serial}, not newer than {in_force} in force, which"
        " stays; ask the platform",
    )


def duration_unusable(name: str, text: str, most_days: int) -> Text:
    """Return that a duration of an item is none by which moments can be reckoned."""
    excerpt = text[:40]
    return Text(
        f"{name} 的时长 {excerpt} 须为正，不含年、月，且不超过 {most_days} 天",
        f"the duration {excerpt} of {name} must be positive, without years or months,"
        f" and {most_days} days at most",
    )
