"""What each operation of the REST API does, as its description (OpenAPI) says it."""

from gateway.text import Text


def overall_status() -> Text:
    """Return what GET /status does."""
    return Text("是否一切正常", "Whether all is well")


def adapter_kinds() -> Text:
    """Return what GET /kinds does."""
    return Text("适配器类型及其设置", "Adapter kinds and their settings")


def adapters() -> Text:
    """Return what GET /adapters does."""
    return Text("列出适配器", "List adapters")


def register_adapter() -> Text:
    """Return what POST /adapters does."""
    return Text("登记适配器（草稿）", "Register an adapter, as a draft")


def adapter() -> Text:
    """Return what GET /adapters/{feed} does."""
    return Text("一个适配器", "One adapter")


def change_adapter() -> Text:
    """Return what PUT /adapters/{feed} does."""
    return Text("修改，成为新版本", "Change it; that makes a new version")


def set_secret() -> Text:
    """Return what PUT /adapters/{feed}/secrets/{name} does."""
    return Text("设置密钥", "Set a secret")


def remove_secret() -> Text:
    """Return what POST /adapters/{feed}/secrets/{name}/removal does."""
    return Text("删去密钥", "Take a secret away")


def check_connection() -> Text:
    """Return what POST /adapters/{feed}/test does."""
    return Text("逐步测试连接", "Test the connection step by step")


def propose_mapping() -> Text:
    """Return what POST /adapters/{feed}/proposal does."""
    return Text("按样例提出映射", "Propose a mapping from a sample")


def try_mapping() -> Text:
    """Return what POST /adapters/{feed}/trial does."""
    return Text("样例试映射", "Try the mapping on a sample")


def dry_run() -> Text:
    """Return what POST /adapters/{feed}/dry-run does."""
    return Text("预演下次采集", "What the next fetch would send")


def submit_version() -> Text:
    """Return what POST /adapters/{feed}/submit does."""
    return Text("提交审批", "Submit the newest version for approval")


def set_state() -> Text:
    """Return what PUT /adapters/{feed}/state does."""
    return Text("上线、暂停、恢复、退役", "Go live, pause, resume, retire")


def roll_back() -> Text:
    """Return what POST /adapters/{feed}/rollback does."""
    return Text("以旧版本为新版本", "Make an earlier version the newest again")


def adapter_history() -> Text:
    """Return what GET /adapters/{feed}/history does."""
    return Text("何人何时做了什么", "Who did what, and when")


def adapter_versions() -> Text:
    """Return what GET /adapters/{feed}/versions does."""
    return Text("各版本", "Its versions")


def version_differences() -> Text:
    """Return what GET /adapters/{feed}/differences does."""
    return Text("两个版本的差异", "What two versions do not share")


def feeds() -> Text:
    """Return what GET /feeds does."""
    return Text("各数据项的状况", "How every feed stands")


def feed() -> Text:
    """Return what GET /feeds/{feed} does."""
    return Text("一个数据项的状况", "How one feed stands")


def units() -> Text:
    """Return what GET /feeds/{feed}/units does."""
    return Text("最近的单元", "Its latest units")


def runs() -> Text:
    """Return what GET /feeds/{feed}/runs does."""
    return Text("最近的运行", "Its latest runs")


def fetch_now() -> Text:
    """Return what POST /feeds/{feed}/run does."""
    return Text("立即采集", "Fetch it now")


def confirm_shrunk_list() -> Text:
    """Return what POST /feeds/{feed}/confirm does."""
    return Text("确认清单缩减", "Confirm that its list shrank")


def resume_feed() -> Text:
    """Return what POST /feeds/{feed}/resume does."""
    return Text("恢复停下的数据项", "Let it go on, which has stopped")


def units_set_aside() -> Text:
    """Return what GET /feeds/{feed}/set-aside does."""
    return Text("搁置待处理的单元", "Units set aside for a person to decide")


def try_unit_again() -> Text:
    """Return what POST /feeds/{feed}/set-aside/again does."""
    return Text("再试搁置的单元", "Try a unit again that is set aside")


