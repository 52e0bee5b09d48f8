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


def central_broker() -> Text:
    """Return the help of --broker of `creditgate central`."""
    return Text("NATS 地址", "address of the NATS broker")


def central_clock_tolerance() -> Text:
    """Return the help of --clock-tolerance of `creditgate central`."""
    return Text("容许对方时钟超前的秒数", "seconds that the other side's clock may be ahead")


def central_every() -> Text:
    """Return the help of --every of `creditgate central`."""
    return Text("间隔秒数", "seconds between looks")


def central_folder() -> Text:
    """Return the help of --folder of `creditgate central`."""
    return Text("投放目录", "folder in which packages are dropped")


def central_name() -> Text:
    """Return the help of --name of `creditgate central`."""
    return Text(
        "中心编号，1.1 版签名声明据此核对",
        "the centre's name, which signed statements of 1.1 must be for",
    )


def central_once() -> Text:
    """Return the help of --once of `creditgate central`."""
    return Text("看一遍即退出", "one look, then end")


def central_port() -> Text:
    """Return the help of --port of `creditgate central`."""
    return Text("0 为任选", "0 for any")


def central_receipts() -> Text:
    """Return the help of --receipts of `creditgate central`."""
    return Text("回执目录，缺省同上", "folder for receipts; the same by default")


def central_sender() -> Text:
    """Return the help of --sender of `creditgate central`."""
    return Text("所投数据属于哪个发送方", "the sender whose packages lie there")


def central_sender_exchange() -> Text:
    """Return the help of --exchange of `creditgate central sender`."""
    return Text("所收声明的最旧版本", "the oldest form of statement that is taken")


def central_sender_feed() -> Text:
    """Return the help of --feed of `creditgate central sender`."""
    return Text(
        "可用的数据项：部门.* 或 部门.数据项，可多次",
        "what it may speak for: DEPARTMENT.* or DEPARTMENT.FEED, may be repeated",
    )


def central_sender_other_feeds() -> Text:
    """Return the help of --feed of `creditgate central sender`."""
    return Text(
        "可用的数据项，取代原有的全部，可多次",
        "what it may speak for, in place of all that it may now; may be repeated",
    )


def central_sender_from() -> Text:
    """Return the help of --from of `creditgate central sender`."""
    return Text("有效期起", "from when")


def central_sender_key() -> Text:
    """Return the help of --key of `creditgate central sender`."""
    return Text(
        "公钥，可多次；有公钥者须签名", "a public key, may be repeated; who has one must sign"
    )


def central_sender_revoked_key() -> Text:
    """Return the help of --key of `creditgate central sender`."""
    return Text("只撤销这一密钥", "revoke this key alone")


def central_sender_key_until() -> Text:
    """Return the help of --key-until of `creditgate central sender`."""
    return Text("所列公钥的有效期止", "until when the keys named here count")


def central_sender_new_token() -> Text:
    """Return the help of --new-token of `creditgate central sender`."""
    return Text("换发令牌，旧令牌立即失效", "make a new token; the old one ends at once")


def central_sender_node() -> Text:
    """Return the help of --node of `creditgate central sender`."""
    return Text("是哪个节点", "which node it is")


def central_sender_relay() -> Text:
    """Return the help of --relay of `creditgate central sender`."""
    return Text("可转送其他发送方签名的数据包", "may bring what other senders signed")


def central_sender_relay_or_not() -> Text:
    """Return the help of --relay/--no-relay of `creditgate central sender`."""
    return Text("可否转送其他发送方签名的数据包", "whether it may bring what other senders signed")


def central_sender_store() -> Text:
    """Return the help of --store of `creditgate central sender`."""
    return Text("中心库的 SQLAlchemy 地址", "SQLAlchemy URL of the centre's store")


def central_sender_test() -> Text:
    """Return the help of --test of `creditgate central sender`."""
    return Text("测试用：记录不进入任何查询", "for tests: its records reach no reading path")


def central_sender_token_file() -> Text:
    """Return the help of --token-file of `creditgate central sender`."""
    return Text(
        "内含其已有令牌的文件；缺省为新生成",
        "file with a token that it has already; a new one is made by default",
    )


def central_sender_changed_token_file() -> Text:
    """Return the help of --token-file of `creditgate central sender`."""
    return Text(
        "换为此文件内的令牌，旧令牌立即失效",
        "the token in this file from now on; the old one ends at once",
    )


def central_sender_until() -> Text:
    """Return the help of --until of `creditgate central sender`."""
    return Text("有效期止（不含）", "until when (exclusive)")


def central_sender_why() -> Text:
    """Return the help of --why of `creditgate central sender`."""
    return Text("理由，留痕", "why, kept on record")


def central_sequence_ahead() -> Text:
    """Return the help of --sequence-ahead of `creditgate central`."""
    return Text(
        "序号可超出本数据项最大序号多少", "how far a Sequence may be beyond its feed's highest"
    )


def central_signing_key() -> Text:
    """Return the help of --signing-key of `creditgate central`."""
    return Text("回执与退回的签名密钥", "the key that receipts and refusals are signed with")


def central_table() -> Text:
    """Return the help of --table of `creditgate central`."""
    return Text("前置库的 SQLAlchemy 地址", "SQLAlchemy URL of the front-end table")


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


def conformance_ca() -> Text:
    """Return the help of --ca of `creditgate conformance`."""
    return Text("信任的证书", "certificates to trust")


def conformance_certificate() -> Text:
    """Return the help of --certificate of `creditgate conformance`."""
    return Text("写出证书（HTML）", "write the certificate (HTML)")


def conformance_key() -> Text:
    """Return the help of --key of `creditgate conformance`."""
    return Text("签名私钥（PEM）", "private key that signs it (PEM)")


def conformance_other_token_file() -> Text:
    """Return the help of --other-token-file of `creditgate conformance`."""
    return Text(
        "内含第二个发送方令牌的文件（部门 conformance-other）",
        "file with the token of a second sender, of department conformance-other",
    )


def conformance_receiver() -> Text:
    """Return the help of --receiver of `creditgate conformance`."""
    return Text("测试这个中心库", "test this central database")


def conformance_revoke() -> Text:
    """Return the help of --revoke of `creditgate conformance`."""
    return Text(
        "撤销第二个发送方的命令，测试末尾执行",
        "command that revokes the second sender, run at the end",
    )


def conformance_sender() -> Text:
    """Return the help of --sender of `creditgate conformance`."""
    return Text("测试这个数据项", "test this feed")


def conformance_token_file() -> Text:
    """Return the help of --token-file of `creditgate conformance`."""
    return Text("内含中心库令牌的文件", "file that holds the receiver's token")


def conformance_version() -> Text:
    """Return the help of --version of `creditgate conformance`."""
    return Text("中心库应支持的标准版本", "version of the standard that the receiver must know")


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
