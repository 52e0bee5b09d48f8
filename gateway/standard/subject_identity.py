"""One subject is one subject: what records say of who is who, brought together. Pure.

Identifiers of one record are one subject's; a 15-digit citizen number and its 18-digit form are one
number; signs 9 to 17 of a unified code are its organisation code (GB 32100-2015, 4.1). A record
of kind SubjectIdentifier adds former and parallel identifiers, and subjects that merged.
"""

from collections.abc import Iterable, Mapping

import polars as pl

from gateway.standard.identifiers import citizen_number_18

ALIAS_KIND = "SubjectIdentifier"
#: Relations of that kind which make two identifiers one subject's: former, alias, merged. A split
#: does not.
SAME = frozenset("123")
_CITIZEN = "citizen"
#: What an identifier is called here, by the field that holds it.
FIELDS = {
    "UnifiedCode": "unified",
    "RegistrationNumber": "registration",
    "OrganisationCode": "organisation",
    "TaxNumber": "tax",
    "InstitutionCertificateNumber": "institution",
    "SocialOrganisationNumber": "social",
    "SubjectIdNumber": _CITIZEN,
}
#: The same by the codes of IdentifierType.
_TYPES = {
    "1": "unified",
    "2": "registration",
    "3": "organisation",
    "4": "tax",
    "5": "institution",
    "6": "social",
    "7": _CITIZEN,
    "8": "other",
}

#: What it is and its value in the form that all records share.
Identifier = tuple[str, str]


def identifiers(record: Mapping[str, str | None]) -> list[Identifier]:
    """Return every identifier of a record's subject, each in the form that all records share.

    A number that is no resident identity card's is a person's "other".
    """
    result: list[Identifier] = []
    for field, kind in FIELDS.items():
        value = record.get(field)
        if value:
            card = kind != _CITIZEN or record.get("SubjectIdType") in ("1", None, "")
            result += _forms(kind if card else "other", value)
    if record.get("Relation") in SAME and record.get("Identifier"):
        result += _forms(_TYPES[record["IdentifierType"] or ""], record["Identifier"] or "")
    return list(dict.fromkeys(result))


def named(value: str) -> list[Identifier]:
    """Return every identifier that a bare value may be; people do not say which kind theirs is."""
    kinds = dict.fromkeys((*FIELDS.values(), "other"))
    return list(dict.fromkeys(form for kind in kinds for form in _forms(kind, value)))


def subjects(records: Iterable[Mapping[str, str | None]]) -> list[frozenset[Identifier]]:
    """Return the identifiers of each subject, however many records it takes to link them.

    Subjects come in the order of their first record; a record without identifiers has none.
    """
    leader: dict[Identifier, Identifier] = {}

    def top(identifier: Identifier) -> Identifier:
        while leader[identifier] != identifier:
            leader[identifier] = leader[leader[identifier]]
            identifier = leader[identifier]
        return identifier

    for record in records:
        linked = identifiers(record)
        for identifier in linked:
            leader.setdefault(identifier, identifier)
        for identifier in linked[1:]:
            leader[top(identifier)] = top(linked[0])
    groups: dict[Identifier, set[Identifier]] = {}
    for identifier in leader:
        groups.setdefault(top(identifier), set()).add(identifier)
    return [frozenset(group) for group in groups.values()]


def _forms(kind: str, value: str) -> list[Identifier]:
    value = value.strip().upper()
    if kind == _CITIZEN and len(value) == 15:
        [value] = pl.DataFrame({"n": [value]}).select(citizen_number_18(pl.col("n")))["n"]
    if kind in ("unified", "tax") and len(value) == 18:
        # Since registration and tax share one code, a tax number of 18 signs is the unified code.
        return [("unified", value), ("organisation", value[8:17])]
    return [(kind, value)]
