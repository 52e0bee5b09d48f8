"""What the registry says of adapters and their samples."""

from collections.abc import Sequence

from gateway.messages import Text

#: Reasons that are repeated; a folder may have thousands of files.
_REASONS = 5


def no_row(reasons: Sequence[Text]) -> Text:
    """Say that a source gave no row, and all that the adapter said of why."""
    zh, en = "来源目前没有数据行", "the source has no row at present"
    if not reasons:
        return Text(f"{zh}，请放入样例后再试", f"{en}; put a sample there and try again")
    more = len(reasons) - _REASONS
    rest = Text(f"；另有 {more} 项", f"; and {more} more") if more > 0 else Text("", "")
    return Text(
        f"{zh}：{'；'.join(one.zh for one in reasons[:_REASONS])}{rest.zh}",
        f"{en}: {'; '.join(one.en for one in reasons[:_REASONS])}{rest.en}",
    )
