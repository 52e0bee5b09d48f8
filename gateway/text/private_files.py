"""What is said of files that others can reach."""

from collections.abc import Sequence
from shlex import quote

from gateway.text import Text


def exposed(paths: Sequence[str]) -> Text:
    """Return that files with people's data can be reached by others: which, and the command that
    ends it.
    """
    command = f"chmod 600 {' '.join(map(quote, paths))}"
    return Text(
        f"{'、'.join(paths)} 可被本机其他用户读写，未启动；请执行：{command}",
        f"{', '.join(paths)} can be reached by other users of this machine, so nothing was"
        f" started; run: {command}",
    )
