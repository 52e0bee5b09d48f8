"""Which errors of drivers pass, are a login's or for a person: by code, without a server."""

import sqlite3

import pymysql
import pytest
from sqlalchemy.exc import TimeoutError as PoolTimeout

from adapters import SourceRefusedError, SourceUnavailableError
from adapters.database.failures import LoginRefusedError, explained, kind_of


class OperationalError(Exception):
    """As PEP 249 names them; drivers that are not installed here say the rest in words."""

    sqlstate: str | None = None


class Error(OperationalError):
    pass


def of_state(state: str) -> Exception:
    error = Error("words")
    error.sqlstate = state
    return error


def of_sqlite(name: str) -> Exception:
    error = sqlite3.OperationalError("words")
    error.sqlite_errorname = name
    return error


def of_mysql(number: int) -> Exception:
    return pymysql.err.OperationalError(number, "words")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        *((of_mysql(n), "login") for n in (1044, 1045, 1049, 1698, 2059)),
        *((of_mysql(n), "passing") for n in (1040, 1205, 1213, 1226, 1969, 2003, 2006, 2013, 3024)),
        *((of_mysql(n), "person") for n in (1064, 1054, 1142, 1146, 1153)),
        *((of_state(s), "login") for s in ("28P01", "28000", "3D000")),
        *(
            (of_state(s), "passing")
            for s in ("40001", "40P01", "53300", "57014", "57P03", "08006", "55P03")
        ),
        *((of_state(s), "person") for s in ("42501", "42P01", "42703", "22P02", "0A000", "25006")),
        *(
            (of_sqlite(s), "passing")
            for s in ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_INTERRUPT", "SQLITE_IOERR_READ")
        ),
        *(
            (of_sqlite(s), "person")
            for s in ("SQLITE_ERROR", "SQLITE_NOTADB", "SQLITE_CANTOPEN", "SQLITE_CORRUPT")
        ),
        *((Error(f"ORA-{n}: words"), "login") for n in ("01017", "28000", "12514")),
        *((Error(f"ORA-{n}: words"), "passing") for n in ("12541", "00060", "03113", "01033")),
        *((Error(f"ORA-{n}: words"), "person") for n in ("00942", "00904", "01031")),
        (Error("DPY-6005: cannot connect to database"), "passing"),
        (Error(18456, b"Login failed"), "login"),
        (Error('connection failed: FATAL:  password authentication failed for user "x"'), "login"),
        (Error('connection failed: FATAL:  database "x" does not exist'), "login"),
        (Error("connection failed: 致命错误:  用户 x Password 认证失败"), "login"),
        (Error("connection failed: FATAL:  sorry, too many clients already"), "passing"),
        (Error("connection failed: FATAL:  the database system is starting up"), "passing"),
        (Error("connection failed: Connection refused"), "passing"),
        (PoolTimeout("no connection"), "passing"),
        (ConnectionResetError("reset"), "passing"),
        (TypeError("of a driver"), "person"),
    ],
)
def test_an_error_is_of_its_kind(error: Exception, kind: str) -> None:
    assert kind_of(error) == kind


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (of_mysql(1045), LoginRefusedError),
        (of_mysql(2006), SourceUnavailableError),
        (of_state("42P01"), SourceRefusedError),
        (RecursionError("deep"), SourceRefusedError),
        (ValueError(), SourceRefusedError),
    ],
)
def test_whatever_is_raised_is_one_sentence(error: Exception, raised: type[Exception]) -> None:
    with pytest.raises(raised) as caught, explained("t"):
        raise error
    assert "\n" not in str(caught.value)
