"""What the probe of readiness says where all is not well; else it says "ok", a word for
machines.
"""

from gateway.text import Text


def store_unwritable() -> Text:
    """Return that the store takes nothing."""
    return Text("存储无法写入", "the store cannot be written")


def no_catalogue() -> Text:
    """Return that no catalogue of the centre was taken since the start."""
    return Text("尚未取得目录", "no catalogue was taken yet")
