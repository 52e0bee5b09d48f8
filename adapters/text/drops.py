"""What file drops say: of names, of files that wait, of markers, checksums and archives."""

from adapters.text import Text

#: Most characters of a department's own words that a sentence repeats.
_WORDS = 40


def cut(words: str, most: int = _WORDS) -> str:
    """Return words as a sentence repeats them: at most so many characters."""
    return words if len(words) <= most else f"{words[:most]}…"


def _name(path: str) -> str:
    return path if len(path) <= 2 * _WORDS else f"{path[:_WORDS]}…{path[-_WORDS:]}"


# --- names ----------------------------------------------------------------------------------------


def name_cannot_be_shown() -> Text:
    """Return that a name has characters that cannot be seen, a separator,
    or bytes that do not decode.
    """
    return Text(
        r"文件名含有控制字符、不可见或改变文字方向的字符（显示为 \u…），含有 / 或 \，"
        "或按 name_encoding 无法解码；请改名后重新上传，"
        "老系统的文件名常须设 name_encoding: gb18030",
        r"its name has control characters, characters that are invisible or reorder text (shown as"
        r" \u...), / or \, or does not decode by name_encoding; rename it and upload it again;"
        " names of old systems often need name_encoding: gb18030",
    )


def name_is_an_option() -> Text:
    """Return that a name begins as an option of a command does."""
    return Text(
        "文件名以 - 开头，会被当作命令的选项；请改名后重新上传",
        "its name begins with -, as an option of a command does; rename it and upload it again",
    )


def name_is_a_folder() -> Text:
    """Return that a name leads to a folder."""
    return Text("文件名为空、. 或 ..", "its name is empty, . or ..")


def name_too_long(most: int) -> Text:
    """Return that a name is too long for the endings that a file gets."""
    return Text(
        f"文件名太长：最多 {most} 字节（约 {most // 3} 个汉字）；请改短后重新上传",
        f"its name is too long: at most {most} bytes (about {most // 3} Chinese characters);"
        " shorten it and upload it again",
    )


def named(path: str, reason: Text) -> Text:
    """Return which file a reason is of."""
    return Text(f"{_name(path)}：{reason.zh}", f"{_name(path)}: {reason.en}")


def not_plain(path: str) -> Text:
    """Return that what has a file's name is a folder, a link, a pipe or a device."""
    return Text(
        f"{_name(path)} 不是普通文件（是目录、链接或设备），不予读取；请上传文件本身",
        f"{_name(path)} is not a regular file but a folder, a link or a device; "
        "upload the file itself",
    )


# --- files that wait ------------------------------------------------------------------------------


def hidden(path: str) -> Text:
    """Return that a name begins with a point, as names of files still being written do."""
    return Text(
        f"{_name(path)} 未取：文件名以 . 开头，常是尚未传完的文件；传完请改名",
        f"{_name(path)} is not taken: its name begins with a point, as those of half-written files"
        " do; rename it once it is whole",
    )


def newer_waits(path: str) -> Text:
    """Return that a file waits until an older one of its name is done with."""
    return Text(
        f"{_name(path)} 未取：同名的前一份尚未处理完，随后再取",
        f"{_name(path)} is not taken yet: an older file of its name is still being dealt with",
    )


def no_marker(path: str, marker: str) -> Text:
    """Return which marker a file waits for."""
    return Text(
        f"{_name(path)} 未取：等待标志文件 {_name(path + marker)}；传完数据后请放上标志文件，"
        "或改设 ready",
        f"{_name(path)} is not taken: it waits for its marker {_name(path + marker)}; put that"
        " there once the file is whole, or set `ready` otherwise",
    )


def no_checksum(path: str, algorithm: str) -> Text:
    """Return which checksum file a file waits for."""
    return Text(
        f"{_name(path)} 未取：等待校验和文件 {_name(f'{path}.{algorithm}')}；请部门补传",
        f"{_name(path)} is not taken: it waits for its checksum {_name(f'{path}.{algorithm}')};"
        " have the department send it",
    )


def claimed_elsewhere(path: str, owner: str) -> Text:
    """Return which gateway has a file."""
    return Text(
        f"{_name(path)} 未取：已由另一网关 {cut(owner)} 认领；若该网关已停用，"
        "请去掉文件名末尾的认领后缀",
        f"{_name(path)} is not taken: the gateway {cut(owner)} has claimed it; if that gateway is"
        " no more, take the claim off the end of its name",
    )


def no_file(path: str) -> Text:
    """Return that a marker or checksum has come without its file."""
    return Text(
        f"{_name(path)} 的标志或校验和文件在，数据文件一直未到；请部门补传",
        f"the marker or checksum of {_name(path)} is there and the file has not come;"
        " have the department send it",
    )


