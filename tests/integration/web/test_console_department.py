"""What a department's engineer does in the console: refused rows, an adapter."""

import io
import re
import socket
import time

import httpx
import pytest
from lxml import html

from gateway import audit
from gateway.demo.market_regulator import drop_file
from gateway.exchange.refusal_counts import open_counts
from gateway.serving.server import WsgiServer
from tests.support.site import FEED, OURS, Person, Site, brought, mended_workbook, said

#: One town for all of them, in one process.
pytestmark = pytest.mark.xdist_group("test_console_department")


def upload(person: Person, data: bytes, action: str, feed: str = FEED):  # type: ignore[no-untyped-def]
    return person.post(
        f"/refusals/{feed}/mended", {"file": (io.BytesIO(data), "mended.xlsx"), "action": action}
    )


def test_refused_rows_are_downloaded_mended_uploaded_and_accepted(site: Site) -> None:
    editor = site.person("editor")
    brought(site, "bad.csv", 60, CF_CFLB1="没有这种处罚")
    before = open_count(site)
    groups = editor.get(f"/refusals/?feed={FEED}").text
    data = editor.get(f"/refusals/{FEED}/rows.xlsx?rule=map.code&field=PenaltyClass").data
    still_wrong = upload(editor, data, "submit").text
    checked = upload(editor, mended_workbook(data, CF_CFLB1="罚款"), "check").text
    sent = upload(editor, mended_workbook(data, CF_CFLB1="罚款"), "submit").text
    site.exchange()
    receipt = re.search(r"/submissions/([0-9a-f-]{36})", editor.get(f"/refusals/{FEED}").text)[1]  # type: ignore[index]
    told = editor.get(f"/refusals/{FEED}/submissions/{receipt}").text

    assert "map.code" in groups
    assert "处罚类别" in groups
    assert "检查结果：2 行，不合格 0 行" in checked
    assert "已提交 2 行" in said(sent)[0]
    assert still_wrong
    assert told.count("已接收") == 2
    assert open_count(site) < before
    with site.gateway.engine.connect() as connection:
        [entry] = [
            e for e in audit.entries(connection, target=FEED) if e.act == "refusals.download"
        ]
    assert entry.person == "editor"


def open_count(site: Site) -> int:
    with site.gateway.engine.connect() as connection:
        return open_counts(connection).get(FEED, 0)


@pytest.mark.parametrize("data", [b"", b"x" * 100, b"PK\x03\x04" + b"\0" * 200])
def test_what_is_no_workbook_is_said_and_nothing_is_taken(site: Site, data: bytes) -> None:
    answer = upload(site.person("editor"), data, "submit")

    assert answer.status_code == 200
    assert said(answer.text)


def filled(text: str, action: str) -> dict[str, list[str]]:
    """Read the values of a page's form, as a browser would send them."""
    [form] = [
        one
        for one in html.fromstring(text).forms
        if one.action == action and "yaml" not in one.fields
    ]
    values: dict[str, list[str]] = {}
    for name, value in form.form_values():
        if name != "csrf":
            values.setdefault(name, []).append(value)
    return values


