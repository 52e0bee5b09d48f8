"""What each setting of databases is for, in forms and in the schema."""

from adapters.text import Text


def waiting() -> Text:
    """Return what the setting `waiting` is for."""
    return Text(
        "待交换",
        "the department wants the row taken",
    )


def kept() -> Text:
    """Return what the setting `kept` is for."""
    return Text(
        "已采集",
        "safe in the gateway",
    )


def table() -> Text:
    """Return what the setting `table` is for."""
    return Text(
        "变更日志表",
        "the log's table",
    )


def sequence() -> Text:
    """Return what the setting `sequence` is for."""
    return Text(
        "只增的序号列",
        "column of a number that only grows",
    )


def key() -> Text:
    """Return what the setting `key` is for."""
    return Text(
        "指向数据表键列的列",
        "column that names the changed row's key",
    )


def url() -> Text:
    """Return what the setting `url` is for."""
    return Text(
        "SQLAlchemy 地址，不含口令，如 postgresql+psycopg://user@host/db",
        "SQLAlchemy URL without the password",
    )


def password() -> Text:
    """Return what the setting `password` is for."""
    return Text(
        "数据库口令",
        "the database user's password",
    )


def databasesettings_table() -> Text:
    """Return what the setting `table` is for."""
    return Text(
        "表或视图",
        "table or view",
    )


def db_schema() -> Text:
    """Return what the setting `db_schema` is for."""
    return Text(
        "模式名",
        "schema of the table",
    )


def query() -> Text:
    """Return what the setting `query` is for."""
    return Text(
        "或者：一条 SELECT",
        "or: one SELECT",
    )


def key_column() -> Text:
    """Return what the setting `key_column` is for."""
    return Text(
        "唯一标识一行的列",
        "column that tells rows apart",
    )


def columns() -> Text:
    """Return what the setting `columns` is for."""
    return Text(
        "要读的列；缺省为键列和交换状态列以外的全部",
        "columns to read; by default all but the key and the exchange's own",
    )


def mode() -> Text:
    """Return what the setting `mode` is for."""
    return Text(
        "新数据的标志：status 状态列；watermark 更新时间或序号；changes 变更日志表；"
        "full 每次全表，按键和摘要比较",
        "what tells what is new: status columns, a time or number of change, a log of changes, or "
        "the whole table each time, compared by key and digest",
    )


def watermark_column() -> Text:
    """Return what the setting `watermark_column` is for."""
    return Text(
        "更新时间或序号列",
        "column of the time or number of change",
    )


def overlap() -> Text:
    """Return what the setting `overlap` is for."""
    return Text(
        "watermark：每次回看多少秒（或多少号），以免漏掉迟提交的行",
        "how many seconds (or numbers) to look back each time: "
        "rows that were committed late are not missed",
    )


def statement_timeout() -> Text:
    """Return what the setting `statement_timeout` is for."""
    return Text(
        "秒：一条查询至多运行多久",
        "seconds that one query may run",
    )


def bytes_encoding() -> Text:
    """Return what the setting `bytes_encoding` is for."""
    return Text(
        "以字节存放的文本列的编码，老库常为 gbk",
        "encoding of text kept as bytes",
    )


def text_as_bytes() -> Text:
    """Return what the setting `text_as_bytes` is for."""
    return Text(
        "文本列按存放的字节读取，以 bytes_encoding 解码：latin1 表里存着 GBK 时用",
        "read text columns as the bytes that are stored, decoded by bytes_encoding: for a table "
        "that says latin1 and holds GBK",
    )
