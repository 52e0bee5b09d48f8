"""What is said of inputs that were read."""

from gateway.messages import Text


def count_differs(counted: int, records: int) -> Text:
    """Return that a count apart from the reader is not what the reader made of an input."""
    return Text(
        f"另行计数为 {counted} 条，读出 {records} 条（含空行和略过的行）；请报告运维人员",
        f"{counted} records are counted and {records} were read (blank and left out ones too); "
        "tell the operator",
    )
