"""Proposes which fields make a record the same one next time, from a sample's matches. Pure.

What never comes twice in some rows may do so in the next: a key by which different records count as
one loses all but the last of them. So a kind of documents goes by its documents' own number, never
by who they are about, and the rows of the sample that a key would merge are counted.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from gateway.standard import Kind
from gateway.standard.subject_identity import FIELDS as SUBJECT_NUMBERS
from gateway.standard.xsd_reader import Field
from gateway.text import Text
from gateway.text import proposal as texts

_NUMBER = re.compile(r"Number$|Code$|Id$")
#: A number that the kind's own documents have, contracts, cases, certificates, accounts.
_OWN_NUMBER = re.compile(r"Number$|^ProjectCode$")
#: When or for what time a record is.
_TIME = re.compile(
    r"^(PaymentMonth|RatingYear|InspectionYear|PeriodFrom|PeriodUntil|DecisionDate)$"
)
#: Whom a record is about, beside their numbers.
_NAMES = frozenset({"SubjectName", "SubjectClass", "SubjectIdType"})


@dataclass(frozen=True, slots=True)
class Column:
    """A field and the column of the sample that is proposed for it."""

    field: Field
    column: str


@dataclass(frozen=True, slots=True)
class KeyProposal:
    """A record key, how sure it is and why, and how many rows of the sample it would merge."""

    fields: tuple[str, ...]
    why: Text
    merged: int = 0


def propose_key(
    kind: Kind,
    matches: Sequence[Column],
    constants: Mapping[str, dict[str, Any]],
    sample: pl.DataFrame,
) -> KeyProposal:
    """Return a proposal of a kind's record key, with the organ's code where there is one."""
    filled = [column for column in matches if sample[column.column].is_not_null().all()]
    chosen, say = _chosen(kind, filled, matches, sample)
    if not chosen:
        # An organ's code is one for all rows: of itself it is no key.
        return KeyProposal((), texts.key_unknown())
    has_organ = "OrganCode" in constants or any(
        column.field.name == "OrganCode" for column in matches
    )
    organ = ["OrganCode"] if has_organ else []
    names = tuple(dict.fromkeys([*organ, *(column.field.name for column in chosen)]))
    columns = [column.column for column in matches if column.field.name in names]
    merged = sample.height - sample.select(columns).n_unique()
    reason = say(sample.height)
    if merged:
        reason = texts.key_merges(reason, sample.height, merged)
    return KeyProposal(names, reason, merged)


def _chosen(
    kind: Kind, filled: Sequence[Column], matches: Sequence[Column], sample: pl.DataFrame
) -> tuple[list[Column], Any]:
    """Return the fields that tell records apart, and what is said of how they were found."""
    documents = _has_documents(kind)
    if documents:
        numbers = [item for item in filled if _is_own_number(item.field)]
        # What the standard requires is the document's number; another may be of its form.
        numbers.sort(key=lambda item: not item.field.required)
        if numbers:
            times = [item for item in filled if _is_period(item.field)]
            chosen = [numbers[0]] if _is_unique([numbers[0]], sample) else [numbers[0], *times]
            say = texts.key_by_number if _is_unique(chosen, sample) else texts.key_of_the_kind
            return chosen, say
    unique = [item for item in filled if _is_unique([item], sample)]
    if documents:
        unique = [item for item in unique if not _is_about_subject(item.field)]
    numbered = [
        item for item in unique if _NUMBER.search(item.field.name) and not item.field.personal
    ]
    if numbered:
        return numbered[:1], texts.key_by_number
    varying = [
        item for item in matches if item.field.required and sample[item.column].n_unique() > 1
    ]
    chosen = unique[:1] or varying[:3]
    if documents and all(_is_about_subject(item.field) for item in chosen):
        return [], texts.key_by_chance
    return chosen, texts.key_by_chance


def _has_documents(kind: Kind) -> bool:
    """Whether a kind's records are documents with own numbers, of which a subject has several."""
    return any(field.required and _is_own_number(field) for field in kind.fields)


def _is_own_number(field: Field) -> bool:
    return _OWN_NUMBER.search(field.name) is not None and not _is_about_subject(field)


def _is_about_subject(field: Field) -> bool:
    """Whether a field says whom a record is about: who they are is no document's number."""
    return (
        field.name in SUBJECT_NUMBERS
        or field.name in _NAMES
        or field.name.startswith("LegalRepresentative")
    )


def _is_period(field: Field) -> bool:
    return _TIME.match(field.name) is not None and field.name != "DecisionDate"


def _is_unique(columns: Sequence[Column], sample: pl.DataFrame) -> bool:
    return sample.select(column.column for column in columns).n_unique() == sample.height
