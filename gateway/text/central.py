"""Texts of the centre: titles of its problems, and what is wrong with a package."""

from gateway.text import Text


def package_refused() -> Text:
    """Return the title of a problem with a package as a whole."""
    return Text("数据包整体退回", "the package is refused whole")


def signature_refused() -> Text:
    """Return the title of a problem with a signature."""
    return Text("签名不符", "the signature is refused")


def guid_conflict() -> Text:
    """Return the title of a problem with a GUID that came before with something else."""
    return Text("GUID 冲突", "the GUID is in conflict")


def request_refused() -> Text:
    """Return the title of an HTTP error that has no text of its own."""
    return Text("请求不被接受", "the request is not accepted")


def database_away() -> Text:
    """Return that the centre's database does not answer: what was sent is to be sent again."""
    return Text("数据库暂不可用，请稍后重发", "the database is unavailable; send it again later")


def internal_error() -> Text:
    """Return that the centre failed in a way that nobody foresaw."""
    return Text("内部错误，请稍后重发", "internal error; send it again later")


def count_differs(declared: int, count: int) -> Text:
    """Return that a package has another number of records than its header says."""
    return Text(
        f"包头声明 {declared} 条记录，包体有 {count} 条",
        f"the header declares {declared} records and the body has {count}",
    )


def schema_broken(line: int, message: str) -> Text:
    """Return where a record breaks the schema, in the parser's words."""
    return Text(f"第 {line} 行不符合模式：{message}", f"line {line} breaks the schema: {message}")


def kind_differs(kind: str, element: str) -> Text:
    """Return that a record is of another kind than the header says."""
    return Text(
        f"包头为 {kind}，本条为 {element}", f"the header says {kind} and this record is {element}"
    )


def key_twice() -> Text:
    """Return that a record's key comes twice in a package."""
    return Text("同一数据包内记录键重复", "the record key comes twice in the package")


def received_before(guid: str) -> Text:
    """Return that a GUID was received before with other content."""
    return Text(
        f"数据包 {guid} 已收到过，内容与本次不同；请用新的 GUID",
        f"package {guid} was received before with other content; use a new GUID",
    )
