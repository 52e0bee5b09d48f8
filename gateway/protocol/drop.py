"""What gateway and centre agree on where packages are dropped: file names, a front-end table."""

from sqlalchemy import BigInteger, Column, LargeBinary, MetaData, String, Table, Text

from outbox.database import UtcDateTime

#: A package is GUID.xml.zst, its receipt GUID.receipt.xml, either's signature has .sig after that;
#: a package refused whole gets GUID.refused.json, a problem document.
PACKAGE, RECEIPT, REFUSAL, SIGNATURE = ".xml.zst", ".receipt.xml", ".refused.json", ".sig"

#: Folder below a drop into which goes what can be no package.
SET_ASIDE = "set-aside"

metadata = MetaData()

#: state of a row: the centre has not looked, gave its receipt, or refused the package whole.
WAITING, RECEIVED, REFUSED = "waiting", "received", "refused"

package_in = Table(
    "credit_package_in",
    metadata,
    Column("guid", String(36), primary_key=True),
    Column("feed", String(81), nullable=False),
    Column("sequence", BigInteger, nullable=False),
    # zstd of the package's XML, and the sender's signature ("" where none is asked for).
    Column("content", LargeBinary, nullable=False),
    Column("signature", Text, nullable=False),
    Column("dropped_at", UtcDateTime, nullable=False),
    Column("state", String(8), nullable=False, index=True),
    Column("receipt", LargeBinary),
    Column("receipt_signature", Text),
    # Of a package that is refused whole: HTTP's status for it, and why.
    Column("status", BigInteger),
    Column("reason", Text),
)
