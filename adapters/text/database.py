"""What the database adapter says: of connections, tables, queries, keys, watermarks and values."""

from collections.abc import Sequence

from adapters.text import Text

#: Characters of a name, or of a value, that a message shows.
_NAME, _VALUE, _CAUSE = 40, 30, 200


def _cut(text: object, length: int = _NAME) -> str:
    plain = str(text)
    return plain if len(plain) <= length else f"{plain[:length]}…"


def _names(names: Sequence[str], most: int = 20) -> tuple[str, str]:
    listed = [_cut(name) for name in names[:most]]
    more = ["…"] if len(names) > most else []
    return "、".join(listed + more), ", ".join(listed + more)


# Connections


def no_driver(driver: str, cause: str) -> Text:
    """Return that a driver is missing."""
    return Text(
        f"没有安装 {driver} 的驱动（{_cut(cause, _CAUSE)}）；请见 docs/how-to/databases.md",
        f"the driver of {driver} is not installed ({_cut(cause, _CAUSE)}); see "
        "docs/how-to/databases.md",
    )


def no_file(path: str) -> Text:
    """Return that an SQLite file is missing."""
    return Text(
        f"没有数据库文件 {_cut(path, 120)}；请核对地址",
        f"there is no database file {_cut(path, 120)}; check the address",
    )


def unavailable(cause: str) -> Text:
    """Return that the server did not answer, or broke off."""
    return Text(
        f"数据库未应答或中断（{_cut(cause, _CAUSE)}），下次采集再试",
        f"the database did not answer or broke off ({_cut(cause, _CAUSE)}); "
        "the next fetch tries again",
    )


def login_refused(cause: str) -> Text:
    """Return that the server refuses the account: nobody tries again by himself."""
    return Text(
        f"数据库拒绝登录（{_cut(cause, _CAUSE)}）；请核对账号、口令、库名和允许的来源地址，"
        "改正前不再自动重试，以免账号被锁",
        f"the database refuses the login ({_cut(cause, _CAUSE)}); check account, password, "
        "database and the hosts that may log in; it is not tried again until then, so that the "
        "account is not locked",
    )


def refused(name: str, cause: str) -> Text:
    """Return that a table or query cannot be read or written."""
    return Text(
        f"{_cut(name)} 无法读写（{_cut(cause, _CAUSE)}），请核对表结构、设置和授权",
        f"{_cut(name)} cannot be read or written ({_cut(cause, _CAUSE)}); check its columns, the "
        "settings and rights",
    )


# Tables and queries


def no_table(name: str, schema: str | None, known: Sequence[str]) -> Text:
    """Return that a table is missing, which there are, and that capitals and schemas count."""
    zh, en = _names(known)
    where_zh, where_en = (
        (f"模式 {_cut(schema)} 中", f" in schema {_cut(schema)}") if schema else ("", "")
    )
    return Text(
        f"{where_zh}没有表或视图 {_cut(name)}，已有：{zh}。名称区分大小写；"
        "其他模式的表请另设 db_schema",
        f"there is no table or view {_cut(name)}{where_en}; there are: {en}. Capitals count; for a "
        "table of another schema set db_schema",
    )


def no_columns(name: str, missing: Sequence[str]) -> Text:
    """Return which columns are missing."""
    zh, en = _names(missing)
    return Text(f"{_cut(name)} 没有列：{zh}", f"{_cut(name)} has no column {en}")


def repeated_columns(name: str, columns: Sequence[str]) -> Text:
    """Return that a query has two columns of one name."""
    zh, en = _names(columns)
    return Text(
        f"{_cut(name)} 有重名的列：{zh}；请用 AS 另起名",
        f"{_cut(name)} has two columns of one name: {en}; give them other names by AS",
    )


def reserved_columns(columns: Sequence[str]) -> Text:
    """Return that names which begin with # cannot be taken."""
    zh, en = _names(columns)
    return Text(
        f"列名不能以 # 开头：{zh}；请在 columns 中只列要读的列，或用视图、query 另起名",
        f"a column's name may not begin with #: {en}; name the columns to read in `columns`, or "
        "give it another name by a view or query",
    )


def several_statements() -> Text:
    """Return that `query` must be one SELECT."""
    return Text(
        "query 只能是一条 SELECT：分号之后还有内容",
        "query may be one SELECT only: something follows a semicolon",
    )


def unclosed(what: str) -> Text:
    """Return that a quote, comment or bracket of `query` is not closed, or closed too often."""
    return Text(
        f"query 中 {what} 不成对，请核对括号、引号和注释",
        f"{what} does not pair in query: look at its brackets, quotes and comments",
    )


def empty_query() -> Text:
    """Return that `query` is empty but for blanks and comments."""
    return Text("query 没有内容", "query has nothing in it but blanks and comments")


def no_bytes_of_text(dialect: str) -> Text:
    """Return that text cannot be read as bytes from this kind of database."""
    return Text(f"{dialect} 不支持 text_as_bytes", f"text_as_bytes does not exist for {dialect}")


