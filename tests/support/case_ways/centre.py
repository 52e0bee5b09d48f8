"""Packages that reach the centre over HTTP, through its application on a store of its own.

The section: `packages`, a list of `{file, status}` with, where the case is about them: `header`
(texts that are put into the header's fields), `content_type`, `door: soap`, `verdicts`, `says`, and
`stored: {column: exact value}` of the last record. A package gets a GUID that nobody had before; by
SOAP, where it lies compressed within the call, it goes as it is.
"""

import re
import tempfile
from pathlib import Path
from typing import Any
from uuid import uuid4

from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from gateway.central.app import create_app
from gateway.clock import utc_now
from gateway.standard import load_gate
from outbox import open_engine
from tests.support.senders import TOKEN, centre_with

_GUID = re.compile(rb"(?<=<PackageGuid>)[^<]*")


def check(folder: Path, section: dict[str, Any]) -> None:
    """Post each package of a case and hold what came back, and what is stored, against the case."""
    with tempfile.TemporaryDirectory() as store:
        engine = open_engine(f"sqlite:///{Path(store) / 'centre.db'}")
        client = create_app(centre_with(engine, utc_now)).test_client()
        try:
            for number, right in enumerate(section["packages"], 1):
                _check_one(f"{folder.name} package {number}", folder, right, client, engine)
        finally:
            engine.dispose()


def _check_one(
    where: str, folder: Path, right: dict[str, Any], client: FlaskClient, engine: Engine
) -> None:
    data = (folder / right["file"]).read_bytes()
    if right.get("door") != "soap":
        data = _GUID.sub(str(uuid4()).encode(), data)
    for name, value in right.get("header", {}).items():
        field = re.compile(rf"(?<=<{name}>)[^<]*".encode())
        assert field.search(data), name
        data = field.sub(str(value).encode(), data)
    headers = {
        "Authorization": f"Bearer {TOKEN}",
        "Content-Type": right.get("content_type", "application/xml"),
    }
    path = "/soap" if right.get("door") == "soap" else "/packages"
    answer = client.post(path, data=data, headers=headers)
    said = answer.get_data(as_text=True)
    assert answer.status_code == right["status"], f"{where}: {answer.status_code} {said}"
    for words in right.get("says", ()):
        assert words in said, f"{where}: {said}"
    if "verdicts" in right:
        receipt = load_gate().document(answer.get_data(), "Receipt")
        verdicts = [verdict.get("verdict") for verdict in receipt.iter("{*}Verdict")]
        assert verdicts == right["verdicts"], f"{where}: {verdicts}"
    for column, value in right.get("stored", {}).items():
        with engine.connect() as connection:
            query = text(f"SELECT {column} FROM administrative_penalty")
            assert connection.execute(query).scalar_one() == value, where
