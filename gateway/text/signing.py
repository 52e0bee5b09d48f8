"""What is said of signatures and of the key files that they are made and checked with."""

from collections.abc import Sequence
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
        f"it was signed at {local_text(at)}, more than {tolerance.total_seconds():.0f} s ahead of"
        f" {local_text(now)}: set the clocks right",
    )


def too_old(at: datetime, oldest: timedelta) -> Text:
    """Return that a statement was signed too long ago."""
    return Text(
        f"签名时间 {local_text(at)} 早于 {oldest.days} 天前；请重新签名发送",
        f"it was signed at {local_text(at)}, more than"
        f" {oldest.days} days ago: sign and send it again",
    )


def older_form(sender: str) -> Text:
    """Return that a sender that signs by exchange 1.1 comes with a statement of 1.0."""
    return Text(
        f"发送方 {sender} 已用 1.1 版声明签名，不再接受 1.0 版；退回旧版程序时请中心执行"
        f" creditgate central sender limit {sender} --exchange 1.0",
        f"the sender {sender} signs by exchange 1.1 and a statement of 1.0 is no longer taken;"
        " where its program was put back, the centre runs creditgate central sender limit"
        f" {sender} --exchange 1.0",
    )


def no_proof(guid: str) -> Text:
    """Return that there is no proof of a package's delivery."""
    return Text(
        f"没有数据包 {guid} 的送达凭证（未签名、未送达或已清除）",
        f"there is no proof of package {guid}: not signed, not delivered, or purged",
    )


def key_not_trusted(key_id: str, trusted: Sequence[str]) -> Text:
    """Return that a signature is by a key that is not trusted, and which are."""
    listed = ", ".join(trusted)
    return Text(
        f"签名密钥 {key_id!r} 不在受信之列（{listed}）",
        f"the signing key {key_id!r} is none of those trusted ({listed})",
    )


def of_other_bytes(key_id: str) -> Text:
    """Return that a signature is not of the bytes that came."""
    return Text(
        f"密钥 {key_id} 的签名与内容不符", f"the signature by {key_id} is not of these bytes"
    )


def no_signature() -> Text:
    """Return that there is no signature, or none that can be read."""
    return Text("没有签名，或签名格式不对", "there is no signature, or it is malformed")


def unknown_algorithm(algorithm: str) -> Text:
    """Return that a signature is by an algorithm that is not known."""
    return Text(
        f"不支持的签名算法 {algorithm!r}", f"signature algorithm {algorithm!r} is not supported"
    )


def no_private_key() -> Text:
    """Return that a file has no private key that can be used, and how to make one."""
    return Text(
        "私钥不是未加密的 Ed25519 PEM；可用 creditgate key new 生成",
        "the private key is no plain Ed25519 PEM; make one with creditgate key new",
    )


def no_public_key() -> Text:
    """Return that a file has no public key that can be used."""
    return Text("公钥不是 Ed25519 PEM", "the public key is no Ed25519 PEM")


def key_unreadable(path: str, reason: str | None) -> Text:
    """Return that a key file cannot be read, and why."""
    return Text(f"无法读取密钥 {path}：{reason}", f"cannot read the key {path}: {reason}")
