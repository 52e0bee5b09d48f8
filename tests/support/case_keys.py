"""The keys of each section of a case: a verdict under another key would hold nobody."""

from typing import Any


class Each:
    """Each value of a table, or each item of a list, is of one form."""

    def __init__(self, form: Any) -> None:
        self.form = form


#: Whatever stands there belongs to the case: settings, values, texts.
_ANY = None
_SAYS = {"says": _ANY}
_RULE = {"rule": _ANY, "says": _ANY}
_VERDICT = {"accepted": _ANY, "warns": _ANY, "cleaned": _ANY, "field": _ANY, **_RULE}
_ANSWER = dict.fromkeys(("body", "raw", "file", "type", "status", "encoding", "lines"))
_TRY = {
    **dict.fromkeys(("settings", "rows", "refs", "columns", "cursor", "ends_at")),
    **dict.fromkeys(("declared", "counted", "calls", "asked")),
    "answers": Each(_ANSWER),
    "refused": _SAYS,
    "unavailable": _SAYS,
    "faults": Each(_RULE),
}
_FORMS: dict[str, Any] = {
    "read": {
        **dict.fromkeys(("format", "settings", "mapping")),
        "files": Each(
            {
                **dict.fromkeys(("settings", "counted", "blank", "left_out", "deleted")),
                "refused": _RULE,
                "rows": Each(_VERDICT),
            }
        ),
    },
    "soap": {
        **_TRY,
        "wsdl": _ANY,
        "operations": {"refused": _SAYS, "rows": _ANY},
        "tries": Each(_TRY),
    },
    "drop": {
        **dict.fromkeys(("settings", "put", "make", "taken")),
        "refused": Each(_RULE),
        "waits": Each(_SAYS),
        "remarks": Each({"name": _ANY, "says": _ANY}),
    },
    "database": {
        **dict.fromkeys(("script", "settings")),
        "steps": Each(
            {
                "run": _ANY,
                "test": {"refused": _ANY},
                "fetch": dict.fromkeys(("rows", "faults", "remarks", "counted", "refused")),
            }
        ),
    },
    "submission": {
        **dict.fromkeys(("door", "content_type")),
        "files": Each(
            {
                **dict.fromkeys(("door", "content_type", "rows", "id")),
                "refused": _RULE,
            }
        ),
    },
    "centre": {
        "packages": Each(
            dict.fromkeys(
                ("file", "status", "header", "content_type", "door", "verdicts", "says", "stored")
            )
        ),
    },
    "propose": {
        **dict.fromkeys(("format", "settings", "organ", "record")),
        "files": Each(dict.fromkeys(("kind", "sources", "missing", "says"))),
    },
    "mapping": {"seconds": _ANY, "files": Each({"line": _ANY, "says": _ANY})},
    "conformance": {"wrong": _ANY},
    "export": dict.fromkeys(("version", "roots", "valid", "invalid")),
}
SECTIONS = frozenset(_FORMS)


def check_keys(where: str, section: str, written: Any) -> None:
    """Raise AssertionError where a section has a key that nothing looks at."""
    assert section in _FORMS, f"{where}: there is no section {section}"
    _check(f"{where}: {section}", written, _FORMS[section])


def _check(where: str, written: Any, form: Any) -> None:
    if isinstance(form, Each):
        parts = written.values() if isinstance(written, dict) else written
        for part in parts:
            _check(where, part, form.form)
    elif isinstance(form, dict) and isinstance(written, dict):
        assert written.keys() <= form.keys(), (
            f"{where}: unknown keys {written.keys() - form.keys()}"
        )
        for name, part in written.items():
            _check(f"{where}.{name}", part, form[name])
