"""Operations of the audit log: search it, verify its chain."""

from dataclasses import dataclass

from gateway import audit
from gateway.audit import Entry, Sought
from gateway.audit.anchoring import note_verified
from gateway.text import api_operations as summaries
from gateway.text import audit as audit_messages
from gateway.web.api.model import Call, Nothing, Operation, Query

_PAGE, _LARGEST_PAGE = 50, 1000
_SOUGHT = (
    Query("person"),
    Query("act"),
    Query("target"),
    Query("since", "moment"),
    Query("until", "moment"),
    Query("before", "integer"),
    Query("limit", "integer"),
)


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether the chain holds; where it breaks first, if it does."""

    whole: bool
    entries: int
    digest: str
    broken_at: int | None
    zh: str
    en: str
    #: How many heads of the log were written down outside the store, and what they do not prove.
    anchors: int
    remarks: tuple[str, ...]


def _audit(call: Call) -> list[Entry]:
    query = call.query
    sought = Sought(
        query["person"],
        query["act"],
        query["target"],
        query["since"],
        query["until"],
        query["before"],
    )
    with call.engine.connect() as connection:
        return audit.search(connection, sought, max(1, min(query["limit"] or _PAGE, _LARGEST_PAGE)))


def _verify(call: Call) -> Verification:
    outcome = call.console.gateway.anchoring.verify()
    note_verified(call.engine, outcome, call.person, call.clock())
    text = (
        outcome.broken.text
        if outcome.broken
        else audit_messages.whole(outcome.entries, outcome.digest)
    )
    broken_at = outcome.broken.number if outcome.broken else None
    remarks = tuple(str(remark) for remark in outcome.remarks)
    return Verification(
        outcome.broken is None,
        outcome.entries,
        outcome.digest,
        broken_at,
        text.zh,
        text.en,
        outcome.anchors,
        remarks,
    )


AUDIT_LOG: tuple[Operation, ...] = (
    Operation(
        "GET",
        "/audit",
        "audit",
        summaries.search_audit_log(),
        Nothing,
        list[Entry],
        _audit,
        _SOUGHT,
        everywhere=True,
    ),
    Operation(
        "POST",
        "/audit/verify",
        "audit",
        summaries.verify_audit_log(),
        Nothing,
        Verification,
        _verify,
        everywhere=True,
        no_reason="looks",
    ),
)