def status_value(column: str, value: str, type_name: str) -> Text:
    """Return that a value of the exchange state does not suit its column."""
    return Text(
        f"状态列 {_cut(column)} 的类型为 {_cut(type_name)}，写不进 {_cut(value)}；请在 status "
        "中设置 waiting、kept、accepted、refused",
        f"the status column {_cut(column)} is {_cut(type_name)}, which cannot hold {_cut(value)}; "
        "set waiting, kept, accepted and refused in `status`",
    )


# Keys and watermarks


def unordered(column: str, type_name: str) -> Text:
    """Return that rows cannot be ordered by a column of this type."""
    return Text(
        f"列 {_cut(column)} 的类型为 {_cut(type_name)}，不能用作键列或 watermark",
        f"the column {_cut(column)} is {_cut(type_name)}, which cannot be a key or watermark",
    )


def not_comparable(column: str) -> Text:
    """Return that a value, sent back to the server, does not find its own row."""
    return Text(
        f"按 {_cut(column)} 分页时，服务器用其自身的值找不回同一行（单精度浮点列常如此）；"
        "请换一列作键列或 watermark",
        f"paging by {_cut(column)}: the server does not find a row again by the value that it gave "
        "(single precision numbers do so); choose another key or watermark",
    )


def too_many_alike(column: str, most: int) -> Text:
    """Return that more rows share a position than can be read at once."""
    return Text(
        f"{_cut(column)} 同值或为空的行超过 {most} 行，无法分页；请换一列作键列",
        f"more than {most} rows share a value of {_cut(column)}, or have none; rows cannot be told "
        "apart by it: choose another key",
    )


def text_watermark(column: str, example: str) -> Text:
    """Return that a text watermark is no time that can be looked back from."""
    return Text(
        f"watermark 列 {_cut(column)} 是文本，其值（如 {_cut(example, _VALUE)}）"
        "不是统一写法的时间或等长数字，无法回看 overlap，迟提交的行会漏掉；请换成时间列，"
        "或明知如此而设 overlap: 0",
        f"the watermark {_cut(column)} is text whose values (such as {_cut(example, _VALUE)}) are "
        "not times or numbers written in one way: looking back by `overlap` is impossible and rows "
        "committed late would be lost; choose a column of times, or set overlap: 0 knowing this",
    )


def cursor_unreadable(column: str, value: str) -> Text:
    """Return that the place where the last fetch ended does not
    suit the watermark's type any more.
    """
    return Text(
        f"上次采集到 {_cut(value, _VALUE)}，与 watermark 列 {_cut(column)} 现在的类型不符；"
        "请核对该列，必要时重新登记来源",
        f"the last fetch ended at {_cut(value, _VALUE)}, which does not suit the watermark "
        f"{_cut(column)} as it is now; look at the column, register the source anew if need be",
    )


def no_watermark(column: str, rows: int) -> Text:
    """Return that rows have no usable watermark: they are read at each fetch."""
    return Text(
        f"{rows} 行的 watermark 列 {_cut(column)} 为空或不是可用的值；这些行每次采集都读，"
        "内容未变的不重复发送；请部门补上",
        f"{rows} rows have no usable value in the watermark {_cut(column)}; they are read at every "
        "fetch, and sent when they are new or have changed; the department should fill it in",
    )


def future_watermark(column: str, value: str) -> Text:
    """Return that a watermark lies in the future."""
    return Text(
        f"watermark 列 {_cut(column)} 有晚于现在或不成时间的值（{_cut(value, _VALUE)}）；"
        "该行已读取，采集位置不前移到该值，以免漏掉其后的行；请部门更正",
        f"the watermark {_cut(column)} has a value later than now, or no time "
        f"({_cut(value, _VALUE)}); its row is taken, but the place to go on from is not moved "
        "there, or all later rows would be missed; the department should mend it",
    )


def no_key(column: str, rows: int) -> Text:
    """Return that rows have no key; they are taken, but cannot be found again."""
    return Text(
        f"{rows} 行的键列 {_cut(column)} 为空；已读取，但部门无法按键找到这些行",
        f"{rows} rows have no value in the key {_cut(column)}; they are taken, but the department "
        "cannot find them by a key",
    )


def no_key_to_mark(column: str, rows: int) -> Text:
    """Return that waiting rows have no key, so no verdict could be written to them."""
    return Text(
        f"{rows} 行等待交换但键列 {_cut(column)} 为空，无法标记和回写，未读取；请部门补上键",
        f"{rows} waiting rows have no value in the key {_cut(column)}: they cannot be marked or "
        "answered and were not taken; the department should fill it in",
    )


def repeated_key(column: str, rows: int) -> Text:
    """Return that a key stands for several rows."""
    return Text(
        f"键列 {_cut(column)} 有 {rows} 行重复；都已读取，行标识以 #2、#3 区分",
        f"{rows} rows repeat a value of the key {_cut(column)}; all are taken, "
        "told apart by #2, #3",
    )


