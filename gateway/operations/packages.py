"""What people do to packages: send again, hold, release, drop."""

from datetime import datetime
from typing import Literal, get_args

from sqlalchemy import Connection

from gateway import audit
from gateway.accounts.model import account_of
from gateway.delivery.settle import drop
from gateway.exchange import requests
from gateway.messages import Text
from gateway.operations import ActRefused
from outbox import Outbox, upkeep

#: retry: send at once; replay: send a settled one again; hold: keep from being sent; release: let go on;
#: drop: never send, its records are refused; keep: take back the wish to drop it.
PackageAct = Literal["retry", "replay", "hold", "release", "drop", "keep"]
PACKAGE_ACTS: tuple[PackageAct, ...] = get_args(PackageAct)
#: In which states a package may be acted on so.
ALLOWED: dict[PackageAct, tuple[str, ...]] = {
    "retry": ("waiting", "dead"), "replay": ("settled",), "hold": ("waiting",), "release": ("held",),
    "drop": ("waiting", "held", "dead"), "keep": ("waiting", "held", "dead"),
}  # fmt: skip


def act(
    connection: Connection, outbox: Outbox, guid: str, what: PackageAct, person: str, why: str, now: datetime,
    *, two_persons: bool = False,
) -> Text:  # fmt: skip
    """Do something to a package and tell what was done; raises ActRefused.

    With `two_persons` a drop is a wish at first, and done when another person drops it too.
    """
    why = why.strip()
    if not why:
        raise ActRefused("请写明原因", "give the reason")
    said = f"{person}: {why}"
    done: Text | None
    match what:
        case "retry":
            done = _done(outbox.revive(connection, guid, now, said), "已请求立即重发", "it is sent again at once")  # fmt: skip
        case "release":
            held = (found := outbox.find(connection, guid)) is not None and found.state == "held"
            done = _done(
                held and outbox.revive(connection, guid, now, said), "已放行", "it goes on"
            )
        case "replay":
            replayed = upkeep.replay(connection, [guid], now, f"replayed by {said}")
            done = _done(bool(replayed), "将按原字节再发一次", "the same bytes are sent once more")
        case "hold":
            done = _done(outbox.hold(connection, guid, now, said), "已搁置，不会发送", "it is held and not sent")  # fmt: skip
        case "drop":
            done = _drop(connection, outbox, guid, person, why, now, two_persons=two_persons)
        case "keep":
            kept = requests.drop_wanted(connection, guid) is not None
            requests.forget_drop(connection, guid)
            done = _done(kept, "已撤回作废请求", "the wish to drop it is taken back")
    if done is None:
        raise ActRefused(f"数据包 {guid} 现在的状态不能如此处理，请刷新后再看", f"package {guid} cannot be treated so as it stands now; look at it again")  # fmt: skip
    if what != "drop":
        audit.append(connection, now, person, f"package.{what}", guid, why)
    return done


def _done(changed: bool, zh: str, en: str) -> Text | None:
    return Text(zh, en) if changed else None


def _drop(
    connection: Connection, outbox: Outbox, guid: str, person: str, why: str, now: datetime, *, two_persons: bool
) -> Text | None:  # fmt: skip
    found = outbox.find(connection, guid)
    if found is None or found.state not in ALLOWED["drop"]:
        return None
    wanted = requests.drop_wanted(connection, guid)
    if two_persons and wanted is None:
        requests.want_drop(connection, guid, person, why, now)
        audit.append(connection, now, person, "package.drop_asked", guid, why)
        return Text(
            "已记录，须另一人同意后作废", "noted; it is dropped once a second person agrees"
        )
    other = wanted.person if wanted and account_of(wanted.person) != account_of(person) else None
    if two_persons and other is None:
        raise ActRefused("须由另一人同意，您已提出", "a second person must agree; you have asked for it yourself")  # fmt: skip
    both = f"{other}, {person}" if other else person
    if not drop(connection, outbox, guid, Text(f"{both} 作废：{why}", f"dropped by {both}: {why}"), now):  # fmt: skip
        return None
    requests.forget_drop(connection, guid)
    audit.append(connection, now, person, "package.drop", guid, f"{both}: {why}")
    return Text("已作废，其记录按退回告知部门", "dropped; its records are told to the department as refused")  # fmt: skip