def test_an_adapter_is_registered_tried_mapped_submitted_and_approved(site: Site) -> None:
    editor, operator = site.person("editor"), site.person("operator")
    feed = "market-regulator.penalty-2"
    rows = [
        dict(row) | {"CF_WSH": f"二科〔2028〕{n}号", "CF_XDR_LB": "1" if row["CF_XDR_SFZ"] else "2"}
        for n, row in enumerate(site.town.sources[FEED].rows[:30])
    ]
    editor.post("/adapters/", {"feed": feed, "kind": "sftp", "owner": "信息科"})
    host = {
        "s.host": "127.0.0.1",
        "s.port": str(site.town.sftp.port),
        "s.username": "creditgate",
        "s.host_key": site.town.sftp.host_key,
        "s.folder": "/two",
        "s.settle": "0",
    }
    drop_to = site.town.sftp.folder / "two"
    drop_to.mkdir()
    drop_file(drop_to, "first.csv", rows)
    saved = editor.post(f"/adapters/{feed}/settings", {**host, "drift": "pause"})
    secret = editor.post(
        f"/adapters/{feed}/secret", {"name": "password", "value": site.town.secrets.sftp}
    )
    tested = editor.post(f"/adapters/{feed}/test").text
    proposed = editor.post(
        f"/adapters/{feed}/sample",
        {
            "action": "propose",
            "mode": "append",
            "organ": "惠州市市场监督管理局",
            "organ_code": "11441300007204567Q",
        },
    )
    mapping = editor.get(f"/adapters/{feed}/mapping").text
    form = filled(mapping, f"/adapters/{feed}/mapping")
    incomplete = editor.post(f"/adapters/{feed}/preview", form).text
    form["from.ViolationKind"] = ["CF_AJMC"]
    preview = editor.post(f"/adapters/{feed}/preview", form).text
    mapped = editor.post(f"/adapters/{feed}/mapping", form | {"why": ["looked at"]})
    trial = editor.post(f"/adapters/{feed}/trial").text
    early = operator.post(f"/adapters/{feed}/state", {"state": "live", "version": "1", "why": "x"})
    submitted = editor.post(f"/adapters/{feed}/submit", {"why": "please"})
    waits = operator.get("/").text
    version = site.gateway.fetching.registry.show(feed).about.version
    approved = operator.post(
        f"/adapters/{feed}/state", {"state": "live", "version": str(version), "why": "looked at it"}
    )
    site.gateway.fetching.refresh()

    assert "已保存，第 2 版" in said(saved.text)[0]
    assert "不再显示" in said(secret.text)[0]
    assert (
        site.town.secrets.sftp
        not in editor.get(f"/adapters/{feed}").text + editor.get(f"/adapters/{feed}/settings").text
    )
    assert tested.count("✓") >= 4
    assert "全部通过" in tested
    assert "行政处罚" in said(proposed.text)[0]
    assert "缺少必填目标" in said(proposed.text)[1]
    assert len(form) > 8
    assert "缺少必填目标" in incomplete
    assert "30 行，合格 30，退回 0" in preview
    assert "已保存，第 3 版" in said(mapped.text)[0]
    assert "可以提交审批" in trial
    assert "请查看后再批准" in said(early.text)[0]
    assert "待运维员批准" in said(submitted.text)[0]
    assert f"/adapters/{feed}" in waits
    assert said(approved.text) == ["已办理"]
    assert feed in site.gateway.fetching.due


def test_a_large_workbook_and_a_long_mapping_are_taken_and_larger_ones_refused(site: Site) -> None:
    editor = site.person("editor")
    row = "a" * 1000
    brought(site, "large.csv", 90, CF_CFLB1="没有这种")
    data = mended_workbook(editor.get(f"/refusals/{FEED}/rows.xlsx").data)
    padded = upload(editor, data + b"\0" * 2_000_000, "check")
    with upload(editor, b"\0" * 17_000_000, "check") as answer:
        too_large = answer.status_code
    long = editor.post(f"/adapters/{FEED}/mapping", {"yaml": f"# {row}\n" * 300})
    too_long = editor.post(f"/adapters/{FEED}/mapping", {"yaml": row * 1100})

    assert padded.status_code == 200
    assert too_large == 413
    assert long.status_code == 404
    assert too_long.status_code == 413


def test_the_steps_of_a_connection_test_are_shown_as_they_pass(site: Site) -> None:
    editor, feed = site.person("editor"), "market-regulator.silent"
    with socket.create_server(("127.0.0.1", 0)) as silent:
        editor.post("/adapters/", {"feed": feed, "kind": "sftp"})
        port = str(silent.getsockname()[1])
        editor.post(
            f"/adapters/{feed}/settings",
            {
                "s.host": "127.0.0.1",
                "s.port": port,
                "s.username": "x",
                "s.host_key": site.town.sftp.host_key,
                "s.timeout": "2",
                "drift": "pause",
            },
        )
        editor.post(f"/adapters/{feed}/secret", {"name": "password", "value": "x"})
        server = WsgiServer(site.app).start()
        cookie = editor.client.get_cookie("creditgate")
        assert cookie is not None
        begun, seen = time.monotonic(), []
        with httpx.stream(
            "POST",
            f"http://127.0.0.1:{server.port}/adapters/{feed}/test",
            data={"csrf": editor.csrf},
            cookies={"creditgate": cookie.value},
            headers=OURS,
            timeout=30,
        ) as answer:
            seen = [(time.monotonic() - begun, text) for text in answer.iter_text()]
        server.stop()

    [passed] = [at for at, text in seen if "主机名" in text]
    [failed] = [at for at, text in seen if "✗" in text]
    assert passed < 1 < failed
