"""What is said where rows go out unmasked."""

from gateway.text import Text


def nameless() -> Text:
    """Return that rows were to go out unmasked without anybody's name or a reason."""
    return Text(
        "未遮蔽的行须记明何人、何事、为何才能给出",
        "rows go out unmasked only with a name, an act and a reason on record",
    )


def trial() -> Text:
    """Return why the rows of a trial are shown."""
    return Text("试映射", "trial of a mapping")


def connection_test() -> Text:
    """Return why the rows of a connection test are shown."""
    return Text("测试连接", "connection test")


def dry_run() -> Text:
    """Return why the records of a dry run are shown."""
    return Text("预演采集", "dry run of a fetch")


def proposal() -> Text:
    """Return why a source is read for a proposal."""
    return Text("提出映射", "proposal of a mapping")


def refused_rows(rows: int) -> Text:
    """Return why refused rows are given out: to be mended, and how many."""
    return Text(f"下载退回的行改正，{rows} 行", f"refused rows to be mended, {rows} rows")


def proof(guid: str) -> Text:
    """Return why a package is given out whole: as a proof of its delivery."""
    return Text(f"送达凭证 {guid}", f"proof of the delivery of {guid}")
