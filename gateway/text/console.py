"""What the console's pages say after something was done, or was not."""

from gateway.text import Text


def choose_role() -> Text:
    """Return that a form lacks the role."""
    return Text("请选择角色", "choose a role")


def saved_as(version: int) -> Text:
    """Return as which version an adapter was saved."""
    return Text(f"已保存，第 {version} 版", f"saved as version {version}")


def secret_removed(name: str) -> Text:
    """Return that a secret is no more."""
    return Text(f"已删去密钥 {name}", f"the secret {name} is taken away")


def secret_missing() -> Text:
    """Return that a form lacks the secret."""
    return Text("请填写密钥", "give the secret")


def secret_kept() -> Text:
    """Return that a secret is kept, and that nobody sees it again."""
    return Text("密钥已加密保存，不再显示", "the secret is kept sealed and never shown again")


def submitted() -> Text:
    """Return that an adapter waits for its approval."""
    return Text("已提交，待运维员批准", "submitted; an operator will look at it")


def rolled_back(earlier: int, version: int) -> Text:
    """Return which version an earlier one has become, and what it takes to use it."""
    return Text(
        f"第 {earlier} 版的内容已成为第 {version} 版；试映射通过后可上线",
        f"version {earlier} is now version {version}; it can go live once its sample passes",
    )


def act_done() -> Text:
    """Return that what was asked is done."""
    return Text("已办理", "done")


def no_state() -> Text:
    """Return that an adapter has no such state."""
    return Text("没有这个状态", "there is no such state")


def to_mend(faults: Text) -> Text:
    """Return what is wrong with what a form gave."""
    return Text(f"请更正：{faults.zh}", f"mend this: {faults.en}")


def alert_acknowledged() -> Text:
    """Return that somebody has acknowledged an alert."""
    return Text("已确认", "acknowledged")


def saved() -> Text:
    """Return that a rule is saved."""
    return Text("已保存", "saved")


def no_alert_rule(kind: str) -> Text:
    """Return that there is no such rule of alerts."""
    return Text(f"没有告警规则 {kind}", f"there is no alert rule {kind}")


def rule_malformed() -> Text:
    """Return how the numbers and times of a rule are written."""
    return Text(
        "阈值和小时数须为数字，时刻写作 22:00",
        "threshold and hours are numbers, and a time is written 22:00",
    )


def rule_out_of_range() -> Text:
    """Return that a number of a rule is too small or too large."""
    return Text("阈值或小时数超出范围", "the threshold or the hours are out of range")


def fetch_asked() -> Text:
    """Return that a feed is fetched at once."""
    return Text("已请求立即采集，几秒内开始", "asked for; it begins within seconds")


def shrunk_list_confirmed() -> Text:
    """Return what follows where somebody has confirmed that a list shrank."""
    return Text(
        "已确认：清单缺少的记录将被撤销", "confirmed: what the list no longer has will be withdrawn"
    )


def choose_file() -> Text:
    """Return that a form lacks the file."""
    return Text("请选择文件", "choose a file")


def sample_kept() -> Text:
    """Return that a sample is kept."""
    return Text("样例已保存", "the sample is kept")


def no_mapping() -> Text:
    """Return that there is no mapping to save."""
    return Text("请先提出映射或粘贴 YAML", "propose a mapping first, or paste one as YAML")


def mapping_saved(version: int) -> Text:
    """Return as which version a mapping was saved."""
    return Text(f"映射已保存，第 {version} 版", f"the mapping is saved as version {version}")


def no_sample() -> Text:
    """Return that there is no sample, and how to get one."""
    return Text(
        "还没有样例：请先测试连接，或上传样例文件",
        "there is no sample yet: test the connection, or upload a file",
    )


def mapping_proposed(kind: Text, confidence: float) -> Text:
    """Return for which kind of record a mapping was proposed, and how sure that is (0 to 1)."""
    return Text(
        f"按样例提出映射（{kind.zh}，把握 {confidence:.0%}），请逐行核对",
        f"a mapping was proposed ({kind.en}, {confidence:.0%} sure): look at every line",
    )


def record_key(reason: Text) -> Text:
    """Return why a record key was proposed."""
    return Text(f"记录键：{reason.zh}", f"record key: {reason.en}")


def session_ended() -> Text:
    """Return that a session is over."""
    return Text("该会话已结束", "that session is over")


def takes_no_mended_rows() -> Text:
    """Return that the rows of a feed are mended at its source, and how they come from there."""
    return Text(
        "该数据项不接收改正后的行：请在来源改正，下次采集时自动取走",
        "this feed takes no mended rows: mend them at the source, and the next fetch brings them",
    )


def file_empty() -> Text:
    """Return that a file has no row."""
    return Text("文件中没有数据行", "the file has no row")


def rows_submitted(count: int) -> Text:
    """Return how many mended rows were submitted."""
    return Text(
        f"已提交 {count} 行，随下次采集办理",
        f"{count} rows are submitted and go with the next fetch",
    )


def no_number(name: str) -> Text:
    """Return that a setting is no number."""
    return Text(f"{name}：应为数字", f"{name}: it must be a number")


def no_json(name: str) -> Text:
    """Return that a setting is no JSON."""
    return Text(f"{name}：应为 JSON", f"{name}: it must be JSON")


def passwords_differ() -> Text:
    """Return that a new password was typed in two ways."""
    return Text("两次输入的新口令不同", "the new password was typed in two ways")


def file_lost_cells() -> Text:
    """Return that a workbook has cells whose content is lost."""
    return Text(
        "文件有 Excel 已丢失或无法读取的内容，请按下表改正后再交",
        "the file has cells that Excel lost or that cannot be read; mend them as below and submit "
        "it again",
    )
