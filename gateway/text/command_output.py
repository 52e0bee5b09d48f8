"""What commands say while they work, and why they were called in a way that cannot be."""

from datetime import datetime
from pathlib import Path

from gateway.clock import local_text
from gateway.text import Text


def account_disabled(name: str) -> Text:
    """Return that an account can no longer sign in."""
    return Text(f"{name}: 已停用", "disabled")


def account_enabled(name: str) -> Text:
    """Return that an account can sign in again."""
    return Text(f"{name}: 已启用", "enabled")


def compare_fingerprint(key: str, fingerprint: str) -> Text:
    """Return a server's key and its fingerprint, and that it is to be compared."""
    return Text(
        f"{key}\n{fingerprint}\n请以电话等其他途径与部门核对指纹",
        "compare the fingerprint with the department by another way",
    )


def conforms() -> Text:
    """Return that the one under test conforms."""
    return Text("符合", "conforms")


def console_address(address: str) -> Text:
    """Return where the console is."""
    return Text("\n控制台", f"console: {address}")


def differences(old: str, new: str, count: int) -> Text:
    """Return how many differences two versions of the standard have."""
    return Text(f"{old} → {new}：{count} 处差异", "differences")


def digest_malformed() -> Text:
    """Return how a head of the log is written."""
    return Text("应写作 NUMBER:DIGEST", "write NUMBER:DIGEST")


def digest_of_tables(digest: str) -> Text:
    """Return the digest of a store's tables."""
    return Text("表结构摘要", f"digest of the tables: {digest}")


def does_not_conform() -> Text:
    """Return that the one under test does not conform."""
    return Text("不符合", "does not conform")


def draft() -> Text:
    """Return what `adapter draft` does."""
    return Text("退回草稿", "Back to a draft.")


def duties_passed(subject: str, passed: int, count: int) -> Text:
    """Return how many duties a receiver or sender fulfils."""
    return Text(f"{subject}：{passed} / {count} 项通过", "duties passed")


def feed_goes_on(name: str) -> Text:
    """Return that a feed that had stopped is fetched again."""
    return Text(f"{name}：已恢复", "goes on")


def file_exists(file: Path) -> Text:
    """Return that a file exists and is not overwritten."""
    return Text(f"{file} 已存在，不覆盖", f"{file} exists and is not overwritten")


def files_taken(count: int) -> Text:
    """Return how many files of a WSDL were collected, to be reviewed."""
    return Text(
        f"已收集 {count} 个文件，请审核后使用", f"{count} files taken; review them before use"
    )


def files_written(count: int, folder: Path) -> Text:
    """Return how many files were written into a folder."""
    return Text(f"{count} 个文件", f"files: {folder}")


def go_live() -> Text:
    """Return what `adapter live` does."""
    return Text(
        "上线：最新版本开始按目录采集，须样例通过",
        "Go live with the newest version; its sample must have passed.",
    )


def guids_and_choice() -> Text:
    """Return that GUIDs and a choice of packages cannot be given together."""
    return Text("GUID 与筛选条件不可同用", "give GUIDs or a choice, not both")


def how_to_end() -> Text:
    """Return how the demo is ended."""
    return Text("按 Ctrl-C 结束", "press Ctrl-C to end")


def in_force(version: object) -> Text:
    """Return in brackets the version that is in force."""
    return Text("（在用", f"in force {version}）")


def keyless(count: int) -> Text:
    """Return how many rows lack a part of the record key."""
    return Text(f"{count} 行缺记录键", "rows lack a part of the record key")


def kind_not_given(choices: str) -> Text:
    """Return that --kind is needed where nobody can be asked, with the kinds there are."""
    return Text("请用 --kind 指明", f"name it with --kind: {choices}")


def kind_question() -> Text:
    """Return the question for an adapter's kind."""
    return Text("适配器类型", "adapter kind")


