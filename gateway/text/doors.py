"""What the ways in say: the push doors, the centre, the conformance suite."""

from datetime import datetime

from gateway.clock import local_text
from gateway.text import Text

#: Longest part of a name that a text repeats.
_NAME = 40


def charset_unknown(charset: str) -> Text:
    """Return that an HTTP header names an encoding that is not read."""
    name = charset[:_NAME]
    return Text(
        f"Content-Type 声明的字符集 {name!r} 不支持；请用 UTF-8 或 GB18030",
        f"the charset {name!r} of the Content-Type is not supported; use UTF-8 or GB18030",
    )


def charset_contradicts(declared: str, actual: str) -> Text:
    """Return that the bytes of a document are in another encoding than the one that counts."""
    name = declared[:_NAME]
    return Text(
        f"声明的字符集是 {name}，内容却是 {actual}；请改正 Content-Type 或 XML 声明后重发",
        f"the charset is declared as {name} and the bytes are {actual}; correct the"
        " Content-Type or the XML declaration and send it again",
    )


def charset_broken(declared: str, at: int) -> Text:
    """Return that the bytes cannot be in the encoding that counts."""
    name = declared[:_NAME]
    return Text(
        f"声明的字符集是 {name}，第 {at + 1} 个字节起不符；请改正 Content-Type 或 XML 声明后重发",
        f"the charset is declared as {name} and the bytes are not, from number {at + 1} on;"
        " correct the Content-Type or the XML declaration and send it again",
    )


def not_well_formed(reason: str) -> Text:
    """Return a parser's own words on a document that is no XML."""
    return Text(f"不是合格的 XML：{reason[:300]}", f"not well-formed XML: {reason[:300]}")


def no_document_type() -> Text:
    """Return that a document has a document type declaration."""
    return Text("不接受带 DTD 的 XML", "XML with a document type declaration is not accepted")


def guid_malformed(guid: str) -> Text:
    """Return that the GUID that a package is announced by has another form than package.xsd gives
    it.
    """
    name = guid[:_NAME]
    return Text(
        f"数据包编号 {name!r} 不是 GUID（小写十六进制）",
        f"the announced {name!r} is no GUID in lower-case hexadecimal",
    )


def guid_of_another(announced: str, inside: str) -> Text:
    """Return that a package is announced by another GUID than its header has."""
    return Text(
        f"声明的 GUID 是 {announced}，包头是 {inside}",
        f"the GUID is announced as {announced} and the header says {inside}",
    )


def signature_of_another(announced: str, inside: str) -> Text:
    """Return that a signature is of another package than the one that it came with."""
    name = announced[:_NAME]
    return Text(
        f"签名的是 {name!r}，数据包是 {inside}",
        f"the signature is of {name!r} and the package is {inside}",
    )


def signature_malformed() -> Text:
    """Return that a signature has characters that no signature has."""
    return Text("签名含不可见字符", "the signature has characters that cannot be printed")


def encoding_unknown(encoding: str) -> Text:
    """Return that a body is compressed in a way that is not read."""
    name = encoding[:_NAME]
    return Text(f"不支持的内容编码 {name!r}", f"the content encoding {name!r} is not supported")


def json_charset(charset: str) -> Text:
    """Return that a body of JSON says that it is in another encoding than UTF-8."""
    name = charset[:_NAME]
    return Text(
        f"Content-Type 声明的字符集为 {name}；JSON 须用 UTF-8 编码，并如此声明",
        f"the Content-Type names the charset {name}; JSON must be in UTF-8 and say so",
    )


def compression_damaged(reason: str) -> Text:
    """Return that a compressed body cannot be opened."""
    return Text(f"zstd 数据损坏：{reason[:200]}", f"the zstd data are damaged: {reason[:200]}")


def compression_not_whole() -> Text:
    """Return that a compressed body is cut off, or something follows it."""
    return Text(
        "zstd 数据不完整，或其后还有别的数据；须恰为一个 zstd 帧",
        "the zstd data are cut off, or something follows them: they must be one frame of zstd",
    )


