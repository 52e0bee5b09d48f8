"""The help of the options of commands, by command and option."""

from gateway.text import Text


def account_department() -> Text:
    """Return the help of --department of `creditgate account`."""
    return Text("部门，可多次给出", "department, may be repeated")


def account_subject() -> Text:
    """Return the help of --subject of `creditgate account`."""
    return Text(
        "以 OpenID Connect 登录者的主体", "the OpenID subject of who signs in by the provider"
    )


def adapter_change() -> Text:
    """Return the help of --change of `creditgate adapter`."""
    return Text("只增、可变、每次全量", "only new rows, rows may change, the whole list each time")


def adapter_drift() -> Text:
    """Return the help of --drift of `creditgate adapter`."""
    return Text("来源结构变化时", "when the source's columns change")


def adapter_file() -> Text:
    """Return the help of --file of `creditgate adapter`."""
    return Text("从文件读", "read it from a file")


def adapter_keep() -> Text:
    """Return the help of --keep of `creditgate adapter`."""
    return Text("存为新版本", "keep it as a new version")


def adapter_kind() -> Text:
    """Return the help of --kind of `creditgate adapter`."""
    return Text("适配器类型", "adapter kind")


def adapter_another_kind() -> Text:
    """Return the help of --kind of `creditgate adapter`."""
    return Text("另一适配器类型", "another adapter kind")


def adapter_kinds() -> Text:
    """Return the help of --kinds of `creditgate adapter`."""
    return Text("已安装的类型及其设置", "the installed kinds and their settings")


def adapter_organ() -> Text:
    """Return the help of --organ of `creditgate adapter`."""
    return Text(
        "本部门名称和统一社会信用代码，用于来源没有的机关栏目",
        "the department's name and unified code, for fields that the source lacks",
    )


def adapter_owner() -> Text:
    """Return the help of --owner of `creditgate adapter`."""
    return Text("负责人或科室", "who answers for it")


def adapter_record() -> Text:
    """Return the help of --record of `creditgate adapter`."""
    return Text("记录类型；缺省按样例判断", "record kind; judged from the sample by default")


def adapter_remove() -> Text:
    """Return the help of --remove of `creditgate adapter`."""
    return Text("不再需要，删去", "take it away")


def adapter_rows() -> Text:
    """Return the help of --rows of `creditgate adapter`."""
    return Text("至多看多少行", "how many rows to look at")


def adapter_secret_file() -> Text:
    """Return the help of --secret-file of `creditgate adapter`."""
    return Text("从文件读密钥", "read a secret from a file")


def adapter_set() -> Text:
    """Return the help of --set of `creditgate adapter`."""
    return Text(
        "一项设置，可重复，如 format_settings.encoding=utf-8", "one setting; may be repeated"
    )


def adapter_whole() -> Text:
    """Return the help of --whole of `creditgate adapter`."""
    return Text("不遮蔽个人信息，留痕", "show people's data unmasked; it is kept on record")


def audit_after() -> Text:
    """Return the help of --after of `creditgate audit`."""
    return Text("上一页最后的编号", "the last number of the page before")


def audit_anchor() -> Text:
    """Return the help of --anchor of `creditgate audit`."""
    return Text("先前在别处留存的", "what was written down elsewhere before")


def audit_anew() -> Text:
    """Return the help of --anew of `creditgate audit`."""
    return Text(
        "恢复存储后：搁置此前的锚点，重新开始",
        "after a restore: put the anchors of before aside, and begin anew",
    )


def audit_target() -> Text:
    """Return the help of --target of `creditgate audit`."""
    return Text("只看一个对象：数据项、数据包等", "one target only: a feed, a package")


def audit_why() -> Text:
    """Return the help of --why of `creditgate audit`."""
    return Text("重新开始的原因，留痕", "why anew, kept on record")


def catalogue_refresh() -> Text:
    """Return the help of --refresh of `creditgate catalogue`."""
    return Text("先向平台取", "ask the platform first")


def check_encoding() -> Text:
    """Return the help of --encoding of `creditgate check`."""
    return Text(
        "文本的编码，缺省由格式定，分隔与定宽文本为 gb18030",
        "encoding of text; the format's own by default, gb18030 for delimited and fixed width",
    )


def check_html() -> Text:
    """Return the help of --html of `creditgate check`."""
    return Text("另写一份 HTML 报告", "also write an HTML report")


def check_junit() -> Text:
    """Return the help of --junit of `creditgate check`."""
    return Text("另写一份 JUnit XML", "also write JUnit XML")


def check_mapping() -> Text:
    """Return the help of --mapping of `creditgate check`."""
    return Text("检查旧格式文件所用的映射", "mapping for legacy files")


def check_set() -> Text:
    """Return the help of --set of `creditgate check`."""
    return Text(
        "格式的其他设置，可重复，如 header_row=2、columns.bh=4、columns='[\"bh\"]'",
        "another setting of the format; may be repeated",
    )


def demo_folder() -> Text:
    """Return the help of --folder of `creditgate demo`."""
    return Text("工作目录，缺省为临时目录", "where to work; a temporary folder by default")


