"""SOAP pull on zeep: pages by a change cursor, UsernameToken security, a WSDL reviewed beforehand.

The WSDL is a local copy; nothing that it or an answer names is ever fetched.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import requests
from pydantic import Field, SecretStr
from zeep import Client
from zeep.exceptions import Error as ZeepError
from zeep.exceptions import Fault, TransportError, XMLSyntaxError
from zeep.helpers import serialize_object
from zeep.wsse.username import UsernameToken

from adapters import BadUnit, Batch, Settings, SourceRefused, SourceUnavailable, Step
from adapters.wsdl import open_service


class SoapSettings(Settings):
    """Which operation gives the changed rows, and where in its answer they are."""

    wsdl: Path = Field(description="已审核的 WSDL 本地副本 / local copy of the WSDL, reviewed")
    endpoint: str = Field(pattern=r"^https?://", description="the only address ever called")
    username: str
    password: SecretStr
    operation: str
    cursor_argument: str
    size_argument: str
    page_size: int = Field(default=500, ge=1, le=10_000)
    rows_path: str = Field(description="answer's path to the rows, e.g. Rows.Row")
    id_column: str = Field(description="the row's own change number; not mapped")
    cursor_path: str
    more_path: str
    total_path: str | None = None
    acknowledge_operation: str | None = None
    timeout: float = Field(default=60.0, gt=0, description="秒 / seconds for one call")
    max_bytes: int = Field(default=100_000_000, ge=1, description="largest answer")


class SoapAdapter:
    """Calls for pages until none is left; the cursor is the service's own."""

    Settings = SoapSettings

    def __init__(self, settings: SoapSettings) -> None:
        self._settings = settings
        self._client: Client | None = None
        self._service: Any = None

    def fetch(self, cursor: str) -> Iterator[Batch | BadUnit]:
        """Yield one batch a page."""
        s = self._settings
        while True:
            answer = self._call(
                s.operation, **{s.cursor_argument: cursor, s.size_argument: s.page_size}
            )
            rows = _at(answer, s.rows_path) or []
            following = str(_at(answer, s.cursor_path) or "")
            more = str(_at(answer, s.more_path)).lower() in ("true", "1")
            if not rows:
                return
            if following == cursor:
                raise SourceRefused(
                    f"{s.operation} 返回了数据而游标不变（{cursor}），请部门检查接口",
                    f"{s.operation} gave rows but its cursor stays at {cursor}; ask the department to check it",
                )
            yield self._batch(rows, cursor, following, answer)
            cursor = following
            if not more:
                return

    def keep(self, batch: Batch) -> None:
        """Nothing to do: the cursor is ours to keep."""

    def acknowledge(self, _unit: str, verdicts: Iterable[pl.DataFrame]) -> None:
        """Call the service's acknowledgement with each change number, verdict and reason."""
        if self._settings.acknowledge_operation is None:
            return
        for frame in verdicts:
            items = [
                {
                    self._settings.id_column: row["ref"],
                    "Verdict": row["verdict"],
                    "Reason": f"{row['rule']} {row['zh']}" if row["rule"] else "",
                }
                for row in frame.iter_rows(named=True)
            ]
            if items:
                self._call(self._settings.acknowledge_operation, Verdicts={"Item": items})

    def test(self) -> Iterator[Step]:
        """Read the WSDL, call for five rows."""
        self._open()
        yield Step("读取 WSDL", "read the WSDL", ok=True, detail=str(self._settings.wsdl.name))
        s = self._settings
        answer = self._call(s.operation, **{s.cursor_argument: "", s.size_argument: 5})
        yield Step("调用、登录", "call, login", ok=True, detail=s.operation)
        rows = _at(answer, s.rows_path) or []
        sample = _frame(rows, s.id_column) if rows else None
        yield Step("读取样例", "sample rows", ok=True, detail=str(len(rows)), sample=sample)

    def close(self) -> None:
        """Close the HTTP session."""
        if self._client is not None:
            self._client.transport.session.close()
        self._client = self._service = None

    def _batch(self, rows: list[dict[str, Any]], cursor: str, following: str, answer: Any) -> Batch:
        s = self._settings
        refs = [str(row.get(s.id_column) or "") for row in rows]
        total = _at(answer, s.total_path) if s.total_path else None
        return Batch(
            unit=f"{s.operation}@{cursor or '0'}",
            rows=_frame(rows, s.id_column),
            refs=pl.Series("ref", refs, dtype=pl.String),
            cursor=following,
            last=True,
            declared=int(total) if total is not None else None,
        )

    def _open(self) -> Any:
        if self._service is None:
            s = self._settings
            token = UsernameToken(
                s.username, s.password.get_secret_value(), use_digest=True,
                timestamp_token=None, zulu_timestamp=True,
            )  # fmt: skip
            self._client, self._service = open_service(
                s.wsdl, s.endpoint, timeout=s.timeout, max_bytes=s.max_bytes, wsse=token
            )
        return self._service

    def _call(self, operation: str, **arguments: Any) -> Any:
        service = self._open()
        try:
            return serialize_object(service[operation](**arguments), target_cls=dict)
        except AttributeError:
            raise SourceRefused(f"WSDL 没有操作 {operation}", f"the WSDL has no operation {operation}") from None  # fmt: skip
        except Fault as fault:
            raise self._fault(operation, fault) from None
        except TransportError as error:
            raise SourceUnavailable(f"{operation} 应答 HTTP {error.status_code}，下次采集再试", f"{operation} answered HTTP {error.status_code}; the next fetch tries again") from None  # fmt: skip
        except requests.RequestException as error:
            kind = type(error).__name__
            raise SourceUnavailable(f"{operation} 未应答（{kind}），下次采集再试", f"{operation} did not answer ({kind}); the next fetch tries again") from None  # fmt: skip
        except (XMLSyntaxError, ZeepError, ValueError) as error:
            raise SourceUnavailable(f"{operation} 的应答不合格：{error}", f"the answer of {operation} is malformed: {error}") from None  # fmt: skip

    @staticmethod
    def _fault(operation: str, fault: Fault) -> SourceRefused | SourceUnavailable:
        """Tell a fault of the caller (credentials, arguments) from one that may pass."""
        code = str(fault.code or "").rpartition(":")[2]
        said = f"{code}: {fault.message}"
        if code in ("Client", "FailedAuthentication", "InvalidSecurity", "InvalidSecurityToken"):
            return SourceRefused(f"{operation} 拒绝：{said}；请核对口令和参数", f"{operation} refused: {said}; check credentials and arguments")  # fmt: skip
        return SourceUnavailable(f"{operation} 出错：{said}，下次采集再试", f"{operation} failed: {said}; the next fetch tries again")  # fmt: skip


def _at(answer: Any, path: str) -> Any:
    """Follow a dotted path; a part that is missing gives None."""
    for part in path.split("."):
        if not isinstance(answer, dict):
            return None
        answer = answer.get(part)
    return answer


def _frame(rows: list[dict[str, Any]], id_column: str) -> pl.DataFrame:
    names = [name for name in rows[0] if name != id_column]
    return pl.DataFrame(
        [
            pl.Series(name, [None if row[name] is None else str(row[name]) for row in rows], dtype=pl.String)
            for name in names
        ]
    )  # fmt: skip
