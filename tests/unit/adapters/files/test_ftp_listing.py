"""Lines of LIST as real servers write them, and those that are not guessed at."""

from datetime import UTC, datetime

import pytest

from adapters.transports.ftp_listing import parsed

NOW = datetime(2026, 11, 28, 6, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("line", "name", "size", "modified", "plain"),
    [
        (
            "-rw-r--r--    1 0        0             409 Nov 28 06:05 行政 处罚.csv",
            "行政 处罚.csv",
            409,
            "2026-11-28T06:05",
            True,
        ),
        (
            "-rw-r--r--    1 ftp      ftp           409 Nov 29 01:00 x.csv",
            "x.csv",
            409,
            "2026-11-29T01:00",
            True,
        ),
        (
            "-rw-r--r--    1 ftp      ftp           409 Dec 30 06:05 x.csv",
            "x.csv",
            409,
            "2025-12-30T06:05",
            True,
        ),
        (
            "-rw-r--r--    1 ftp      ftp           409 Nov 28  2024  x.csv",
            " x.csv",
            409,
            "2024-11-28T00:00",
            True,
        ),
        (
            "-rw-r--r--+   1 admin    Domain Users   12 Feb 29  2024 a -> b.csv",
            "a -> b.csv",
            12,
            "2024-02-29T00:00",
            True,
        ),
        ("-rw-r--r--    1 ftp 409 Nov 28 06:05 x.csv", "x.csv", 409, "2026-11-28T06:05", True),
        ("-rw-r--r--    1 ftp ftp 409 11月 28 06:05 x.csv", "x.csv", 409, "2026-11-28T06:05", True),
        (
            "-rw-r--r--    1 ftp ftp 409 2026-11-28 06:05 x.csv",
            "x.csv",
            409,
            "2026-11-28T06:05",
            True,
        ),
        (
            "drwxr-xr-x    2 0        0            4096 Nov 28 06:05 archive",
            "archive",
            4096,
            "2026-11-28T06:05",
            False,
        ),
        (
            "lrwxrwxrwx    1 0        0              11 Nov 28 06:05 x.csv -> /etc/passwd",
            "x.csv",
            11,
            "2026-11-28T06:05",
            False,
        ),
        (
            "prw-r--r--    1 0        0               0 Nov 28 06:05 pipe.csv",
            "pipe.csv",
            0,
            "2026-11-28T06:05",
            False,
        ),
        (
            "11-28-26  06:05AM                  409 处罚 [3月].csv",
            "处罚 [3月].csv",
            409,
            "2026-11-28T06:05",
            True,
        ),
        ("11-28-2026  06:05PM                  409 x.csv", "x.csv", 409, "2026-11-28T18:05", True),
        ("11-28-26  18:05                  409 x.csv", "x.csv", 409, "2026-11-28T18:05", True),
        ("11-28-26  12:05AM       <DIR>          archive", "archive", 0, "2026-11-28T00:05", False),
        ("2026/11/28  06:05    1,024 x.csv", "x.csv", 1024, "2026-11-28T06:05", True),
    ],
)
def test_a_line_of_a_known_style(
    line: str, name: str, size: int, modified: str, plain: bool
) -> None:
    [entry] = parsed(["total 8", line], NOW) or []

    assert (entry.name, entry.size, entry.plain) == (name, size, plain)
    assert entry.modified == datetime.fromisoformat(modified).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "line",
    [
        "x.csv",
        "X.CSV;1              2/4  28-NOV-2026 06:05:11 [ANON] (RWED,RE,,)",
        "+i8388621.48594,m825718503,r,s280,\tx.csv",
        "-rw-r--r--    1 ftp ftp 409 Nov 31 06:05 x.csv",
        "13-45-26  06:05AM                  409 x.csv",
        "-rw-r--r-- 1 " + "1 " * 5000 + "Nov 28 06:05 x",
    ],
)
def test_a_line_of_another_style_is_not_guessed_at(line: str) -> None:
    assert parsed(["11-28-26  06:05AM                  409 x.csv", line], NOW) is None


def test_the_folder_itself_and_the_one_above_are_no_entries() -> None:
    lines = [
        "drwxr-xr-x    2 0        0            4096 Nov 28 06:05 " + name for name in (".", "..")
    ]

    assert parsed(lines, NOW) == []
