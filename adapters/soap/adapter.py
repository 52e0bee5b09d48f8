"""The SOAP adapter: which calls make a fetch, when a list has ended, what a unit is."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from adapters import (
    SAMPLE_ROWS,
    Batch,
    Fetched,
    RowFault,
    SourceRefusedError,
    SourceUnavailableError,
    Step,
    Tally,
)
from adapters.reader.bodies import read_answer
from adapters.result_codes import says_more
from adapters.soap.calling import Caller, doubt_of
from adapters.soap.page import ListState, Page, batch_of, moment, sum_of
from adapters.soap.settings import SoapSettings
from adapters.soap_answers.model import Head
from adapters.text import connection_steps, soap_pages
from adapters.transports.probe import LoginPause
from adapters.wsdl import with_host

_SHANGHAI = ZoneInfo("Asia/Shanghai")


class SoapAdapter:
    """Calls for pages until none is left.

    The cursor is the service's own, or the day up to which everything was fetched; empty where
    everything is fetched each time.
    """

    Settings = SoapSettings

    def __init__(self, settings: SoapSettings) -> None:
        self._settings = settings
        self._caller = Caller(settings, read_answer)
        self._pause = LoginPause()
        self._columns: tuple[str, ...] = settings.columns
        #: Whether the columns are all that may come: the settings' or the WSDL's.
        self._closed = bool(settings.columns)

    def fetch(self, cursor: str) -> Iterator[Fetched]:
        """Yield one batch a page."""
        with self._pause.logging_in():
            # A token may have run out since the last fetch.
            self._caller.log_in()
            match self._settings.paging:
                case "cursor":
                    yield from self._by_cursor(cursor)
                case "date":
                    yield from self._by_date(cursor)
                case _:
                    yield from self._whole()

    def keep(self, batch: Batch) -> None:
        """Nothing to do: the cursor is ours to keep."""

    def acknowledge(self, _unit: str, verdicts: Iterable[pl.DataFrame]) -> None:
        """Call the service's acknowledgement with each change number, verdict and reason."""
        s = self._settings
        if s.acknowledge_operation is None:
            return
        for frame in verdicts:
            items = [
                {
                    s.id_column or "Row": row["ref"],
                    "Verdict": row["verdict"],
                    "Reason": f"{row['rule']} {row['zh']}" if row["rule"] else "",
                }
                for row in frame.iter_rows(named=True)
            ]
            if items:
                with self._pause.logging_in():
                    self._caller.tell(s.acknowledge_operation, {"Verdicts": {"Item": items}})

    def test(self) -> Iterator[Step]:
        """Yield the steps of a connection test: host, port, WSDL, login, a call for some rows."""
        s = self._settings
        yield from with_host(s.access, s.endpoint, s.timeout)
        self._open()
        yield Step(*connection_steps.read_wsdl(), ok=True, detail=self._suggested())
        arguments: dict[str, Any] = {"cursor": ""} if s.paging == "cursor" else {}
        if s.paging == "date":
            today = datetime.now(_SHANGHAI).date()
            arguments = self._days(today - timedelta(days=s.window_days - 1), today)
        self._caller.log_in()
        page = self._page(arguments, min(SAMPLE_ROWS, s.page_size), ListState())
        yield Step(*connection_steps.call_login(), ok=True, detail=s.operation)
        sample = page.rows.head(SAMPLE_ROWS) if page.rows.height else None
        yield Step(
            *connection_steps.sample_rows(), ok=True, detail=str(page.rows.height), sample=sample
        )

    def _suggested(self) -> str:
        """Return the WSDL's name, with where it suggests a result
        code or a total that is not set.
        """
        s = self._settings
        described = self._caller.described(s.operation)
        suggestions: list[str] = []
        if described and not s.ok_path:
            suggestions += [f"ok_path={path}" for path in list(described.ok)[:1]]
        if described and not s.total_path:
            suggestions += [f"total_path={path}" for path in described.totals[:1]]
        return "  ".join([s.wsdl.name, *(f"? {suggestion}" for suggestion in suggestions)])

    def close(self) -> None:
        """Close the HTTP session."""
        self._caller.close()

    def _open(self) -> None:
        """Read the WSDL; raises SourceRefusedError."""
        self._caller.open()

    # --- by the service's cursor ------------------------------------------------------------------

    def _by_cursor(self, cursor: str) -> Iterator[Fetched]:
        s = self._settings
        began, seen = cursor, {cursor}
        so_far = ListState()
        while True:
            page = self._page({"cursor": cursor}, s.page_size, so_far)
            if not page.rows.height:
                return
            self._note(page, so_far)
            following = page.head.values.get(s.cursor_path, "")
            says = self._more(page)
            more = bool(following) if says is None else says
            if more and not following:
                raise SourceRefusedError(*soap_pages.more_without_cursor(s.operation))
            if following and following in seen:
                raise SourceRefusedError(*soap_pages.cursor_stays(s.operation, following))
            if not more:
                self._check_whole(page, so_far, began)
            # Without a next cursor the last page is asked for again, not the whole list.
            unit = f"{s.operation}@{cursor or '0'}"
            unit = unit if following else f"{unit}.{moment()}"
            declared = page.total if page.total == page.rows.height else None
            yield batch_of(unit, page, following or cursor, declared, page.tally)
            if not more:
                return
            seen.add(following)
            cursor = following

    def _check_whole(self, page: Page, so_far: ListState, began: str) -> None:
        """Raise SourceRefusedError where what a service counts is
        neither its last page nor all that came.
        """
        total = page.total
        if total is None or total in (page.rows.height, so_far.came):
            return
        # Of a list that was begun before, only more can have come than now.
        if not began or total < so_far.came:
            raise SourceRefusedError(
                *soap_pages.total_disagrees(self._settings.operation, total, so_far.came)
            )

    # --- by days and by page numbers --------------------------------------------------------------

    def _by_date(self, cursor: str) -> Iterator[Fetched]:
        """Go on from the last day, a window at a time;
        the days looked back at come again unchanged.
        """
        s = self._settings
        today = datetime.now(_SHANGHAI).date()
        # The days looked back at come with each fetch, with other rows perhaps: units of their own.
        began = moment()
        begin = s.first_day
        if cursor:
            begin = max(begin, date.fromisoformat(cursor) - timedelta(days=s.overlap_days))
        while begin <= today:
            end = min(begin + timedelta(days=s.window_days - 1), today)
            for index, page, more, _ in self._pages(self._days(begin, end)):
                # The day moves on once the last page of its window is kept.
                unit = f"{s.operation}@{begin}.{s.first_page + index}.{began}"
                reached = cursor if more else end.isoformat()
                declared = None if page.total is None else page.rows.height
                yield batch_of(unit, page, reached, declared, page.tally)
            cursor, begin = end.isoformat(), end + timedelta(days=1)

    def _whole(self) -> Iterator[Fetched]:
        """Fetch everything, as one unit."""
        unit = f"{self._settings.operation}@{moment()}"
        whole = Tally(counted=0)
        for _, page, more, total in self._pages({}):
            whole = sum_of(whole, page.tally)
            batch = batch_of(unit, page, "", total, None if more else whole)
            yield replace(batch, last=not more)

    def _pages(self, arguments: dict[str, Any]) -> Iterator[tuple[int, Page, bool, int | None]]:
        """Yield the pages of one list: number from 0, page, whether there are more, and the total.

        A page is given out once the next one is there, or the list's end is proven.
        """
        before: tuple[int, Page] | None = None
        so_far = ListState()
        for page in self._walk(arguments, so_far):
            if before is not None and page.rows.height:
                yield *before, True, so_far.total
            if before is None or page.rows.height:
                before = (so_far.index - 1, page)
        if before is not None:
            yield *before, False, so_far.total

    def _walk(self, arguments: dict[str, Any], so_far: ListState) -> Iterator[Page]:
        """Yield pages until one is empty or the declared total has come;
        never is a short page the end.
        """
        s = self._settings
        while True:
            page = self._page(arguments, s.page_size, so_far)
            self._note(page, so_far)
            yield page
            if not s.paged or self._ends(page, so_far):
                break
            if so_far.index >= s.max_pages:
                raise SourceRefusedError(*soap_pages.too_many_pages(s.operation, s.max_pages))
        if so_far.total is not None and so_far.came != so_far.total:
            raise SourceRefusedError(
                *soap_pages.total_disagrees(s.operation, so_far.total, so_far.came)
            )
        if s.paged and so_far.index == 1 and so_far.total and not s.more_path:
            self._look_beyond(arguments, so_far)

    def _ends(self, page: Page, so_far: ListState) -> bool:
        """Whether a list has ended with a page."""
        says = self._more(page)
        if says and not page.rows.height:
            raise SourceRefusedError(
                *soap_pages.more_but_empty(self._settings.operation, so_far.index)
            )
        if says is False:
            return True
        if so_far.total is not None and so_far.came >= so_far.total:
            return True
        return not page.rows.height

    def _more(self, page: Page) -> bool | None:
        """Return what an answer says of there being more, None where nothing.

        Raises SourceRefusedError.
        """
        s = self._settings
        text = page.head.values.get(s.more_path, "") if s.more_path else ""
        if not text:
            return None
        says = says_more(text)
        if says is None:
            raise SourceRefusedError(*soap_pages.more_unclear(s.operation, s.more_path, text))
        return says

    def _look_beyond(self, arguments: dict[str, Any], so_far: ListState) -> None:
        """Look once behind a first page that is all of the total:
        a count of one page would look the same.

        Raises SourceRefusedError where there are other rows; that nothing comes is no matter.
        """
        try:
            page = self._page(arguments, self._settings.page_size, so_far)
        except (SourceRefusedError, SourceUnavailableError):
            return
        if page.rows.height and page.head.digest not in so_far.digests:
            came = so_far.came + page.rows.height
            raise SourceRefusedError(
                *soap_pages.total_disagrees(self._settings.operation, so_far.total or 0, came)
            )

    def _note(self, page: Page, so_far: ListState) -> None:
        """Note that a page has come; raises SourceRefusedError where it has come before."""
        s = self._settings
        so_far.index += 1
        so_far.came += page.rows.height
        if page.rows.height:
            if page.head.digest in so_far.digests:
                raise SourceRefusedError(*soap_pages.page_again(s.operation, so_far.index))
            so_far.digests.add(page.head.digest)
        if s.paging != "cursor" and page.total is not None:
            if so_far.total not in (None, page.total):
                raise SourceUnavailableError(
                    *soap_pages.total_changed(s.operation, so_far.total or 0, page.total)
                )
            so_far.total = page.total
        if s.paging == "cursor" and so_far.index > s.max_pages:
            raise SourceRefusedError(*soap_pages.too_many_pages(s.operation, s.max_pages))

    def _days(self, begin: date, end: date) -> dict[str, Any]:
        s = self._settings
        return {"from": begin.strftime(s.date_format), "to": end.strftime(s.date_format)}

    # --- one page ---------------------------------------------------------------------------------

    def _page(self, places: dict[str, Any], size: int, so_far: ListState) -> Page:
        """Call for one page.

        Raises AdapterError, also for an answer that only looks like an empty list.
        """
        s = self._settings
        places = {**places, "size": size, "page": s.first_page + so_far.index}
        named = {
            s.size_argument: "size",
            s.page_argument: "page",
            s.from_argument: "from",
            s.to_argument: "to",
            s.cursor_argument: "cursor",
        }
        arguments = {
            name: places[place] for name, place in named.items() if name and place in places
        }
        columns = self._known_columns()
        head, rows = self._caller.fetch(arguments, places, columns, closed=self._closed)
        if not self._closed and s.rows_path:
            # Columns that a page happens to lack are not lost.
            self._columns = tuple(head.columns)
        total = self._total(head, so_far)
        if not rows.height and (total is None or total != so_far.came):
            # A count behind a cursor may be of the whole list.
            first = so_far.index == 0 and not places.get("cursor")
            if first and total:
                raise SourceRefusedError(*soap_pages.total_disagrees(s.operation, total, 0))
            if (doubt := doubt_of(head, first)) is not None:
                raise SourceRefusedError(*doubt)
        if rows.height and head.doubt is not None:
            raise SourceRefusedError(*head.doubt)
        if s.rows_path and head.counted not in (None, rows.height):
            raise SourceRefusedError(
                *soap_pages.count_disagrees(s.operation, head.counted or 0, rows.height)
            )
        faults = tuple(RowFault(*fault) for fault in head.faults)
        return Page(rows, self._refs(head, rows.height, so_far), faults, total, head)

    def _refs(self, head: Head, height: int, so_far: ListState) -> list[str]:
        """Return how each row is found: its change number,
        or its number in the list or in the page's file.
        """
        s = self._settings
        if s.file_path:
            page = f"{so_far.index + 1}-" if so_far.index and s.paging != "cursor" else ""
            return [f"{page}{number}" for number in head.refs]
        if s.id_column:
            return head.refs
        start = so_far.came if s.paging != "cursor" else 0
        return [str(number) for number in range(start + 1, start + height + 1)]

    def _total(self, head: Head, so_far: ListState) -> int | None:
        """Return the count that an answer declares;
        raises SourceRefusedError for what is no count.
        """
        path = self._settings.total_path
        if not path:
            return None
        text = head.values.get(path, "")
        if text.isascii() and text.isdecimal():
            return int(text)
        if not text and so_far.index and so_far.total is not None:
            # Some services count only once.
            return so_far.total
        raise SourceRefusedError(*soap_pages.bad_total(self._settings.operation, path, text))

    def _known_columns(self) -> tuple[str, ...]:
        """Return the columns of rows: the settings', the WSDL's, or those that have come so far."""
        if not self._columns and not self._closed and self._settings.rows_path:
            described = self._caller.described(self._settings.operation)
            rows = described.rows if described else {}
            path = self._settings.rows_path
            matching = rows.get(path) or next(
                (
                    columns
                    for pattern, columns in rows.items()
                    if "*" in pattern and fnmatchcase(path, pattern)
                ),
                (),
            )
            self._columns = tuple(matching)
            self._closed = bool(matching)
        return self._columns
