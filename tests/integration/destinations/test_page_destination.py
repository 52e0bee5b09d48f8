"""The destination that docs/how-to shows keeps the contract, as it stands on the page."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import zstandard

from gateway.destinations.testing import CentreUnderTest, DestinationContract, Reply
from tests.support.places import ROOT

PAGE = ROOT / "docs" / "how-to" / "a-kind-of-your-own.md"
[SOURCE] = re.findall(
    r"`creditgate_share\.py`:\n\n```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL
)
MODULE: dict[str, Any] = {}
exec(compile(SOURCE, "creditgate_share.py", "exec"), MODULE)


class Share(CentreUnderTest):
    kind = MODULE["ShareDestination"]

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._folder.mkdir()
        self._replies: dict[str, Reply] = {}

    def settings(self) -> dict[str, Any]:
        return {"folder": str(self._folder)}

    def answer_with(self, guid: str, reply: Reply) -> None:
        self._replies[guid] = reply

    def packages(self) -> Mapping[str, bytes]:
        return {
            path.name.partition(".")[0]: zstandard.decompress(path.read_bytes())
            for path in self._folder.glob("*.xml.zst")
        }

    def look(self) -> None:
        for guid in self.packages():
            reply = self._replies[guid]
            if reply.kind == "receipt":
                (self._folder / f"{guid}.receipt.xml").write_bytes(reply.body)
            else:
                problem = {"status": reply.status, "detail": "不收 / no"}
                (self._folder / f"{guid}.refused.json").write_text(json.dumps(problem))

    def go_away(self) -> None:
        self._folder.rename(self._folder.with_suffix(".away"))


class TestShare(DestinationContract):
    cannot = {  # noqa: RUF012
        "failure": "the centre does not answer a call",
        "lost answer": "every receipt is fetched later",
        "hang": "nobody waits for the centre",
    }

    @pytest.fixture
    def centre(self, tmp_path: Path) -> Share:
        return Share(tmp_path / "share")


@pytest.mark.parametrize("answer", ["", "[]", "{}", '{"status": "422", "detail": "x"}', "[" * 9999])
def test_what_is_no_refusal_is_no_answer(tmp_path: Path, answer: str) -> None:
    from gateway.destinations import Failed
    from gateway.destinations.testing import make_package

    package = make_package()
    (tmp_path / f"{package.claim.guid}.refused.json").write_text(answer)
    made = Share.kind(Share.kind.Settings(folder=tmp_path))

    assert isinstance(made.send(package.claim, package.keys), Failed)