def package_too_large(limit: int) -> Text:
    """Return that a package opens to more bytes than are taken."""
    return Text(f"解压后超过 {limit} 字节", f"larger than {limit} bytes once opened")


def feed_malformed(feed: str) -> Text:
    """Return that a question names what can be no feed."""
    name = feed[:_NAME]
    return Text(f"{name!r} 不是数据项名称", f"{name!r} is no name of a feed")


def after_malformed(after: str) -> Text:
    """Return that a page of records is asked for after what can be no record's key."""
    name = after[:_NAME]
    return Text(f"{name!r} 不是记录键", f"{name!r} is no key of a record")


def no_receipt(receipt: str) -> Text:
    """Return that a receipt number is asked for that was never given."""
    name = receipt[:_NAME]
    return Text(f"没有回执号 {name}", f"there is no receipt number {name}")


def receipt_lost(receipt: str, since: datetime) -> Text:
    """Return that a receipt number is asked for that was given before the store was restored."""
    name = receipt[:_NAME]
    return Text(
        f"回执号 {name} 已失效：网关的存储于 {local_text(since)} 恢复，此前受理的该次提交已丢失；"
        "请把同样的数据重新提交，取得新回执号；恢复后已提交过其中同一记录较新内容的，"
        "随后换新编号再提交一次，以最后提交的为准",
        f"the receipt number {name} is gone: the gateway's store was restored on"
        f" {local_text(since)} and the submission taken before is lost; post the same rows again"
        " for a new number, and after them, under a new id, what was posted since the restore of"
        " the same records: the last one posted stands",
    )


def id_malformed(most: int) -> Text:
    """Return that a sender's own id of a submission cannot be stored."""
    return Text(
        f"编号超过 {most} 个字符，或含不可见字符",
        f"the id is longer than {most} characters, or has some that cannot be printed",
    )


def no_room() -> Text:
    """Return that nothing is taken while the gateway waits for room."""
    return Text("网关暂无空间，请稍后再交", "the gateway has no room at present; try later")


def not_stored() -> Text:
    """Return that the store did not take a submission."""
    return Text("网关暂不能保存，请稍后再交", "the gateway cannot keep it at present; try later")


def no_submit_package() -> Text:
    """Return that a SOAP call to the centre is not the one that it has."""
    return Text(
        "须为只含一个 SubmitPackage 的 SOAP 1.1 信封",
        "it must be a SOAP 1.1 envelope with one SubmitPackage",
    )


def wrong_part(tag: str) -> Text:
    """Return that a call has an element that is not read, or one of them twice."""
    name = tag[-_NAME:]
    return Text(
        f"SubmitPackage 内不应有（或重复出现）元素 {name}",
        f"SubmitPackage has the element {name}, which is not known or stands twice",
    )


def no_base64() -> Text:
    """Return that a package in a SOAP call is not in Base64."""
    return Text("Content 不是 Base64", "Content is no Base64")


def not_storable() -> Text:
    """Return that a value passed every check and the database refuses it: sending it again is of no
    use.
    """
    return Text("内容无法入库", "what it holds cannot be stored")


def nothing_pushed(feed: str) -> Text:
    """Return that a pushed feed has no row to try a mapping on before its department posts one."""
    return Text(
        f"{feed} 由部门提交，尚无数据行：把部门将要提交的 JSON 存为文件，执行 creditgate"
        f" adapter sample {feed} 文件，再执行 adapter propose {feed}、adapter map {feed}"
        f" 映射文件、adapter try {feed}、adapter live {feed}",
        f"{feed} gets its rows from its department and has none yet: put the JSON that it"
        f" will post into a file, then creditgate adapter sample {feed} FILE, adapter propose"
        f" {feed}, adapter map {feed} MAPPING, adapter try {feed}, adapter live {feed}",
    )


def sample_not_pushed(feed: str) -> Text:
    """Return that a sample is given for a feed that has a source to read one from."""
    return Text(
        f"{feed} 的样例取自来源，不需另存", f"{feed} has a source, from which its sample is read"
    )


