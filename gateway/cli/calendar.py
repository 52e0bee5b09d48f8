"""Command calendar: which days are worked, and the import of a year that was announced."""

from datetime import date, timedelta
from pathlib import Path

import click

from gateway import audit
from gateway.cli.opening import opened
from gateway.cli.output import (
    explained,
    json_option,
    print_json,
    print_table,
    settings_option,
)
from gateway.cli.person import person_option, why_option
from gateway.clock import local_day, utc_now
from gateway.text import columns, command_output, workdays
from gateway.workdays.model import CalendarRefusedError, read_year
from gateway.workdays.store import import_year, load_calendar
from outbox import writing

_WEEKDAYS = "一二三四五六日"


@click.group()
def calendar() -> None:
    """节假日与调休 / Holidays and makeup workdays."""


@calendar.command("show")
@click.argument("year", type=int, required=False)
@settings_option
@json_option
@explained
def calendar_show(year: int | None, settings_file: Path, as_json: bool) -> None:
    """一年的放假与调休上班日 / A year's holidays and makeup workdays."""
    year = year or local_day(utc_now()).year
    with opened(settings_file) as (_, engine, _box), engine.connect() as connection:
        known_years = load_calendar(connection)
    arrangement = known_years.years.get(year)
    rest, work = (
        (sorted(arrangement.holidays), sorted(arrangement.makeups)) if arrangement else ([], [])
    )
    if as_json:
        print_json(
            {
                "year": year,
                "known": arrangement is not None,
                "source": arrangement.source if arrangement else "",
                "holidays": rest,
                "workdays": work,
            }
        )
        return
    if arrangement is None:
        click.echo(
            f"没有 {year} 年的安排，只按周末休息；公布后执行 creditgate calendar import\n"
            f"{year} is not known: weekends only are days off; once it is announced run"
            " creditgate calendar import"
        )
        return
    print_table(
        f"{year}（{arrangement.source}）",
        ("", columns.days()),
        [(columns.off(), _runs(rest)), (columns.worked(), _runs(work))],
    )


@calendar.command("import")
@click.argument("year", type=click.IntRange(2000, 2100))
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@why_option
@person_option
@settings_option
@json_option
@explained
def calendar_import(
    year: int, file: Path, reason: str, person: str, settings_file: Path, as_json: bool
) -> None:
    """导入一年的安排：CSV，每行“日期,放假”或“日期,上班” / Import a year: CSV lines `date,holiday`
    or `date,workday`.
    """
    try:
        text = file.read_text("utf-8-sig")
    except UnicodeDecodeError:
        raise CalendarRefusedError.of(workdays.not_utf8(file)) from None
    arrangement = read_year(text, year)
    with opened(settings_file) as (_, engine, _box), writing(engine) as connection:
        import_year(connection, year, arrangement, utc_now(), person)
        audit.record_act(connection, utc_now(), person, "calendar.import", str(year), reason)
    if as_json:
        print_json(
            {
                "year": year,
                "holidays": len(arrangement.holidays),
                "workdays": len(arrangement.makeups),
            }
        )
    else:
        click.echo(
            command_output.year_imported(year, len(arrangement.holidays), len(arrangement.makeups))
        )


def _runs(days: list[date]) -> str:
    """Write days shortly: runs of days as first to last, each with its day of the week."""
    runs: list[tuple[date, date]] = []
    for day in days:
        if runs and runs[-1][1] == day - timedelta(days=1):
            runs[-1] = (runs[-1][0], day)
        else:
            runs.append((day, day))
    return "  ".join(_day(a) if a == b else f"{_day(a)}–{_day(b)}" for a, b in runs)


def _day(day: date) -> str:
    return f"{day:%m-%d}({_WEEKDAYS[day.weekday()]})"


COMMANDS = (calendar,)