def give_up_unit() -> Text:
    """Return what POST /feeds/{feed}/set-aside/give-up does."""
    return Text(
        "放弃搁置的单元，其内容退回", "Give up a unit that is set aside: what it held is refused"
    )


def events() -> Text:
    """Return what GET /events does."""
    return Text("事件", "Events")


def last_restore() -> Text:
    """Return what GET /restore does."""
    return Text(
        "存储的最近一次恢复，及其后各数据项",
        "The store's last restore, and how every feed stands since",
    )


def search_packages() -> Text:
    """Return what GET /packages does."""
    return Text("查数据包", "Search packages")


def package() -> Text:
    """Return what GET /packages/{guid} does."""
    return Text("一个数据包及其经历", "One package and its history")


def act_on_package() -> Text:
    """Return what POST /packages/{guid}/{act} does."""
    return Text("重发、再发、搁置、放行、作废", "Retry, replay, hold, release, drop, keep")


def refusal_groups() -> Text:
    """Return what GET /refusals/{feed}/groups does."""
    return Text("未结退回，按规则与字段分组", "Open refusals by rule and field")


def refusals() -> Text:
    """Return what GET /refusals/{feed} does."""
    return Text("未结退回", "Open refusals")


def submit_mended_rows() -> Text:
    """Return what POST /refusals/{feed}/mended does."""
    return Text("提交改正后的行", "Submit mended rows")


def record_way() -> Text:
    """Return what GET /records/{feed} does."""
    return Text("一条记录的经历", "A record's way")


def catalogue() -> Text:
    """Return what GET /catalogue does."""
    return Text("现行目录及其变化", "The catalogue in force and what changed")


def alerts() -> Text:
    """Return what GET /alerts does."""
    return Text("未解除与最近解除的告警", "Open alerts, and the latest that are over")


def acknowledge_alert() -> Text:
    """Return what POST /alerts/{alert}/acknowledge does."""
    return Text("确认告警", "Acknowledge an alert")


def alert_rules() -> Text:
    """Return what GET /alert-rules does."""
    return Text("告警规则", "The alert rules")


def set_alert_rule() -> Text:
    """Return what PUT /alert-rules/{kind} does."""
    return Text("改告警规则", "Set an alert rule")


def search_audit_log() -> Text:
    """Return what GET /audit does."""
    return Text("查审计日志", "Search the audit log")


def verify_audit_log() -> Text:
    """Return what POST /audit/verify does."""
    return Text("校验审计日志", "Verify the audit log's chain")


def accounts() -> Text:
    """Return what GET /accounts does."""
    return Text("列出账户", "List accounts")


def add_account() -> Text:
    """Return what POST /accounts does."""
    return Text("新建账户", "Make an account")


def set_role() -> Text:
    """Return what PUT /accounts/{name}/role does."""
    return Text("改角色", "Give an account another role")


def reset_password() -> Text:
    """Return what POST /accounts/{name}/reset does."""
    return Text("重设口令", "Give a new first password")


def drop_second_factor() -> Text:
    """Return what POST /accounts/{name}/second-factor/drop does."""
    return Text("去除第二因素", "Take the second factor away")


def disable_account() -> Text:
    """Return what POST /accounts/{name}/disable does."""
    return Text("停用账户", "Disable an account")


def enable_account() -> Text:
    """Return what POST /accounts/{name}/enable does."""
    return Text("启用账户", "Enable an account")


def account_requests() -> Text:
    """Return what GET /account-requests does."""
    return Text("待另一名管理员批准的申请", "What waits for another administrator")


def approve_request() -> Text:
    """Return what POST /account-requests/{name}/approve does."""
    return Text("批准申请", "Approve what another administrator has asked")


def withdraw_request() -> Text:
    """Return what POST /account-requests/{name}/withdraw does."""
    return Text("撤销或拒绝申请", "Take a request back, or refuse it")


def prove_person() -> Text:
    """Return what POST /proof does."""
    return Text(
        "令牌本人验证身份（口令及验证码）",
        "Show that a token's person is here, by password and code",
    )