def demo_once() -> Text:
    """Return the help of --once of `creditgate demo`."""
    return Text(
        "做一次完整交换；平衡则退出码为 0", "one full exchange; exit code 0 only if it balances"
    )


def demo_rows() -> Text:
    """Return the help of --rows of `creditgate demo`."""
    return Text("每部门行数", "rows a department")


def json() -> Text:
    """Return the help of --json."""
    return Text("以 JSON 输出", "print JSON")


def key_centre() -> Text:
    """Return the help of --centre of `creditgate key`."""
    return Text("中心公钥", "the centre's public key")


def key_sender() -> Text:
    """Return the help of --sender of `creditgate key`."""
    return Text("发送方公钥", "the sender's public key")


def kind_folder() -> Text:
    """Return the help of --folder of `creditgate adapter kind`."""
    return Text("写到何处，缺省 creditgate-NAME", "where to; by default creditgate-NAME")


def list_after() -> Text:
    """Return the help of --after."""
    return Text("上一页最后的编号", "the last id of the page before")


def list_feed() -> Text:
    """Return the help of --feed."""
    return Text("只看一个数据项", "one feed only")


def outbox_dead() -> Text:
    """Return the help of --dead of `creditgate outbox`."""
    return Text("全部死信", "every dead letter")


def outbox_feed() -> Text:
    """Return the help of --feed of `creditgate outbox`."""
    return Text("该数据项全部已结清的", "all that are settled of this feed")


def outbox_force() -> Text:
    """Return the help of --force of `creditgate outbox`."""
    return Text("时间已核对，照做", "the time was checked: do it")


def outbox_payload() -> Text:
    """Return the help of --payload of `creditgate outbox`."""
    return Text("输出数据包原文", "print the package itself")


def outbox_refused() -> Text:
    """Return the help of --refused of `creditgate outbox`."""
    return Text("只限有记录被退回的", "only those with a record refused")


def outbox_since() -> Text:
    """Return the help of --since of `creditgate outbox`."""
    return Text("结清时间起，北京时间", "settled from, Asia/Shanghai")


def outbox_state() -> Text:
    """Return the help of --state of `creditgate outbox`."""
    return Text("缺省为未结清的", "those not settled by default")


def outbox_until() -> Text:
    """Return the help of --until of `creditgate outbox`."""
    return Text("结清时间止（不含）", "settled before")


def person() -> Text:
    """Return the help of --person."""
    return Text(
        "何人所为（账户名），与本机用户一并留痕",
        "who does it, an account's name; kept on record beside this system's user",
    )


def run_address_file() -> Text:
    """Return the help of --address-file of `creditgate run`."""
    return Text("写入控制台地址", "write the console's address here")


def run_once() -> Text:
    """Return the help of --once of `creditgate run`."""
    return Text("做一次完整交换后退出", "one full exchange, then end")


def run_patience() -> Text:
    """Return the help of --patience of `creditgate run`."""
    return Text("--once 等待的秒数", "seconds that --once waits for what is due")


def run_role() -> Text:
    """Return the help of --role of `creditgate run`."""
    return Text(
        "本进程的角色；多节点共用 PostgreSQL 时分设",
        "what this process does, where nodes share a PostgreSQL store",
    )


def schema_code() -> Text:
    """Return the help of --code of `creditgate schema`."""
    return Text("只看一个代码", "one code only")


def schema_feed() -> Text:
    """Return the help of --feed of `creditgate schema`."""
    return Text("数据项", "the feed")


def schema_headings() -> Text:
    """Return the help of --headings of `creditgate schema`."""
    return Text("文件的栏目名", "what the file's headings are")


def schema_sample_headings() -> Text:
    """Return the help of --headings of `creditgate schema`."""
    return Text("csv、json 的栏目名", "what the headings of csv and json are")


def schema_key() -> Text:
    """Return the help of --key of `creditgate schema`."""
    return Text("组成记录键的字段，可重复", "field of the record key; may be repeated")


def schema_seed() -> Text:
    """Return the help of --seed of `creditgate schema`."""
    return Text("同一种子得同样样例", "the same seed makes the same samples")


def schema_spoiled() -> Text:
    """Return the help of --spoiled of `creditgate schema`."""
    return Text("每条有一处错误，列出所违反的规则", "one fault in each, with the rules it breaks")


def schema_version() -> Text:
    """Return the help of --version of `creditgate schema`."""
    return Text("标准版本", "version of the standard")


def settings() -> Text:
    """Return the help of --settings."""
    return Text("网关设置文件", "the gateway's settings file")


def why_reason() -> Text:
    """Return the help of --why."""
    return Text("理由，留痕，不得为空", "the reason, kept on record; never blank")


def wsdl_also() -> Text:
    """Return the help of --also of `creditgate adapter wsdl`."""
    return Text("引用也可取自该主机，可重复", "references may be on this host too; may be repeated")


def wsdl_department() -> Text:
    """Return the help of --department of `creditgate adapter wsdl`."""
    return Text("为哪个部门收集，依其 reach", "for which department, by its `reach`")
