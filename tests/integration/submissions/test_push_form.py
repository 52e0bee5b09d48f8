"""Records that a person fills in by hand, in the browser or in a workbook."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook
from sqlalchemy import text

from tests.support import http_client
from tests.support.push_gateway import (
    KIND,
    RECORDS,
    TOKEN,
    Gateway,
    form,
    push_gateway,
)


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    with push_gateway(tmp_path) as receiver:
        yield receiver


def test_a_record_filled_in_by_hand_is_checked_then_submitted_and_answered(
    gateway: Gateway,
) -> None:
    wrong = {**RECORDS[0], "DecisionDate": "", "action": "submit"}

    page = form(gateway, "")
    checked = form(gateway, "record", data={**RECORDS[0], "action": "check"})
    submitted = form(gateway, "record", data=wrong, follow_redirects=False)
    gateway.exchange()
    answer = http_client.get(gateway.url + submitted.headers["Location"], auth=("water", TOKEN))

    assert "行政相对人名称" in page.text
    assert "不合格 0 条" in checked.text
    assert submitted.status_code == 302
    assert "许可决定日期" in answer.text
    assert "DecisionDate" in answer.text
    assert "退回" in answer.text


def test_a_filled_template_comes_in_by_the_same_door(gateway: Gateway) -> None:
    template = CalamineWorkbook.from_filelike(io.BytesIO(form(gateway, "template.xlsx").content))
    headings = template.get_sheet_by_index(0).to_python()[0]
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet()
    filled = [
        [record.get(KIND.field(str(name)).name, "") for name in headings] for record in RECORDS[:2]
    ]  # type: ignore[union-attr]
    for number, line in enumerate([headings, [""] * len(headings), *filled]):
        for column, cell in enumerate(line):
            sheet.write_string(number, column, str(cell))
    book.close()

    checked = form(
        gateway, "file", data={"action": "check"}, files={"file": ("a.xlsx", out.getvalue())}
    )
    submitted = form(
        gateway, "file", data={"action": "submit"}, files={"file": ("a.xlsx", out.getvalue())}
    )
    broken = form(
        gateway, "file", data={"action": "submit"}, files={"file": ("a.xlsx", b"PK no workbook")}
    )
    gateway.exchange()

    assert "不合格 0 条" in checked.text
    assert submitted.status_code == 302
    assert broken.status_code == 422
    with gateway.engine.connect() as connection:
        assert connection.execute(text("SELECT sum(packed) FROM unit")).scalar_one() == 2


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://elsewhere.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": ""}],
)
def test_another_site_cannot_submit_by_the_browser_of_who_is_signed_in(
    gateway: Gateway, headers: dict[str, str]
) -> None:
    assert (
        form(
            gateway, "record", data={**RECORDS[0], "action": "submit"}, headers=headers
        ).status_code
        == 403
    )


@pytest.mark.parametrize("path", ["", "template.xlsx", "submissions/x"])
def test_the_form_asks_for_the_feeds_token(gateway: Gateway, path: str) -> None:
    assert form(gateway, path, "wrong").status_code == 401


def test_what_is_typed_in_is_shown_as_text_and_never_runs(gateway: Gateway) -> None:
    page = form(
        gateway,
        "record",
        data={**RECORDS[0], "SubjectName": "<script>alert(1)</script>", "action": "check"},
    ).text

    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;" in page
