"""Which of a database's errors pass by themselves, and which are for a person:
by the server's own codes.

A wrong password that is tried again locks the account; a restart that is called a person's fault
wakes somebody for nothing. What no code tells goes by the kind of the exception.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal, TypeAlias

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from adapters import AdapterError, SourceRefusedError, SourceUnavailableError
from adapters.text import database as messages
from adapters.transports.probe import LoginRefusedError

_Kind: TypeAlias = Literal["login", "person", "passing"]
#: Classes of SQLSTATE that pass: connection, deadlock, resources, not available, operator, system,
#: internal.
_PASSING_STATES = ("08", "40", "53", "55", "57", "58", "XX")
#: Server errors of MySQL and MariaDB that pass: too many connections, locks, time, memory,
#: shutdown.
_PASSING_MYSQL = frozenset(
    {
        1020,
        1021,
        1037,
        1038,
        1040,
        1041,
        1042,
        1053,
        1077,
        1078,
        1079,
        1080,
        1105,
        1129,
        1152,
        1158,
        1159,
        1160,
        1161,
        1180,
        1203,
        1205,
        1213,
        1226,
        1317,
        1412,
        1614,
        1836,
        1927,
        1969,
        3024,
        3058,
    }
)
_LOGIN_MYSQL = frozenset(
    {1044, 1045, 1049, 1130, 1131, 1133, 1251, 1275, 1698, 1820, 1862, 3118, 3878, 4151}
)
#: Errors of the client side: from 2000 on they are of the network, but for these of login and TLS.
_PERSON_MYSQL_CLIENT = frozenset({2026, 2036, 2049, 2054, 2058, 2059, 2061, 2068})
_PASSING_SQLITE = ("BUSY", "LOCKED", "INTERRUPT", "IOERR", "FULL", "NOMEM", "PROTOCOL", "SCHEMA")
_PASSING_ORACLE = frozenset(
    {
        18,
        20,
        54,
        60,
        1012,
        1013,
        1033,
        1034,
        1089,
        1090,
        1092,
        1555,
        2396,
        3113,
        3114,
        3135,
        4068,
        8177,
        12170,
        12203,
        12500,
        12516,
        12518,
        12519,
        12520,
        12528,
        12537,
        12541,
        12543,
        12545,
        12547,
        12560,
        12571,
        30006,
    }
)
_LOGIN_ORACLE = frozenset({1005, 1017, 1045, 12505, 12514, 28000, 28001, 28002, 28009, 28040})
_LOGIN_MSSQL = frozenset({4060, 4064, 18452, 18456, 18470, 18486, 18487, 18488})
_PASSING_MSSQL = frozenset(
    {1204, 1205, 1222, 3960, 10053, 10054, 10060, 20002, 20003, 20004, 20006, 20009, 20047}
)
#: What PostgreSQL says while it cannot take a session now; libpq hands on no code of a failed
#: login.
_SOON = re.compile(
    r"too many|slots|starting up|shutting down|recovery|not yet accepting|terminating"
    r"|太多|启动|关闭|恢复|连接槽|终止",
    re.IGNORECASE,
)
_LOGIN = re.compile(
    r"password|authenti|login|access denied|pg_hba|口令|密码|认证|登录", re.IGNORECASE
)


@contextmanager
def explained(name: str) -> Iterator[None]:
    """Yield to a block whose errors become our two kinds, without the statement or its values."""
    try:
        yield
    except AdapterError:
        raise
    except Exception as error:  # noqa: BLE001 (a driver may raise anything)
        raise _in_words(name, error) from None


def _in_words(name: str, error: Exception) -> AdapterError:
    original = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    cause = _first_line(original)
    match kind_of(original):
        case "login":
            return LoginRefusedError(*messages.login_refused(cause))
        case "passing":
            return SourceUnavailableError(*messages.unavailable(cause))
        case _:
            return SourceRefusedError(*messages.refused(name, cause))


def kind_of(original: BaseException) -> _Kind:
    """Return of which kind what a driver raised is."""
    if isinstance(original, OSError | EOFError | PoolTimeout):
        return "passing"
    if not _of_a_driver(original):
        return "person"
    return (
        _by_sqlite(original)
        # MySQL's drivers give a state too, but it says less.
        or _by_number(original)
        or _by_state(original)
        or _by_oracle(str(original))
        or _by_fatal(str(original))
        or _by_class(original)
    )


def _of_a_driver(original: BaseException) -> bool:
    """Whether an exception is of PEP 249's kinds, whichever driver's."""
    return not isinstance(original, SQLAlchemyError) and bool(
        _classes(original) & {"Error", "Warning"}
    )


def _classes(original: BaseException) -> set[str]:
    return {kind.__name__ for kind in type(original).__mro__}


def _by_sqlite(original: BaseException) -> _Kind | None:
    named = getattr(original, "sqlite_errorname", None)
    if not isinstance(named, str):
        return None
    return (
        "passing" if named.startswith(tuple(f"SQLITE_{n}" for n in _PASSING_SQLITE)) else "person"
    )


def _by_state(original: BaseException) -> _Kind | None:
    state = getattr(original, "sqlstate", None) or getattr(original, "pgcode", None)
    if not isinstance(state, str) or len(state) != 5 or state == "HY000":
        return None
    if state.startswith(("28", "3D")):
        return "login"
    return "passing" if state.startswith(_PASSING_STATES) else "person"


def _by_number(original: BaseException) -> _Kind | None:
    first = original.args[0] if original.args else None
    number = getattr(original, "errno", None) if not isinstance(first, int) else first
    if not isinstance(number, int) or isinstance(original, OSError):
        return None
    if "pymssql" in type(original).__module__ or number in _LOGIN_MSSQL or number >= 18_000:
        if number in _LOGIN_MSSQL:
            return "login"
        return "passing" if number in _PASSING_MSSQL else "person"
    if number in _LOGIN_MYSQL:
        return "login"
    if 2000 <= number < 3000:
        return "login" if number in _PERSON_MYSQL_CLIENT else "passing"
    if 1000 <= number < 5000:
        return "passing" if number in _PASSING_MYSQL else "person"
    return None


def _by_oracle(text: str) -> _Kind | None:
    if (code := re.search(r"ORA-(\d{5})", text)) is not None:
        number = int(code[1])
        if number in _LOGIN_ORACLE:
            return "login"
        return "passing" if number in _PASSING_ORACLE else "person"
    if re.search(r"DPY-(4011|4024|6005)", text):
        return "passing"
    return None


def _by_fatal(text: str) -> _Kind | None:
    """Judge what a PostgreSQL server said before there was a session: it was reached,
    and said no.
    """
    if re.search(r"FATAL|致命错误", text) is None:
        return "login" if _LOGIN.search(text) else None
    return "passing" if _SOON.search(text) else "login"


def _by_class(original: BaseException) -> _Kind:
    person = {"ProgrammingError", "NotSupportedError", "DataError", "IntegrityError"}
    return "person" if _classes(original) & person else "passing"


def _first_line(error: BaseException) -> str:
    message = str(error)
    match error.args:
        case (int() as number, str() | bytes() as reason, *_):
            # MySQL's and SQL Server's drivers hand on a number and a sentence.
            words = reason if isinstance(reason, str) else reason.decode(errors="replace")
            message = f"{number}: {words}"
    lines = message.strip().splitlines()
    return lines[0] if lines else type(error).__name__
