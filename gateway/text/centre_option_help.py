"""The help of the options of commands about a centre: `central` and `conformance`."""

from gateway.text import Text


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
