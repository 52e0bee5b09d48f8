"""Files laid in a drop, and what a fetch makes of them.

The section: `settings` (of the kind `folder`; `settle` is 0 unless given); `put: {name in the drop:
file of the case}`, by default every file of the case under its own name; `make: {name: text, or
{text, encoding}}` for more of them. Then what is right, complete: `taken: {name: rows}`, `refused:
{name: {rule, says}}`, `waits: {name: {says}}`, `remarks: [{name, says}]`. What is named nowhere
must pass unsaid. A second fetch from where the first ended must bring nothing and say nothing
again.
"""

import shutil
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from adapters import BadUnit, Batch, Fetched, Remark
from adapters.files.folder import FolderAdapter, FolderSettings


def check(folder: Path, section: dict[str, Any]) -> None:
    """Lay a case's files in a drop, fetch twice, and hold what came out against the case."""
    with tempfile.TemporaryDirectory() as scratch:
        drop = Path(scratch)
        _lay(folder, drop, section)
        settings = {"folder": str(drop), "settle": 0, **section.get("settings", {})}
        adapter = FolderAdapter(FolderSettings.model_validate(settings))
        first = list(adapter.fetch(""))
        held_back = adapter.held_back()
        cursors = [item.cursor for item in first if isinstance(item, Batch | BadUnit)]
        again = list(adapter.fetch(cursors[-1] if cursors else ""))
    _compare(folder.name, section, first, held_back)
    assert not again, f"{folder.name}: a second fetch brought {again}"


def _lay(folder: Path, drop: Path, section: dict[str, Any]) -> None:
    own = {path.name: path.name for path in folder.iterdir() if path.name != "case.yaml"}
    for name, source in section.get("put", own).items():
        shutil.copy(folder / source, drop / name)
    for name, about in section.get("make", {}).items():
        text, encoding = (about, "utf-8") if isinstance(about, str) else about.values()
        (drop / name).write_bytes(text.encode(encoding))


def _compare(
    where: str, section: dict[str, Any], came: list[Fetched], held_back: dict[str, Any]
) -> None:
    rows: Counter[str] = Counter()
    refused: dict[str, tuple[str, str]] = {}
    for item in came:
        if isinstance(item, Batch):
            rows[item.unit.rpartition("@")[0]] += item.rows.height
        elif isinstance(item, BadUnit):
            refused[item.unit.rpartition("@")[0]] = (item.rule, f"{item.zh} {item.en}")
    assert dict(rows) == section.get("taken", {}), f"{where}: taken {dict(rows)}, {refused}"
    right = section.get("refused", {})
    assert refused.keys() == right.keys(), f"{where}: refused {refused}"
    for name, verdict in right.items():
        rule, text = refused[name]
        assert rule == verdict["rule"], f"{where} {name}: {rule} {text}"
        _says(f"{where} {name}", verdict, text)
    waits = section.get("waits", {})
    assert held_back.keys() == waits.keys(), f"{where}: waits {held_back}"
    for name, verdict in waits.items():
        _says(f"{where} {name}", verdict, " ".join(held_back[name]))
    _compare_remarks(where, section, [item for item in came if isinstance(item, Remark)])


def _compare_remarks(where: str, section: dict[str, Any], came: list[Remark]) -> None:
    """Every file that waits has its remark, and so has what the case names; there is no other."""
    said = [(remark.name, f"{remark.zh} {remark.en}") for remark in came]
    wanted = [*section.get("remarks", ()), *section.get("waits", {}).values()]
    assert len(said) == len(wanted), f"{where}: remarks {said}"
    for verdict in wanted:
        matching = [
            text
            for name, text in said
            if name == verdict.get("name", name)
            and all(words in text for words in verdict.get("says", ()))
        ]
        assert matching, f"{where}: {verdict} is not among {said}"


def _says(where: str, verdict: dict[str, Any], text: str) -> None:
    for words in verdict.get("says", ()):
        assert words in text, f"{where}: says {text}"