def sample_stored(feed: str) -> Text:
    """Return that a sample is stored."""
    return Text(
        f"样例已存，可执行 creditgate adapter propose {feed} 或 adapter try {feed}",
        f"the sample is stored: creditgate adapter propose {feed}, or adapter try {feed}",
    )


def secret_empty(name: str) -> Text:
    """Return that an empty text was given for a secret: a file that was empty, a variable that was
    not set.
    """
    return Text(f"密钥 {name} 是空的；请给出其值", f"the secret {name} is empty; give its value")


def token_wrong() -> Text:
    """Return that a request shows no token of this door, or another one."""
    return Text("令牌缺失或不正确", "the token is missing or wrong")


def token_refused_often(minutes: int) -> Text:
    """Return that wrong tokens have come from an address so often that it is told to wait."""
    return Text(
        f"令牌不正确，且此地址失败次数过多，请 {minutes} 分钟后再试；出示正确的令牌不受影响",
        f"the token is wrong, and this address has failed too often: try again in {minutes}"
        " minutes; the right token is taken at any time",
    )


def token_failures(door: str, source: str, count: int) -> Text:
    """Return that wrong tokens have come to a door again and again from one address."""
    return Text(
        f"{source} 对 {door} 连续出示错误令牌 {count} 次：请核对该部门的程序是否仍用旧令牌，"
        "或有人在试探",
        f"{count} wrong tokens from {source} at {door}: see whether a program still has an"
        " old token, or somebody is trying tokens",
    )


def cross_site() -> Text:
    """Return that a browser says that another site sends this request."""
    return Text(
        "不接受由其他网站的页面发出的请求（Sec-Fetch-Site 或 Origin 不是本站）",
        "what a page of another site sends is not taken: Sec-Fetch-Site or Origin is not this"
        " site's",
    )


def push_content_type(given: str, wanted: str) -> Text:
    """Return that a push comes with another Content-Type than its door takes, or with none."""
    name = given[:_NAME] or "-"
    return Text(
        f"Content-Type 是 {name}，须为 {wanted}：请在请求中加上 Content-Type: {wanted}（curl"
        f" 用 -H 'Content-Type: {wanted}'）",
        f"the Content-Type is {name} and must be {wanted}: add the header Content-Type:"
        f" {wanted} (with curl: -H 'Content-Type: {wanted}')",
    )


def host_unknown() -> Text:
    """Return that a request came by a name that is not this gateway's."""
    return Text(
        "请求所用的主机名不是本网关的；如确是，请在 gateway.yaml 的 web.public_url 或"
        " web.hosts 中写明",
        "this gateway is not asked by that name; if it is its own, name it in web.public_url"
        " or web.hosts of gateway.yaml",
    )


def proxy_unnamed(source: str) -> Text:
    """Return that X-Forwarded-For comes, and the settings know of no proxy."""
    return Text(
        f"{source} 的请求带 X-Forwarded-For，而 web.proxies 为 0：若前面有代理，请写明其层数，"
        "否则所有人都被当作同一个地址，一人多次失败会影响他人",
        f"requests from {source} have X-Forwarded-For while web.proxies is 0: if a proxy"
        " stands before the gateway, say how many, or everybody counts as one address, and"
        " one who fails makes others wait",
    )


def digests_malformed(given: str) -> Text:
    """Return that the query `digests` has one value only."""
    return Text(
        f"digests 只能为 1，收到 {given[:40]}", f"digests is 1 or is not there, not {given[:40]}"
    )


def day_malformed(given: str) -> Text:
    """Return that a query names no day."""
    return Text(
        f"day 应如 2026-04-01，收到 {given[:40]}", f"day is written 2026-04-01, not {given[:40]}"
    )


def bucket_malformed(given: str) -> Text:
    """Return that a query names no bucket of a day."""
    return Text(
        f"bucket 为记录键的前两个字符（00 至 ff），收到 {given[:40]}",
        f"bucket is the first two characters of a key, 00 to ff, not {given[:40]}",
    )