def no_file_of_stem(path: str, pattern: str) -> Text:
    """Return that a marker or checksum is there and no file of its stem."""
    return Text(
        f"{_name(path)} 在，而没有与它同名且符合 {cut(pattern)} 的数据文件；请部门补传，或更正名称",
        f"{_name(path)} is there, and no file of that name matches {cut(pattern)};"
        " have the department send the file or mend the name",
    )


def several_files_of_stem(path: str) -> Text:
    """Return that a marker or checksum could be that of several files."""
    return Text(
        f"{_name(path)} 可能属于多个同名而扩展名不同的文件，不作数；请用带扩展名的全名，"
        "如 X.csv.ok",
        f"{_name(path)} could be that of several files that differ in their extension and counts"
        " for none; use the whole name, such as X.csv.ok",
    )


def still_changing(path: str) -> Text:
    """Return that a file's size or time was not the same for long enough."""
    return Text(
        f"{_name(path)} 未取：大小或时间仍在变化，稳定后再取",
        f"{_name(path)} is not taken yet: its size or time still changes",
    )


def may_grow(path: str, reason: Text, seconds: float) -> Text:
    """Return that a file falls short of what is declared of it and may still grow."""
    return Text(
        f"{_name(path)} 暂不取，可能仍在上传，{seconds:g} 秒后仍如此即退回：{reason.zh}",
        f"{_name(path)} is left alone for {seconds:g} s, should it still grow, and then refused:"
        f" {reason.en}",
    )


def moved_meanwhile(path: str) -> Text:
    """Return that a file was moved or changed while it was read."""
    return Text(
        f"{_name(path)} 在读取时被改名、改动或移走，下次采集再看",
        f"{_name(path)} was renamed, changed or moved away while it was read; the next fetch looks"
        " again",
    )


def path_refused(path: str, reason: Text) -> Text:
    """Return that the server would not let us have, or rename, one file."""
    return Text(
        f"{_name(path)} 未能处理，其余文件照常：{reason.zh}",
        f"{_name(path)} could not be dealt with, and other files go on: {reason.en}",
    )


def broke(path: str, kind: str) -> Text:
    """Return that the gateway itself failed on one file and will try it again."""
    return Text(
        f"处理 {_name(path)} 时出现意外错误（{kind}），其余文件照常，下次采集再试；请运维查看日志",
        f"an unforeseen error ({kind}) ended the handling of {_name(path)}; other files go on and"
        " the next fetch tries it again; the operator should look at the log",
    )


def unreadable(kind: str) -> Text:
    """Return that a file made its reader fail in a way that nobody foresaw."""
    return Text(
        f"文件使读取程序出错（{kind}），整份未收；请检查文件是否完好后重新上传，仍如此请联系运维",
        f"the file made its reader fail ({kind}) and was not taken; see that it is sound and upload"
        " it again, and if that does not help call the operator",
    )


def and_more(count: int) -> Text:
    """Return how many files more wait for a reason that others wait for too."""
    return Text(
        f"另有 {count} 个文件未取，原因见 creditgate adapter test",
        f"{count} more files are not taken; creditgate adapter test names the reasons",
    )


def held_back(reasons: list[Text], most: int = 5) -> Text:
    """Return which files a fetch held back, each with its reason; the first few,
    and how many more.
    """
    named = [*reasons[:most]]
    if len(reasons) > most:
        named.append(and_more(len(reasons) - most))
    return Text("；".join(text.zh for text in named), "; ".join(text.en for text in named))


def folder_summary(entries: int, pattern: str, ready: int, waiting: int) -> Text:
    """Return what a folder holds: entries, files that may be read, files that wait."""
    return Text(
        f"{entries} 项；符合 {cut(pattern)} 且可取的 {ready} 个，未取的 {waiting} 个",
        f"{entries} entries; {ready} match {cut(pattern)} and may be taken, {waiting} wait",
    )


def same_content(path: str, before: str) -> Text:
    """Return that a file has the bytes of an earlier one."""
    return Text(
        f"{_name(path)} 与先前的 {_name(before)} 内容相同；逐行核对，不会重复",
        f"{_name(path)} has the same bytes as {_name(before)} before it; its rows are compared one"
        " by one and none goes twice",
    )


def no_folder(folder: str) -> Text:
    """Return that the drop's folder is not there."""
    return Text(
        f"没有目录 {_name(folder)}，请部门建立或更正设置",
        f"there is no folder {_name(folder)}; have it made or mend the settings",
    )


def folder_gone(path: str) -> Text:
    """Return that what should be written to or renamed is not there."""
    return Text(
        f"{_name(path)} 或其目录已不在，稍后再试",
        f"{_name(path)} or its folder is not there any more; it is tried again",
    )