def repeated_key_row(column: str, key: str) -> Text:
    """Return that a verdict could not be written to this row alone."""
    return Text(
        f"键列 {_cut(column)} 的值 {_cut(key)} 有多行而版本相同，无法分别回写；请使键唯一",
        f"several rows have the key {_cut(key)} in {_cut(column)} and the same version: a verdict "
        "could not be told apart; make the key unique",
    )


# Marks and verdicts


def unmatched(rows: int, examples: Sequence[str]) -> Text:
    """Return that marks or verdicts were written to no row though the rows are unchanged,
    or are gone.
    """
    zh, en = _names(examples, 5)
    return Text(
        f"{rows} 行的状态未能回写：按键和版本找不到该行（键：{zh}）；请核对键列和版本列（空格、"
        "空值、触发器、授权）",
        f"the state of {rows} rows was not written: no row has their key and version (keys: {en}); "
        "look at the key and version columns (blanks, NULL, triggers, rights)",
    )


def unmarked(rows: int, examples: Sequence[str]) -> Text:
    """Return that rows wait again though they were marked as taken."""
    zh, en = _names(examples, 5)
    return Text(
        f"{rows} 行已标记为已采集却又在等待（键：{zh}），版本未变；"
        "请核对状态列是否被触发器或程序改回",
        f"{rows} rows were marked as taken and wait again with the same version (keys: {en}); see "
        "whether a trigger or program sets the status back",
    )


def deleted(rows: int) -> Text:
    """Return that rows of the log are gone from the table."""
    return Text(
        f"变更日志中有 {rows} 行在来源已删除；本方式不撤销，撤销请用 full 方式",
        f"{rows} rows of the log are deleted at the source; this mode withdraws none, "
        "mode full does",
    )


def log_without_key(rows: int) -> Text:
    """Return that entries of the log name no row."""
    return Text(
        f"变更日志中有 {rows} 条没有键，不知道是哪一行；请核对触发器",
        f"{rows} entries of the log have no key, so no row is known by them; look at the triggers",
    )


# Values


def empty_row() -> Text:
    """Return that a row has no value at all."""
    return Text("整行没有任何值", "the row has no value at all")


def not_decodable(column: str, encoding: str, value: bytes) -> Text:
    """Return that bytes are no text of the declared encoding."""
    return Text(
        f"列 {_cut(column)} 的字节不是 {encoding} 文本（{value[:12].hex(' ')}）；编码在 "
        "bytes_encoding 中设置",
        f"the bytes of {_cut(column)} are no {encoding} text ({value[:12].hex(' ')}); "
        "set bytes_encoding",
    )


def looks_mojibake(column: str, value: str, encoding: str) -> Text:
    """Return that a text is bytes of another encoding that the database declares as latin1."""
    return Text(
        f"列 {_cut(column)} 的值 {_cut(value, _VALUE)} 像是存成 latin1 的 {encoding} 字节；请设 "
        f"text_as_bytes: true 和 bytes_encoding: {encoding}",
        f"the value {_cut(value, _VALUE)} of {_cut(column)} looks like {encoding} bytes kept as "
        f"latin1; set text_as_bytes: true and bytes_encoding: {encoding}",
    )


def no_text(column: str, type_name: str) -> Text:
    """Return that a value of this type is no single value."""
    return Text(
        f"列 {_cut(column)} 的值是 {_cut(type_name)}，不是单个值；不用的列请不要列入 columns，"
        "要用的请在视图或 query 中转成文本",
        f"the value of {_cut(column)} is {_cut(type_name)}, no single value; leave the column out "
        "by `columns`, or turn it into text by a view or query",
    )


def no_finite(column: str, value: str) -> Text:
    """Return that infinity, NaN and dates before our era are no values of a record."""
    return Text(
        f"列 {_cut(column)} 的值 {_cut(value, _VALUE)} 不是可交换的数或日期；"
        "确有含义的请在视图或 query 中转换",
        f"the value {_cut(value, _VALUE)} of {_cut(column)} is no number or date that a record can "
        "hold; turn it into one by a view or query where it has a meaning",
    )


def too_long(column: str, characters: int) -> Text:
    """Return that a value is longer than any record's."""
    return Text(
        f"列 {_cut(column)} 的值超过 {characters} 个字符",
        f"the value of {_cut(column)} has more than {characters} characters",
    )


def too_much_at_once(characters: int) -> Text:
    """Return that one page of rows holds more than is read at once."""
    return Text(
        f"一次读到的内容超过 {characters} 个字符，未采集；请减小设置 page_rows，"
        "或用 columns 去掉过大的列",
        f"what came at once has more than {characters} characters, and none of it was taken: lower "
        "the setting `page_rows`, or leave out columns that are too large by `columns`",
    )


def zero_dates(columns: Sequence[str]) -> Text:
    """Return that a column has dates of zeros, which are given as they stand."""
    zh, en = _names(columns)
    return Text(
        f"列 {zh} 有全零的日期，按 0000-00-00 原样读取；表示空的请在映射的 empty 中列出",
        f"dates of zeros in {en} are read as they stand (0000-00-00); list them under `empty` in "
        "the mapping where they mean none",
    )
