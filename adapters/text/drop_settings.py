"""What each setting of file drops and their servers is for, in forms and in the schema."""

from adapters.text import Text


def folder() -> Text:
    """Return what the setting `folder` is for."""
    return Text(
        "投递目录",
        "folder of the drop",
    )


def subfolders() -> Text:
    """Return what the setting `subfolders` is for."""
    return Text(
        "按日期的子目录，如 %Y%m%d",
        "subfolder of a day, by strftime",
    )


def days() -> Text:
    """Return what the setting `days` is for."""
    return Text(
        "回看多少天的子目录",
        "how many days' subfolders are looked at",
    )


def pattern() -> Text:
    """Return what the setting `pattern` is for."""
    return Text(
        "文件名通配",
        "names of the files, with * and ?",
    )


def ready() -> Text:
    """Return what the setting `ready` is for."""
    return Text(
        "何时算传完：marker 有标志文件；rename 传完才改为此名；stable 大小和时间不再变",
        "when a file is whole: its marker is there; it gets its name last; "
        "its size and time stay the same",
    )


def marker() -> Text:
    """Return what the setting `marker` is for."""
    return Text(
        "标志文件的后缀，不分大小写：X.csv.ok、X.CSV.OK，或仅一个文件同名时 X.ok。其中可写 rows=5、"
        "size=1024、md5=…（也认 rows: 5、行数：5、全角）：写了就核对，读不懂其值则整份退回；"
        "其他文字提示一次，文件照取",
        "suffix of the marker, in any case: X.csv.ok, X.CSV.OK, or X.ok where one file has that "
        "stem. It may say rows=5, size=1024, md5=... (rows: 5 and 行数：5 too): what it says is "
        "checked, and a value that cannot be read refuses the file; any other words are remarked "
        "on once, and the file is taken",
    )


def settle() -> Text:
    """Return what the setting `settle` is for."""
    return Text(
        "秒。stable：大小和时间须保持不变多久；否则：行数或校验和不符的文件可能仍在增长多久；"
        "未取的文件等多久后提示一次",
        "seconds. stable: for which size and time must stay the same; otherwise: in which a file "
        "that falls short of its marker may still grow; and after which a file that is not taken "
        "is remarked on, once",
    )


def checksum() -> Text:
    """Return what the setting `checksum` is for."""
    return Text(
        "每个文件另有校验和文件 X.csv.md5 或 X.md5 等，先于它不取；认 md5sum、certutil、"
        "Get-FileHash、openssl 的写法",
        "each file comes with X.csv.md5, X.md5 or the like, and is not taken before it; as md5sum, "
        "certutil, Get-FileHash or openssl write it",
    )


def packed() -> Text:
    """Return what the setting `packed` is for."""
    return Text(
        "压缩方式，一个压缩包一个文件",
        "how a file is packed, one in each archive",
    )


def claim() -> Text:
    """Return what the setting `claim` is for."""
    return Text(
        "本网关的名字：取之前先改名，两个网关不会取同一文件（须有 archive）",
        "this gateway's name: a file is renamed before it is taken, so that no two gateways take "
        "it (needs `archive`)",
    )


def archive() -> Text:
    """Return what the setting `archive` is for."""
    return Text(
        "答复后移入的目录，可含日期",
        "folder a file is moved to once answered; may have a date",
    )


def errors() -> Text:
    """Return what the setting `errors` is for."""
    return Text(
        "整份退回的文件移入的目录",
        "folder for files that are refused whole",
    )


def results() -> Text:
    """Return what the setting `results` is for."""
    return Text(
        "结果文件的目录，缺省在文件旁",
        "folder of the results; beside the file by default",
    )


def file_format() -> Text:
    """Return what the setting `format` is for."""
    return Text(
        "文件格式",
        "file format",
    )


def max_bytes() -> Text:
    """Return what the setting `max_bytes` is for."""
    return Text(
        "一个文件（解压后）最大字节数",
        "largest file, unpacked",
    )


def ca() -> Text:
    """Return what the setting `ca` is for."""
    return Text(
        "受信任的证书文件，缺省用系统的",
        "file of trusted certificates; the system's by default",
    )


def timeout() -> Text:
    """Return what the setting `timeout` is for."""
    return Text(
        "秒",
        "seconds for any one answer",
    )


def name_encoding() -> Text:
    """Return what the setting `name_encoding` is for."""
    return Text(
        "文件名的编码",
        "encoding of file names",
    )


def key_text() -> Text:
    """Return what the setting `key_text` is for."""
    return Text(
        "私钥本身（PEM 或 OpenSSH 格式）",
        "the private key itself",
    )


def passphrase() -> Text:
    """Return what the setting `passphrase` is for."""
    return Text(
        "私钥的口令，缺省用 password",
        "the key's; by default the password",
    )


def private_key() -> Text:
    """Return what the setting `private_key` is for."""
    return Text(
        "私钥文件，仅限 gateway.yaml；登记的适配器用 key_text",
        "the key's file, in gateway.yaml alone; registered adapters have `key_text`",
    )


def host_key() -> Text:
    """Return what the setting `host_key` is for."""
    return Text(
        "服务器公钥，如 ssh-ed25519 AAAA…",
        "the server's public key, pinned",
    )


def ssh_name_encoding() -> Text:
    """Return what the setting `name_encoding` is for."""
    return Text(
        "文件名的编码，老系统常为 gb18030",
        "encoding of file names",
    )
