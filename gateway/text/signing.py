"""What is said of signatures whose statement is another's, or of another time."""

from datetime import datetime, timedelta

from gateway.clock import local_text
from gateway.text import Text


def of_another_sender(named: str, sender: str) -> Text:
    """Return that a statement names another sender than the one that brought it."""
    return Text(
        f"签名声明的发送方是 {named}，不是 {sender or '（未设置）'}",
        f"the statement is signed as the sender {named} and not as {sender or '(none is set)'}",
    )


def of_another_centre(named: str, centre: str) -> Text:
    """Return that a statement is for another centre."""
    return Text(
        f"签名是给中心 {named} 的，本中心是 {centre or '（未命名，请以 --name 启动）'}",
        f"the statement is signed for the centre {named} and this is"
        f" {centre or '(without a name: start it with --name)'}",
    )


def from_the_future(at: datetime, now: datetime, tolerance: timedelta) -> Text:
    """Return that a statement's time is ahead of ours."""
    return Text(
        f"签名时间 {local_text(at)} 超前于 {local_text(now)} 逾"
        f" {tolerance.total_seconds():.0f} 秒；请校准时钟",
        f"it was signed at {local_text(at)}, more than {tolerance.total_seconds():.0f} s"
        f" ahead of {local_text(now)}: set the clocks right",
    )


def too_old(at: datetime, oldest: timedelta) -> Text:
    """Return that a statement was signed too long ago."""
    return Text(
        f"签名时间 {local_text(at)} 早于 {oldest.days} 天前；请重新签名发送",
        f"it was signed at {local_text(at)}, more than {oldest.days} days ago: sign and send"
        " it again",
    )


def older_form(sender: str) -> Text:
    """Return that a sender that signs by exchange 1.1 comes with a statement of 1.0."""
    return Text(
        f"发送方 {sender} 已用 1.1 版声明签名，不再接受 1.0 版；退回旧版程序时请中心执行"
        f" creditgate central sender limit {sender} --exchange 1.0",
        f"the sender {sender} signs by exchange 1.1 and a statement of 1.0 is no longer"
        " taken; where its program was put back, the centre runs creditgate central sender"
        f" limit {sender} --exchange 1.0",
    )


def no_proof(guid: str) -> Text:
    """Return that there is no proof of a package's delivery."""
    return Text(
        f"没有数据包 {guid} 的送达凭证（未签名、未送达或已清除）",
        f"there is no proof of package {guid}: not signed, not delivered, or purged",
    )
