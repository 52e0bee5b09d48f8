"""What is said where rows go out unmasked."""

from gateway.messages import Text


def nameless() -> Text:
    """Rows were to go out unmasked without anybody's name or a reason."""
    return Text(
        "未遮蔽的行须记明何人、何事、为何才能给出",
        "rows go out unmasked only with a name, an act and a reason on record",
    )


def trial() -> Text:
    """Why the rows of a trial are shown."""
    return Text("试映射", "trial of a mapping")


def connection_test() -> Text:
    """Why the rows of a connection test are shown."""
    return Text("测试连接", "connection test")


def dry_run() -> Text:
    """Why the records of a dry run are shown."""
    return Text("预演采集", "dry run of a fetch")


def proposal() -> Text:
    """Why a source is read for a proposal."""
    return Text("提出映射", "proposal of a mapping")


def refused_rows(rows: int) -> Text:
    """Why refused rows are given out: to be mended, and how many."""
    return Text(f"下载退回的行改正，{rows} 行", f"refused rows to be mended, {rows} rows")


def proof(guid: str) -> Text:
    """Why a package is given out whole: as a proof of its delivery."""
    return Text(f"送达凭证 {guid}", f"proof of the delivery of {guid}")