def ledger_agrees(rows: int) -> Text:
    """Return that a run agrees with the ledger, and over how many rows."""
    return Text(
        f"与生成账本逐行核对一致：{rows:,} 行",
        f"agrees with the generator's ledger row by row: {rows:,} rows",
    )


def ledger_disagrees(count: int) -> Text:
    """Return in how many places a run differs from the ledger."""
    return Text("账本不符", f"the ledger disagrees: {count}")


def log_whole(entries: int) -> Text:
    """Return that the log holds, and how many entries it has."""
    return Text(f"完整，{entries} 条", f"whole: {entries} entries")


def look_at_encodings(name: str) -> Text:
    """Return the title of the encodings that a file may have."""
    return Text(f"{name}：请核对首行后写入设置 encoding", "look at the lines, then set `encoding`")


def name_and_value(text: str) -> Text:
    """Return how a setting is written."""
    return Text(f"{text}：应写作 NAME=VALUE", "write NAME=VALUE")


def no_drop_given() -> Text:
    """Return that `central pick-up` needs to know where packages are dropped."""
    return Text(
        "请给出 --folder、--table、--broker 之一", "give one of --folder, --table and --broker"
    )


def no_guids_or_choice() -> Text:
    """Return that neither GUIDs nor a choice of packages was given."""
    return Text("请给出 GUID 或筛选条件", "give GUIDs, or a choice")


def no_subject() -> Text:
    """Return that `conformance` needs to know whom to test."""
    return Text("须给出 --receiver 或 --sender 之一", "give --receiver or --sender")


def no_such_feed(name: str, names: str) -> Text:
    """Return that there is no such feed, with those that there are."""
    return Text(f"没有数据项 {name}，已有：{names}", f"no such feed; there are: {names}")


def no_token_file() -> Text:
    """Return that the test of a receiver needs its token."""
    return Text("--receiver 需要 --token-file", "--receiver needs --token-file")


def nothing_new() -> Text:
    """Return that the source has no new row."""
    return Text("来源现在没有新的行", "the source has no new row at present")


def nothing_purged() -> Text:
    """Return that nothing was removed."""
    return Text("无", "nothing")


def pages_written(count: int, index: Path) -> Text:
    """Return how many pages were written, and the first one."""
    return Text(f"{count} 页", f"pages: {index}")


def pause() -> Text:
    """Return what `adapter pause` does."""
    return Text("暂停采集，仍答复", "Stop fetching; the department is still answered.")


def ready_to_go_live(feed: str) -> Text:
    """Return how an adapter that is ready goes live."""
    return Text("核对后上线", f"look at it, then: creditgate adapter live {feed} --why REASON")


def record_key(fields: str, remark: object) -> Text:
    """Return the fields of the record key, and what is to be known of it."""
    return Text("记录键", f"record key {fields}: {remark}")


def record_kinds(kinds: str) -> Text:
    """Return which record kinds a sample may be, the likeliest first."""
    return Text("可能的记录类型", f"record kinds, likeliest first: {kinds}")


def registered_as_draft(feed: str) -> Text:
    """Return that the first step is done: an adapter is registered."""
    return Text("1. 已登记为草稿", f"registered as a draft: {feed}")


def replayed(count: int) -> Text:
    """Return how many packages are sent once more."""
    return Text("重放", f"replayed: {count:,}")


def resume() -> Text:
    """Return what `adapter resume` does."""
    return Text("恢复采集", "Fetch again.")


def retire() -> Text:
    """Return what `adapter retire` does."""
    return Text("退役，不可恢复", "Retire for good.")


def sample_passes() -> Text:
    """Return that the sample passes and the feed may go live."""
    return Text("样例通过，可以上线", "the sample passes: it may go live")


def sample_result(rows: int, refused: int) -> Text:
    """Return how many rows a sample has and how many were refused."""
    return Text(f"样例 {rows} 行，退回 {refused} 行", f"sample: {rows} rows, {refused} refused")


