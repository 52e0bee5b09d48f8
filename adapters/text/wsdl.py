"""What is said of a WSDL: what it refers to, what it lacks, and what was gathered."""

from adapters.text import Text

#: Characters of a foreign name or message that are repeated.
_CUT = 200


def cut(text: object, most: int = _CUT) -> str:
    """Return a foreign text on one line, cut to a length."""
    line = " ".join(str(text).split())
    return line if len(line) <= most else f"{line[:most]}…"


def refers_outside(location: str) -> Text:
    """Return that a WSDL refers to a file that does not lie in its folder."""
    return Text(
        f"WSDL 引用了 {cut(location)}，该文件不在 WSDL 所在的文件夹之内，不予读取；请把它放在 WSDL "
        "旁边，并把引用改为文件名",
        f"the WSDL refers to {cut(location)}, which is not in its folder, so it is not read; put "
        "it beside the WSDL and refer to it by its file name",
    )


def file_missing(location: str) -> Text:
    """Return that a file that a WSDL refers to is not there."""
    return Text(
        f"WSDL 引用了 {cut(location)}，旁边没有这个文件；请补上，或用 creditgate adapter wsdl "
        "gather 网址 文件夹 重新收集",
        f"the WSDL refers to {cut(location)}, which does not lie beside it; add it, or gather all "
        "with creditgate adapter wsdl gather URL FOLDER",
    )


def refers_to_network(location: str) -> Text:
    """Return that a WSDL refers to an address, and how copies are gathered."""
    return Text(
        f"WSDL 引用了网上的 {cut(location)}，不予读取；请用 creditgate adapter wsdl gather 网址 "
        "文件夹 收集副本，审核后使用",
        f"the WSDL refers to {cut(location)}, which is not fetched; gather copies with creditgate "
        "adapter wsdl gather URL FOLDER and use them once reviewed",
    )


def too_large(name: str, most: int) -> Text:
    """Return that a WSDL or schema is larger than such files are."""
    return Text(
        f"{cut(name)} 超过 {most} 字节，不予读取",
        f"{cut(name)} is larger than {most} bytes, so it is not read",
    )


def unusable(name: str, reason: object) -> Text:
    """Return that a WSDL cannot be used, with the reason that its reader gives."""
    return Text(
        f"WSDL 不可用：{cut(reason)}；请检查 {cut(name)}",
        f"the WSDL cannot be used: {cut(reason)}; check {cut(name)}",
    )


def no_binding(name: str) -> Text:
    """Return that a WSDL has no SOAP binding: it may only be a part of one."""
    return Text(
        f"{cut(name)} 没有 SOAP 绑定，可能只是另一份 WSDL 的一部分；请使用引用它的那一份",
        f"{cut(name)} has no SOAP binding and may only be a part of another WSDL; "
        "use the one that refers to it",
    )


def unknown_binding(name: str, known: list[str]) -> Text:
    """Return that a WSDL has no binding of some name."""
    listed = cut(", ".join(known))
    return Text(
        f"WSDL 没有绑定 {cut(name)}，已有：{listed}",
        f"the WSDL has no binding {cut(name)}; it has: {listed}",
    )


def address_not_allowed(address: str) -> Text:
    """Return that a call would go elsewhere than to the endpoint."""
    return Text(f"不允许的地址：{cut(address)}", f"address not allowed: {cut(address)}")


def answer_too_large(most: int) -> Text:
    """Return that an answer is larger than the settings allow."""
    return Text(
        f"应答超过 {most} 字节，请减小 page_size",
        f"the answer is larger than {most} bytes; make page_size smaller",
    )


def not_fetched(url: str, reason: str) -> Text:
    """Return that a file could not be gathered."""
    return Text(
        f"取不到 {cut(url)}：{cut(reason)}", f"{cut(url)} could not be fetched: {cut(reason)}"
    )


def other_host(url: str, host: str) -> Text:
    """Return that a WSDL refers to another host than its own."""
    return Text(
        f"引用了另一主机的 {cut(url)}；确认无误请加 --also {cut(host)}",
        f"it refers to {cut(url)} on another host; if that is right, add --also {cut(host)}",
    )


def too_many_files(most: int) -> Text:
    """Return that a WSDL refers to more files than are gathered."""
    return Text(
        f"引用的文件超过 {most} 个，不再收集",
        f"it refers to more than {most} files; nothing more is gathered",
    )


def folder_not_empty(folder: str) -> Text:
    """Return that a folder to gather into holds something already."""
    return Text(
        f"文件夹 {cut(folder)} 不是空的；请指定新的文件夹",
        f"the folder {cut(folder)} is not empty; name a new one",
    )
