"""SOAP pull: the request by zeep from a reviewed WSDL, the answer read as a stream of text.

The WSDL is a local copy; nothing that it or an answer names is ever fetched.
"""

import io
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, BinaryIO, cast
from zoneinfo import ZoneInfo

import polars as pl
import requests
from zeep import Client
from zeep.exceptions import Error as ZeepError
from zeep.wsse.username import UsernameToken

from adapters import (
    SAMPLE_ROWS,
    Batch,
    Fetched,
    RowFault,
    SourceRefused,
    SourceUnavailable,
    Step,
)
from adapters.drops.copy import unpack
from adapters.formats import FormatError, open_format
from adapters.soap.answer import Answer, SoapFault, read_answer
from adapters.soap.settings import SoapSettings
from adapters.wsdl import answer_columns, open_service, with_host

_SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class _Page:
    """One page's rows, as they go into a batch."""

    rows: pl.DataFrame
    refs: list[str]
    faults: tuple[RowFault, ...]
    declared: int | None
    answer: Answer


class SoapAdapter:
    """Calls for pages until none is left.

    The cursor is the service's own, or the day up to which everything was fetched; empty where
    everything is fetched each time.
    """

    Settings = SoapSettings

    def __init__(self, settings: SoapSettings) -> None:
        self._settings = settings
        self._client: Client | None = None
        self._service: Any = None
        self._columns: list[str] = list(settings.columns)

    def fetch(self, cursor: str) -> Iterator[Fetched]:
        """Yield one batch a page."""
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
                self._call(s.acknowledge_operation, {"Verdicts": {"Item": items}})

    def test(self) -> Iterator[Step]:
        """Reach the service, read the WSDL, call for some rows."""
        s = self._settings
        yield from with_host(s.endpoint, s.timeout)
        self._open()
        yield Step("读取 WSDL", "read the WSDL", ok=True, detail=str(s.wsdl.name))
        arguments = {s.cursor_argument: ""} if s.paging == "cursor" else {}
        if s.paging == "date":
            today = datetime.now(_SHANGHAI).date()
            arguments = self._days(today - timedelta(days=s.window_days - 1), today)
        page = self._page(arguments, s.first_page, min(SAMPLE_ROWS, s.page_size))
        yield Step("调用、登录", "call, login", ok=True, detail=s.operation)
        sample = page.rows.head(SAMPLE_ROWS) if page.rows.height else None
        yield Step("读取样例", "sample rows", ok=True, detail=str(page.rows.height), sample=sample)

    def close(self) -> None:
        """Close the HTTP session."""
        if self._client is not None:
            self._client.transport.session.close()
        self._client = self._service = None

    def _by_cursor(self, cursor: str) -> Iterator[Fetched]:
        s = self._settings
        while True:
            unit = f"{s.operation}@{cursor or '0'}"
            page = self._page({s.cursor_argument: cursor}, None, s.page_size)
            following = page.answer.values.get(s.cursor_path, "")
            if not page.rows.height:
                return
            if following == cursor:
                raise SourceRefused(
                    f"{s.operation} 返回了数据而游标不变（{cursor}），请部门检查接口",
                    f"{s.operation} gave rows but its cursor stays at {cursor}; ask the department to check it",
                )
            yield _batch(unit, page, following, last=True)
            cursor = following
            if s.more_path and not _true(page.answer.values.get(s.more_path, "")):
                return

    def _by_date(self, cursor: str) -> Iterator[Fetched]:
        """Go on from the last day, a window at a time; the days looked back at come again unchanged."""
        s = self._settings
        today = datetime.now(_SHANGHAI).date()
        begin = s.first_day
        if cursor:
            begin = max(begin, date.fromisoformat(cursor) - timedelta(days=s.overlap_days))
        while begin <= today:
            end = min(begin + timedelta(days=s.window_days - 1), today)
            for unit, page, more in self._pages(f"{s.operation}@{begin}", self._days(begin, end)):
                # The day moves on once the last page of its window is kept.
                yield _batch(unit, page, cursor if more else end.isoformat(), last=True)
            cursor, begin = end.isoformat(), end + timedelta(days=1)

    def _whole(self) -> Iterator[Fetched]:
        """Fetch everything, as one unit."""
        name = f"{self._settings.operation}@{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}"
        for _, page, more in self._pages(name, {}):
            yield _batch(name, page, "", last=not more)

    def _pages(self, name: str, arguments: dict[str, Any]) -> Iterator[tuple[str, _Page, bool]]:
        """Yield the pages of one question, each with its unit's name and whether there are more."""
        s = self._settings
        number = s.first_page
        held: _Page | None = None
        while True:
            page = self._page(arguments, number, s.page_size)
            said = page.answer.values.get(s.more_path) if s.more_path else None
            more = bool(s.page_argument) and (
                _true(said) if said is not None else page.rows.height >= s.page_size
            )
            if held is not None and page.rows.height:
                yield f"{name}.{number - 1}", held, True
                held = None
            held = held or page
            if not more or not page.rows.height:
                # Only a look at the next page tells that this one was the last.
                yield f"{name}.{number}", held, False
                return
            number += 1

    def _days(self, begin: date, end: date) -> dict[str, Any]:
        s = self._settings
        return {
            s.from_argument: begin.strftime(s.date_format),
            s.to_argument: end.strftime(s.date_format),
        }

    def _page(self, arguments: dict[str, Any], number: int | None, size: int) -> _Page:
        s = self._settings
        given = {**s.arguments, **arguments}
        if s.size_argument:
            given[s.size_argument] = size
        if s.page_argument and number is not None:
            given[s.page_argument] = number
        answer = self._call(s.operation, given)
        total = answer.values.get(s.total_path, "") if s.total_path else ""
        declared = int(total) if total.isdecimal() else None
        if s.file_path:
            return self._of_file(answer, declared)
        refs = [
            str(row.get(s.id_column) or "") if s.id_column else str(n)
            for n, row in enumerate(answer.rows, 1)
        ]
        rows, faults = self._frame(answer.rows)
        return _Page(rows, refs, faults, declared, answer)

    def _frame(
        self, rows: list[dict[str, str | None]]
    ) -> tuple[pl.DataFrame, tuple[RowFault, ...]]:
        """Put rows into the WSDL's columns; a row with another one is at fault: nothing is dropped unsaid."""
        if not self._columns:
            self._columns = answer_columns(
                self._opened(), self._settings.operation, self._settings.rows_path
            )
        # A WSDL that describes no rows leaves what they have.
        columns = self._columns or list(dict.fromkeys(key for row in rows for key in row))
        names = [name for name in columns if name != self._settings.id_column]
        known = {*names, self._settings.id_column}
        faults = tuple(
            RowFault(place, "format.row", f"本行有 WSDL 没有的元素：{'、'.join(sorted(beyond))}", f"this row has elements that the WSDL has not: {', '.join(sorted(beyond))}")
            for place, row in enumerate(rows) if (beyond := row.keys() - known)
        )  # fmt: skip
        frame = pl.DataFrame(
            [pl.Series(name, [row.get(name) for row in rows], dtype=pl.String) for name in names]
        )
        return frame, faults

    def _of_file(self, answer: Answer, declared: int | None) -> _Page:
        """Read the file that came in an answer; raises SourceRefused where it cannot be read."""
        s = self._settings
        if not answer.file:
            return _Page(pl.DataFrame(), [], (), declared, answer)
        parts: list[pl.DataFrame] = []
        refs: list[str] = []
        faults: list[RowFault] = []
        with tempfile.TemporaryFile() as opened:
            try:
                stream = unpack(
                    io.BytesIO(answer.file), s.packed, s.max_bytes, cast("BinaryIO", opened)
                )
                for chunk in open_format(s.format, s.format_settings).read(stream, s.page_size):
                    start = len(refs)
                    faults += [RowFault(start + f.row, f.rule, f.zh, f.en) for f in chunk.faults]
                    refs += map(str, chunk.numbers)
                    parts.append(chunk.rows)
            except FormatError as error:
                raise SourceRefused(f"{s.operation} 应答中的文件：{error.zh}", f"the file in the answer of {s.operation}: {error.en}") from None  # fmt: skip
        return _Page(
            pl.concat(parts) if parts else pl.DataFrame(), refs, tuple(faults), declared, answer
        )

    def _opened(self) -> Any:
        self._open()
        return self._service

    def _open(self) -> None:
        if self._service is not None:
            return
        s = self._settings
        wsse: Any = None
        if s.security in ("text", "digest"):
            assert s.password is not None  # noqa: S101
            wsse = UsernameToken(
                s.username, s.password.get_secret_value(), use_digest=s.security == "digest",
                timestamp_token=None, zulu_timestamp=True,
            )  # fmt: skip
        elif s.security == "signature":
            from adapters.soap.signature import Signing  # noqa: PLC0415

            wsse = Signing(s)
        self._client, self._service = open_service(
            s.wsdl,
            s.endpoint,
            timeout=s.timeout,
            max_bytes=s.max_bytes,
            wsse=wsse,
            binding=s.binding,
        )

    def _call(self, operation: str, arguments: dict[str, Any]) -> Answer:
        s = self._settings
        service = self._opened()
        assert self._client is not None  # noqa: S101
        values = [path for path in (s.cursor_path, s.more_path, s.total_path) if path]
        try:
            with self._client.settings(raw_response=True):
                reply: requests.Response = service[operation](**arguments)
            if reply.status_code not in (200, 500, 400):
                raise SourceUnavailable(f"{operation} 应答 HTTP {reply.status_code}，下次采集再试", f"{operation} answered HTTP {reply.status_code}; the next fetch tries again")  # fmt: skip
            if s.server_certificate is not None:
                from adapters.soap.signature import check_signature  # noqa: PLC0415

                check_signature(reply.content, s.server_certificate)
            kind = reply.headers.get("Content-Type", "")
            answer = read_answer(reply.content, kind, s.rows_path, values, s.file_path)
            if reply.status_code != 200:
                raise SourceUnavailable(f"{operation} 应答 HTTP {reply.status_code}", f"{operation} answered HTTP {reply.status_code}")  # fmt: skip
        except SoapFault as fault:
            raise self._refused_or_not(operation, fault) from None
        except (AttributeError, TypeError, ZeepError, ValueError) as error:
            raise SourceRefused(f"WSDL 的操作 {operation} 不能这样调用：{error}", f"the WSDL's operation {operation} cannot be called so: {error}") from None  # fmt: skip
        except requests.RequestException as error:
            kind = type(error).__name__
            raise SourceUnavailable(f"{operation} 未应答（{kind}），下次采集再试", f"{operation} did not answer ({kind}); the next fetch tries again") from None  # fmt: skip
        return answer

    def _refused_or_not(
        self, operation: str, fault: SoapFault
    ) -> SourceRefused | SourceUnavailable:
        """Tell a fault of the caller (credentials, arguments) from one that may pass."""
        if fault.code in self._settings.stop_faults:
            return SourceRefused(f"{operation} 拒绝：{fault}；请核对口令和参数", f"{operation} refused: {fault}; check credentials and arguments")  # fmt: skip
        return SourceUnavailable(f"{operation} 出错：{fault}，下次采集再试", f"{operation} failed: {fault}; the next fetch tries again")  # fmt: skip


def _batch(unit: str, page: _Page, cursor: str, *, last: bool) -> Batch:
    return Batch(
        unit=unit, rows=page.rows, refs=pl.Series("ref", page.refs, dtype=pl.String), cursor=cursor,
        last=last, declared=page.declared, faults=page.faults,
    )  # fmt: skip


def _true(text: str | None) -> bool:
    return str(text).lower() in ("true", "1")
