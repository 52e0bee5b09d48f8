"""The table of days that were imported."""

from sqlalchemy import Column, Date, MetaData, String, Table

metadata = MetaData()


calendar_day = Table(
    "calendar_day",
    metadata,
    Column("day", Date, primary_key=True),
    # holiday, workday (a weekend day that is worked)
    Column("kind", String(8), nullable=False),
)
