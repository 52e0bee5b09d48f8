"""What is said of inputs that were read."""

from gateway.text import Text


def count_differs(counted: int, records: int) -> Text:
    """Return that a count apart from the reader is not what the reader made of an input."""
    return Text(
        f"另行计数为 {counted} 条，读出 {records} 条（含空行和略过的行）；请报告运维人员",
        f"{counted} records are counted and {records} were read (blank and left out ones too); "
        "tell the operator",
    )


def read_as_body(name: str) -> Text:
    """Return that a file is read as the body of a push, for nothing was set of its format."""
    return Text(
        f"{name} 以 rows 开头，按部门提交的内容检查；若是文件，请以 --set rows=rows 指明",
        f"{name} begins with rows: it is checked as the body of a push. If it is a file's content"
        " say so by --set rows=rows",
    )


def too_large(limit: int) -> Text:
    """Return that a file is larger than a centre takes."""
    return Text(
        f"超过 {limit} 字节，中心不会接收", f"is larger than {limit} bytes, which no centre takes"
    )
