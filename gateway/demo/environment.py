"""The environment bureau: a front-end table of licences with the exchange's status columns."""

from datetime import UTC, datetime

from sqlalchemy import Column, Engine, Integer, MetaData, String, Table, Text, insert

from gateway.demo.generate import Row

TABLE = "xk_front"
#: Columns that belong to the exchange and not to the licence.
STATUS = {
    "status": "xyptstate",
    "version": "xyptmodify_date",
    "reason": "xypt_reason",
    "exchanged_at": "xypt_time",
}


def front_end_table(columns: list[str]) -> Table:
    """Return the table: a key, the licence's columns as text, and the columns of the exchange."""
    return Table(
        TABLE,
        MetaData(),
        Column("id", Integer, primary_key=True),
        *(Column(name, Text) for name in columns),
        Column("xyptstate", String(1), nullable=False, index=True),
        Column("xyptmodify_date", String(32), nullable=False),
        Column("xypt_time", String(40)),
        Column("xypt_reason", Text),
    )


def fill(engine: Engine, rows: list[Row]) -> Table:
    """Create the table where it is missing, add rows that wait for exchange, and return it."""
    table = front_end_table(list(rows[0]))
    table.metadata.create_all(engine)
    now = datetime.now(UTC).isoformat()
    with engine.begin() as connection:
        connection.execute(
            insert(table), [{**row, "xyptstate": "0", "xyptmodify_date": now} for row in rows]
        )
    return table
