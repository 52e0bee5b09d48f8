"""What is said of rows that departments push to the gateway: settings, tests, refusals."""

from gateway.text import Text


def token() -> Text:
    """Return what the setting `token` is."""
    return Text("部门提交时出示的令牌", "the token that the department shows")


def most_rows() -> Text:
    """Return what the setting `max_rows` is."""
    return Text("一次提交的最多行数", "most rows of one submission")


def columns() -> Text:
    """Return what the setting `columns` is."""
    return Text("栏名；缺省取自首次提交", "columns; those of the submission by default")


def submissions() -> Text:
    """Return the name of a test's step that says where rows are submitted."""
    return Text("提交", "submissions")


def sample_rows() -> Text:
    """Return the name of a test's step that shows the rows of the first submission."""
    return Text("读取样例", "sample rows")


def only_within_the_gateway() -> Text:
    """Return that the adapter kind `push` has no store to read submissions from."""
    return Text("push 类型只能由网关使用", "the kind push works only within the gateway")


def id_used_before(given_id: str) -> Text:
    """Return that a sender's id of a submission came with other rows before."""
    return Text(
        f"编号 {given_id} 先前提交过不同的内容；请换新编号",
        f"the id {given_id} came with other rows before; use a new one",
    )
