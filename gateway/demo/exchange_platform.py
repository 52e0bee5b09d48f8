"""The exchange platform: serves the catalogue to who has the token."""

from datetime import datetime, timedelta
from xml.sax.saxutils import escape

from flask import Flask, Response, request

from gateway.protocol.problem import problem
from gateway.protocol.shared_secret import bearer_ok
from gateway.standard.xsd_reader import EXCHANGE_NS
from gateway.text import doors

#: Feed, Chinese and English name, department, record kind, mode.
ITEMS = (
    (
        "housing-fund.payment",
        "住房公积金单位缴存",
        "Housing fund payments",
        "housing-fund",
        "HousingFundPayment",
        "service",
    ),
    (
        "market-regulator.penalty",
        "行政处罚",
        "Administrative penalties",
        "market-regulator",
        "AdministrativePenalty",
        "file",
    ),
    (
        "environment.licence",
        "行政许可",
        "Administrative licences",
        "environment",
        "AdministrativeLicence",
        "database",
    ),
)


def catalogue_xml(
    serial: int,
    issued_at: datetime,
    every: str = "PT5S",
    window: tuple[str, str] = ("00:00", "24:00"),
    listed: tuple[tuple[str, str, str, str, str, str], ...] = ITEMS,
) -> bytes:
    """Return a catalogue of feeds as XML, from items like `ITEMS`; `every` is an xs:duration."""
    items = "".join(
        f'<Item feed="{feed}"><NameZh>{escape(zh)}</NameZh><NameEn>{escape(en)}</NameEn>'
        f"<Department>{department}</Department><RecordKind>{kind}</RecordKind>"
        f"<SchemaVersion>1.0</SchemaVersion><Mode>{mode}</Mode><FetchEvery>{every}</FetchEvery>"
        f"<DeliverFrom>{window[0]}</DeliverFrom><DeliverTo>{window[1]}</DeliverTo>"
        "<DueWithin>PT1H</DueWithin></Item>"
        for feed, zh, en, department, kind, mode in listed
    )
    until = issued_at + timedelta(days=365)
    return (
        '<?xml version="1.0" encoding="UTF-8"?><Catalogue'
        f' xmlns="{EXCHANGE_NS}"><Serial>{serial}</Serial>'
        f"<IssuedAt>{issued_at.isoformat(timespec='seconds')}</IssuedAt>"
        f"<ValidUntil>{until.isoformat(timespec='seconds')}</ValidUntil>{items}</Catalogue>"
    ).encode()


class ExchangePlatform:
    """Serves one document; assign `document` to issue another catalogue."""

    def __init__(self, document: bytes, token: str) -> None:
        self.document = document
        self._token = token

    def app(self) -> Flask:
        """Return the WSGI application of the platform."""
        app = Flask(__name__)

        @app.get("/catalogue")
        def _catalogue() -> Response:
            if not bearer_ok(request.headers.get("Authorization"), self._token):
                return problem(401, doors.token_wrong())
            return Response(self.document, content_type="application/xml")

        return app
