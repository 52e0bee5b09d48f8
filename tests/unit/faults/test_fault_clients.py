"""What the fault suite's clients do after a restore, and how their records are counted."""

from datetime import date
from pathlib import Path

import httpx
import pytest

from gateway.store.open import open_store
from gateway.submissions import store as submissions
from outbox import writing
from tests.faults import versions
from tests.faults.departments.push import Answer, Gone, PushDepartment
from tests.faults.ledger import Delivery, Ledger
from tests.faults.versions import Seen
from tests.support.clock import NOW

#: What the checker says of too many records.
COUNT = "records in packages for"


class Gateway:
    """What is asked of a gateway over a wire; its store can be put back."""

    def __init__(self) -> None:
        self.store: dict[str, str] = {}
        self.given: set[str] = set()

    def mapping(self, _folder: Path, _feed: str) -> tuple[Path, list[str]]:
        raise NotImplementedError

    def post(self, _http: httpx.Client, _url: str, name: str, _delivery: Delivery) -> str:
        receipt = f"receipt-of-{name}"
        self.given.add(receipt)
        return self.store.setdefault(name, receipt)

    def ask(self, _http: httpx.Client, _url: str, receipt: str) -> Answer:
        if receipt in self.given and receipt not in self.store.values():
            raise Gone
        return Answer("waiting", [])


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


@pytest.fixture
def client(gateway: Gateway) -> PushDepartment:
    ledger = Ledger("water.json", 1, 200, date(2026, 11, 28))
    ledger.turns_down = False
    return PushDepartment(ledger, gateway, "token", lambda: "http://gateway")


def works(client: PushDepartment) -> None:
    """Let a client post and ask until it only waits."""
    with httpx.Client() as http:
        while client._step(http):
            pass


def restored_under(client: PushDepartment, gateway: Gateway, *, learns_late: bool) -> None:
    """Lose two deliveries by a restore; the client posts two more before or after it asks."""
    client.release()
    works(client)
    backup = dict(gateway.store)
    client.release()
    works(client)
    gateway.store = backup
    if not learns_late:
        works(client)
    client.release()
    works(client)


def complaints(client: PushDepartment, packages: list[int]) -> list[str]:
    """Return what the checker says of the number of records in packages."""
    seen = Seen(client.told(), {}, list(enumerate(packages)))
    return [one for one in versions.complaints_at_the_end(client, seen) if COUNT in one]


def test_a_client_that_learns_of_a_loss_late_posts_all_from_there_on_and_it_is_counted_so(
    client: PushDepartment, gateway: Gateway
) -> None:
    restored_under(client, gateway, learns_late=True)
    first, older, third, again, fifth, corrected = client.ledger.deliveries

    # The last two were in the store before the lost ones came again.
    order = [first, older, fifth, corrected, third, again, fifth, corrected]
    assert list(gateway.store) == [
        *(one.name for one in order[:4]),
        *(f"{one.name}-1" for one in order[4:]),
    ]
    assert client.taken == order
    assert client.gone_receipts == [f"receipt-of-{one.name}" for one in (third, again)]


def travelled(client: PushDepartment) -> int:
    """Count by hand what a store sends of its versions: those unlike their record's last."""
    last: dict[int, int] = {}
    count = 0
    for delivery in client.taken:
        for version in delivery.versions:
            if version.row["XK_ZT"] == "0":
                count += last.get(version.record) != version.number
                last[version.record] = version.number
    return count


@pytest.mark.parametrize("learns_late", [True, False])
def test_as_many_records_as_were_news_may_travel_and_not_one_more(
    client: PushDepartment, gateway: Gateway, learns_late: bool
) -> None:
    restored_under(client, gateway, learns_late=learns_late)
    once = sum(version.row["XK_ZT"] == "0" for version in client.ledger.versions)
    news = travelled(client)

    assert (news > once) is learns_late
    assert complaints(client, [news]) == []
    assert len(complaints(client, [news, 1])) == 1


def test_without_a_restore_each_version_travels_once(client: PushDepartment) -> None:
    client.release()
    works(client)
    once = sum(version.row["XK_ZT"] == "0" for version in client.ledger.versions)

    assert complaints(client, [once]) == []
    assert len(complaints(client, [once + 1])) == 1


def test_a_receipt_that_is_told_to_be_gone_and_is_in_the_store_is_named(
    client: PushDepartment, gateway: Gateway, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'gateway.db'}"
    engine = open_store(url)
    with writing(engine) as connection:
        known = submissions.take(connection, "water.json", [{"a": "1"}], "", NOW).receipt
    engine.dispose()
    restored_under(client, gateway, learns_late=False)
    lost = versions.told_gone_and_known(client, url)
    client._gone.append(known)

    assert lost == []
    assert versions.told_gone_and_known(client, url) == [
        f"ONCE water.json: receipt {known} was told to be gone and is in the store"
    ]