# --- markers --------------------------------------------------------------------------------------

_FORMS_ZH = "可写 rows=5、size=1024、md5=…、sha1=…、sha256=…、sm3=…（或 行数：5）"
_FORMS_EN = "it may say rows=5, size=1024, md5=..., sha1=..., sha256=... or sm3=... (or 行数：5)"


def marker_words(path: str, words: str) -> Text:
    """Return which words of a marker were not understood: nothing is checked by them."""
    return Text(
        f"标志文件 {_name(path)} 中的“{cut(words)}”读不懂，没有据此核对，文件照取；{_FORMS_ZH}",
        f'"{cut(words)}" in the marker {_name(path)} is not understood: nothing is checked by it'
        f" and the file is taken; {_FORMS_EN}",
    )


def marker_value(path: str, words: str) -> Text:
    """Return which control total of a marker cannot be read."""
    return Text(
        f"标志文件 {_name(path)} 中的“{cut(words)}”无法核对：值读不懂，或前后矛盾；"
        f"{_FORMS_ZH}，请更正后重新上传",
        f'"{cut(words)}" in the marker {_name(path)} cannot be checked: its value is not'
        f" understood, or contradicts another; {_FORMS_EN}; mend it and upload it again",
    )


def stem_marker(path: str, marker: str) -> Text:
    """Return that a marker without the file's extension is taken for the file's."""
    return Text(
        f"{_name(marker)} 作为 {_name(path)} 的标志文件（全名应为带扩展名的 {_name(path)} "
        "加后缀）；此类情形只提示这一次",
        f"{_name(marker)} is taken for the marker of {_name(path)}, whose whole name it does not"
        " have; this is said once for all such markers",
    )


# --- control totals -------------------------------------------------------------------------------


def wrong_size(declared: str, size: int) -> Text:
    """Return that a file has another size than is declared."""
    return Text(
        f"声明 {declared} 字节，文件有 {size} 字节；请重新上传",
        f"{declared} bytes are declared and the file has {size}; upload it again",
    )


def wrong_checksum(algorithm: str, declared: str, actual: str) -> Text:
    """Return that a file has another checksum than is declared."""
    return Text(
        f"声明的 {algorithm} 为 {declared}，文件为 {actual}；请重新上传",
        f"the declared {algorithm} is {declared} and the file's is {actual}; upload it again",
    )


def wrong_count(declared: int, count: int) -> Text:
    """Return that a file has another number of rows than its marker declares."""
    return Text(
        f"标志文件声明 {declared} 行，文件有 {count} 行；请重新导出并上传",
        f"the marker declares {declared} rows and the file has {count}; export and upload it again",
    )


def no_digest(path: str, algorithm: str, words: str) -> Text:
    """Return that a checksum file has no digest of its algorithm, or several."""
    begins = f"（开头为“{cut(words)}”）" if words else "（空文件）"
    en_begins = f' (it begins "{cut(words)}")' if words else " (it is empty)"
    return Text(
        f"校验和文件 {_name(path)} 中没有唯一可读的 {algorithm} 值{begins}，无法核对；"
        "请用 md5sum、certutil -hashfile 或 Get-FileHash 重新生成并上传",
        f"the checksum file {_name(path)} has no single readable {algorithm} digest{en_begins};"
        " make it anew by md5sum, certutil -hashfile or Get-FileHash and upload it again",
    )


def contradicting_checksums(algorithm: str) -> Text:
    """Return that marker and checksum file declare different checksums."""
    return Text(
        f"标志文件与校验和文件声明的 {algorithm} 不同；请重新上传",
        f"the marker and the checksum file declare different {algorithm} digests; upload all anew",
    )


def no_algorithm(algorithm: str) -> Text:
    """Return that this machine cannot make a kind of checksum."""
    return Text(f"本机不支持校验算法 {algorithm}", f"this machine has no checksum {algorithm}")


# --- results --------------------------------------------------------------------------------------


def blank_records(count: int) -> Text:
    """Return how many records of a file hold nothing, and that they are no rows."""
    return Text(
        f"{count} 行空行：只有分隔符、空格或引号，不作为数据",
        f"{count} blank records: nothing but separators, blanks or quotes; they are no rows",
    )


def deleted_records(count: int) -> Text:
    """Return how many records of a file are marked as deleted, and that they are no rows."""
    return Text(
        f"{count} 条记录带有删除标记，不作为数据",
        f"{count} records are marked as deleted; they are no rows",
    )


def too_large(limit: int) -> Text:
    """Return that a file is larger than its limit."""
    return Text(
        f"文件超过 {limit} 字节，请拆分", f"the file is larger than {limit} bytes; split it"
    )