def second_factor_removed(name: str) -> Text:
    """Return that an account has no second factor any more."""
    return Text(f"{name}: 已去除第二因素", "second factor taken away")


def settings_needed(lines: str) -> Text:
    """Return the settings that are still needed, one a line."""
    return Text("还需设置", f"settings still needed:\n{lines}")


def sqlite_one_process() -> Text:
    """Return that a SQLite store serves one process."""
    return Text(
        "SQLite 存储只供一个进程，请用 --role all 或改用 PostgreSQL",
        "a SQLite store serves one process: use --role all, or PostgreSQL",
    )


def step_connection() -> Text:
    """Return the name of the second step, the connection test."""
    return Text("2. 连接测试", "connection test")


def step_mapping() -> Text:
    """Return the name of the third step, the mapping."""
    return Text("3. 映射", "mapping")


def step_trial() -> Text:
    """Return the name of the fourth step, the trial."""
    return Text("4. 样例试映射", "the mapping tried on the sample")


def units_set_aside(name: str, count: int) -> Text:
    """Return how many units of a feed are set aside."""
    return Text(f"{name}：搁置 {count}", f"set aside: {count}")


def upgraded(migrations: str) -> Text:
    """Return the migrations that were run."""
    return Text("升级", f"upgraded: {migrations}")


def version_in_force(feed: str, state: str, version: int, live: object) -> Text:
    """Return a feed's newest version, its state, and the version in force."""
    return Text(f"{feed}  {state}  v{version}  在用", f"in force: {live}")


def withdrawn(count: int) -> Text:
    """Return how many records were withdrawn."""
    return Text("撤销", f"withdrawn: {count:,}")


def would_be_sent() -> Text:
    """Return the heading of the records that the next fetch would send."""
    return Text("将送出的记录（示例）", "records that would be sent, for instance:")


def check_result(rows: int, faults: int, warnings: int) -> Text:
    """Return how many rows were checked, and how many faults and warnings they have."""
    return Text(
        f"{rows:,} 行或记录，{faults:,} 处错误，{warnings:,} 处提醒",
        f"{rows:,} rows or records, {faults:,} faults, {warnings:,} warnings",
    )


def up_to_date(version: str) -> Text:
    """Return that a store is at a version already."""
    return Text(f"已是 {version}", f"it is {version} already")


def versions(store: str, program: str) -> str:
    """Return the version of a store's tables beside the one that the program wants."""
    return f"存储 / store: {store}  程序 / program: {program}"


def sent_again(done: int, left: int) -> str:
    """Return how many packages are sent again, and how many were left as they were."""
    return f"重发 / sent again: {done}，未动 / left as they were: {left}"


def year_imported(year: int, holidays: int, makeups: int) -> str:
    """Return how many days off and makeup workdays an imported year has."""
    return f"{year}：放假 / days off {holidays}，调休上班 / makeup workdays {makeups}"


def catalogue_title(serial: int, valid_until: datetime) -> str:
    """Return the title of a catalogue, with its number and until when it is in force."""
    return f"目录 / Catalogue {serial}，至 / until {local_text(valid_until)}"


def secrets_set(names: str, lacking: str) -> str:
    """Return which secrets an adapter has, and which it lacks."""
    return f"密钥 / secrets: {names}  缺 / lacking: {lacking}"


def hold() -> Text:
    """Return what `outbox hold` does."""
    return Text("搁置，不发送", "Keep packages from being sent")


def release() -> Text:
    """Return what `outbox release` does."""
    return Text("放行搁置的数据包", "Let held packages go on")


def drop() -> Text:
    """Return what `outbox drop` does."""
    return Text(
        "作废：不再发送，其记录按退回告知部门",
        "Never send them; their records are told as refused",
    )


def keep() -> Text:
    """Return what `outbox keep` does."""
    return Text("撤回作废请求", "Take back the wish to drop them")
