"""What codes in the store are called on pages. One word for one thing."""

from gateway.text import Text

_WORDS: dict[str, dict[str, Text]] = {
    "package": {
        "waiting": Text("等待", "waiting"),
        "held": Text("搁置", "held"),
        "sending": Text("发送中", "sending"),
        "settled": Text("已结清", "settled"),
        "dropped": Text("已作废", "dropped"),
        "dead": Text("死信", "dead letter"),
    },
    "why": {
        "put": Text("入箱", "put"),
        "claimed": Text("开始发送", "begun to send"),
        "process ended": Text("进程结束，待重发", "the process ended; it is sent again"),
        "lease ran out": Text("租约到期，待重发", "the lease ran out; it is sent again"),
    },
    "attempt": {
        "settled": Text("送达", "delivered"),
        "failed": Text("失败", "failed"),
        "unreachable": Text("未连通", "not reached"),
        "pending": Text("待回执", "receipt to come"),
        "refused": Text("整体退回", "refused whole"),
        "lost": Text("中断", "lost"),
    },
    "adapter": {
        "draft": Text("草稿", "draft"),
        "testing": Text("试用", "testing"),
        "live": Text("在用", "live"),
        "paused": Text("暂停", "paused"),
        "retired": Text("退役", "retired"),
    },
    "role": {
        "viewer": Text("部门查看员", "department viewer"),
        "editor": Text("部门经办人", "department editor"),
        "operator": Text("运维员", "operator"),
        "administrator": Text("管理员", "administrator"),
        "auditor": Text("审计员", "auditor"),
    },
    "request": {
        "add": Text("新建账户", "make the account"),
        "role": Text("改角色", "set the role"),
        "reset": Text("重设口令", "reset the password"),
        "second": Text("去除第二因素", "take the second factor away"),
        "enable": Text("启用", "enable"),
    },
    "right": {
        "read": Text("查看", "read"),
        "edit": Text("编辑适配器", "edit adapters"),
        "operate": Text("运维", "operate"),
        "administer": Text("管理账户", "administer"),
        "audit": Text("审计", "audit"),
    },
    "refusal": {
        "open": Text("未结", "open"),
        "mended": Text("已改正", "mended"),
        "replaced": Text("改为其他原因", "replaced"),
    },
    "by": {
        "gateway": Text("网关", "gateway"),
        "centre": Text("中心库", "centre"),
        "operator": Text("人工作废", "operator"),
    },
    "verdict": {
        "accepted": Text("已接收", "accepted"),
        "unchanged": Text("无变化", "unchanged"),
        "superseded": Text("以后一条为准", "superseded"),
        "refused": Text("退回", "refused"),
        "set aside": Text("搁置", "set aside"),
    },
    "submission": {
        "waiting": Text("等待采集", "waiting"),
        "kept": Text("办理中", "under way"),
        "set aside": Text("已搁置，等待处理", "set aside"),
        "answered": Text("已答复", "answered"),
    },
    "change": {
        "added": Text("新增", "added"),
        "changed": Text("变更", "changed"),
        "withdrawn": Text("撤销", "withdrawn"),
    },
    "unit": {
        "open": Text("采集中", "being fetched"),
        "whole": Text("已采全", "fetched"),
        "settled": Text("已有结论", "judged"),
        "acknowledged": Text("已告知部门", "department told"),
    },
    "act": {
        "created": Text("登记", "registered"),
        "changed": Text("修改", "changed"),
        "rolled_back": Text("退回旧版", "rolled back"),
        "secret": Text("设置密钥", "set a secret"),
        "trial": Text("试映射", "tried"),
        "state": Text("改变状态", "state"),
        "submitted": Text("提交审批", "submitted"),
    },
    "level": {
        "info": Text("信息", "info"),
        "warning": Text("提醒", "warning"),
        "error": Text("错误", "error"),
    },
    "mode": {
        "file": Text("文件", "files"),
        "database": Text("库表", "database"),
        "service": Text("服务", "service"),
    },
}


def word(kind: str, code: str) -> Text | None:
    """Return what a code of a kind is called, None where it has no name."""
    return _WORDS.get(kind, {}).get(code)


def verdicts(accepted: str, refused: str) -> Text:
    """Return how many records of a receipt were accepted, and how many refused."""
    return Text(f"接收 {accepted}，退回 {refused}", f"accepted {accepted}, refused {refused}")
