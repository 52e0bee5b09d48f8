"""What operators do with packages in the console: held, dropped by two, found, traced."""

import re
from datetime import timedelta

import pytest

from gateway import audit
from gateway.accounts import RIGHTS_OF, Principal
from gateway.exchange import feed_store, unit_store
from gateway.exchange.blind_index import make_some
from tests.support.site import FEED, OTHERS, Site, brought, newest, said

#: One town for all of them, in one process.
pytestmark = pytest.mark.xdist_group("test_console_packages")


def verdicts(site: Site, file: str) -> str:
    """Read the result file beside a dropped one."""
    site.gateway.fetching.acknowledge()
    [path] = [
        path
        for path in site.town.sftp.folder.iterdir()
        if path.name.startswith(file) and "result" in path.name
    ]
    return path.read_bytes().decode("gb18030")


def test_a_package_is_held_released_and_delivered(site: Site) -> None:
    operator = site.person("operator")
    package = brought(site, "held.csv", 10)
    answer = operator.post(f"/packages/{package.guid}/hold", {"why": "wait for the centre"})
    site.deliver()
    while_held = newest(site).state
    listed = operator.get("/packages/?state=held").text
    operator.post(f"/packages/{package.guid}/release", {"why": "it is back"})
    site.deliver()
    page = operator.get(f"/packages/{package.guid}").text

    assert said(answer.text) == ["已搁置，不会发送"]
    assert while_held == "held"
    assert package.guid in listed
    assert newest(site).state == "settled"
    assert "operator: wait for the centre" in page
    assert "送达" in page


def test_a_drop_wants_a_second_person_and_its_rows_are_told_as_refused(site: Site) -> None:
    site.deliver()
    operator, second = site.person("operator"), site.person("second")
    package = brought(site, "dropped.csv", 20)
    operator.post(f"/packages/{package.guid}/hold", {"why": "looks wrong"})
    answer = operator.post(f"/packages/{package.guid}/drop", {"why": "test rows"})
    same = operator.post(f"/packages/{package.guid}/drop", {"why": "again"})
    before = newest(site).state
    offered = [one.get(f"/packages/{package.guid}").text for one in (operator, second)]
    waits = second.get("/").text
    done = second.post(f"/packages/{package.guid}/drop", {"why": "agreed"})

    assert said(answer.text)[0] == "已记录，须另一人同意后作废"
    assert "须由另一人同意" in said(same.text)[0]
    assert ["同意作废" in page for page in offered] == [False, True]
    assert before == "held"
    assert package.guid in waits
    assert "作废" in said(done.text)[0]
    assert newest(site).state == "dropped"
    # Grey, and nothing is offered: what two persons did is undone by nobody.
    page = operator.get(f"/packages/{package.guid}").text
    assert '<span class="light idle">已作废</span>' in page
    assert f"/packages/{package.guid}/" not in page
    response = operator.post(f"/packages/{package.guid}/replay", {"why": "send it after all"})
    assert "已作废" in said(response.text)[0]
    assert newest(site).state == "dropped"
    assert package.guid in operator.get("/packages/?state=dropped").text
    assert package.guid not in operator.get("/packages/?state=settled").text
    assert "operator, second" in verdicts(site, "dropped.csv")
    with site.gateway.engine.connect() as connection:
        totals = {one.feed: one for one in feed_store.totals(connection)}[FEED]
        acts = [entry.act for entry in audit.entries(connection, target=package.guid)]
    assert totals.waiting == 0
    assert acts == ["package.hold", "package.drop_asked", "package.drop"]


def test_nobody_is_a_second_person_by_a_token_of_their_own(site: Site) -> None:
    operator = site.person("operator")
    package = brought(site, "alone.csv", 110)
    rights = RIGHTS_OF["operator"]
    token = site.app.extensions["creditgate"].tokens.make(
        Principal("operator", rights, None), "script", rights, timedelta(days=1)
    )
    operator.post(f"/packages/{package.guid}/drop", {"why": "mine"})
    answer = site.app.test_client().post(
        f"/api/v1/packages/{package.guid}/drop",
        json={"why": "mine too"},
        headers={"Authorization": f"Bearer {token}"},
    )

    assert answer.status_code == 409
    assert newest(site).state == "waiting"
    operator.post(f"/packages/{package.guid}/keep", {"why": "done"})
    site.deliver()


def test_what_was_dropped_travels_when_it_comes_again(site: Site) -> None:
    operator, second = site.person("operator"), site.person("second")
    package = brought(site, "again-1.csv", 30)
    for person in (operator, second):
        person.post(f"/packages/{package.guid}/drop", {"why": "too early"})
    again = brought(site, "again-2.csv", 30)
    site.deliver()

    assert again.guid != package.guid
    assert newest(site).guid == again.guid
    assert newest(site).state == "settled"
    with site.gateway.engine.connect() as connection:
        assert "again-2.csv" in unit_store.latest(connection, FEED, 1)[0].name


def test_a_wish_to_drop_is_taken_back(site: Site) -> None:
    operator = site.person("operator")
    package = brought(site, "kept.csv", 40)
    operator.post(f"/packages/{package.guid}/drop", {"why": "mistake"})
    answer = operator.post(f"/packages/{package.guid}/keep", {"why": "no, it is right"})
    site.deliver()

    assert said(answer.text) == ["已撤回作废请求"]
    assert newest(site).state == "settled"


def test_an_act_without_a_reason_or_out_of_place_changes_nothing(site: Site) -> None:
    operator = site.person("operator")
    package = newest(site, state="settled")

    assert (
        "请写明原因"
        in said(operator.post(f"/packages/{package.guid}/replay", {"why": " "}).text)[0]
    )
    for what in ("retry", "hold", "release", "drop"):
        refused = said(operator.post(f"/packages/{package.guid}/{what}", {"why": "x"}).text)[0]
        assert "状态为“已结清”，不能如此处理" in refused
    answer = operator.post(f"/packages/{package.guid}/keep", {"why": "x"})
    assert "没有人请求作废" in said(answer.text)[0]
    assert operator.post(f"/packages/{package.guid}/burn", {"why": "x"}).status_code == 404


@pytest.mark.parametrize("how", ["guid", "number", "key", "identifier"])
def test_a_package_is_found_by_what_it_has(site: Site, how: str) -> None:
    operator = site.person("operator")
    site.gateway.fetching.mark()
    guid = newest(site, OTHERS).guid
    page = operator.get(f"/packages/{guid}").text
    text = {
        "guid": guid.upper(),
        "number": site.town.sources[OTHERS].rows[0]["XK_WSH"],
        "key": re.findall(r"<code>([0-9a-f]{32})</code>", page)[0],
        "identifier": f" {site.town.sources[OTHERS].rows[0]['XK_XDR_SHXYM'].lower()} ",
    }[how]

    found = operator.get("/packages/", query_string={"q": text}).text
    nothing = operator.get("/packages/", query_string={"q": f"{text}0"}).text

    assert "/packages/" + (guid if how in ("guid", "key") else "") in found
    assert "<tbody><tr>" in found.replace("\n", "").replace(" ", "")
    assert "没有符合的数据包" in nothing


def test_identifiers_are_masked_on_every_page(site: Site) -> None:
    operator = site.person("operator")
    row = next(row for row in site.town.sources[OTHERS].rows if row["XK_XDR_SHXYM"])
    number = row["XK_WSH"]
    pages = [
        operator.get(f"/packages/{newest(site, OTHERS).guid}").text,
        operator.get(f"/records/{OTHERS}", query_string={"q": number}).text,
    ]

    for text in pages:
        # A licence's own number may begin with it.
        assert f">{row['XK_XDR_SHXYM']}<" not in text
    assert number in pages[1]
    assert "原行与记录" in pages[1]


def test_a_records_way_tells_where_it_came_from_and_what_became_of_it(site: Site) -> None:
    brought(site, "way.csv", 50)
    site.deliver()
    make_some(site.gateway.engine, site.gateway.outbox, {FEED: ("DocumentNumber",)})

    # Typed as it is printed, and in full-width digits with a space.
    for number in ("惠市监处罚〔2028〕50号", "惠市监处罚〔２０２８〕 ５０号"):
        text = site.person("viewer").get(f"/records/{FEED}", query_string={"q": number}).text
        for part in ("way.csv", "行 2", newest(site).guid, "送达", "已接收"):
            assert part in text
