"""A made-up person, planted in rows, and looked for in whatever is given out or stored."""

import csv
import io
from pathlib import Path
from random import Random

from gateway.standard.sample_identifiers import citizen_number, full_width

FEED = "water.penalty"
NAME, PHONE, PASSPORT = "欧阳示例娜", "13912345678", "E12345678"
HOME, UNMAPPED = "惠城区示例一路九十九号", "未映射的示例内容"
ID_NUMBER = citizen_number(Random(7))
#: What must not be seen anywhere: as planted, and as cleaning makes it.
PLANTED = (NAME, PHONE, PASSPORT, HOME, UNMAPPED, ID_NUMBER, full_width(ID_NUMBER))
#: Whose number a department gives a file for a name. Names lie in the store as they are.
NAMED_AFTER = citizen_number(Random(8))
MAPPING = Path("mappings/market-regulator/penalty.yaml").read_text("utf-8")
COLUMNS = next(line for line in MAPPING.splitlines() if line.startswith("columns:"))
COLUMNS_LIST = COLUMNS.removeprefix("columns: [").removesuffix("]").split(", ")


def mapping(feed: str = FEED) -> str:
    """Return the mapping of a feed of penalties."""
    return MAPPING.replace("market-regulator.penalty", feed).replace(
        "department: market-regulator", f"department: {feed.partition('.')[0]}"
    )


def row(number: str, **changes: str) -> dict[str, str]:
    """Return a row of a penalty on the planted person."""
    told = f"当事人{NAME}（身份证{ID_NUMBER}，电话{PHONE}，护照{PASSPORT}，住{HOME}）无照经营"
    values = {
        "CF_WSH": number,
        "CF_CFMC": "无照经营",
        "CF_CFLB1": "罚款",
        "CF_SY": told,
        "CF_YJ": "《无证无照经营查处办法》第十三条",
        "CF_XDR_MC": NAME,
        # Cleaned on its way: both forms must be hidden.
        "CF_XDR_SFZ": full_width(ID_NUMBER),
        "CF_JG": f"对{NAME}罚款人民币五千元",
        "CF_JDRQ": "2026/03/05",
        "CF_XZJG": "惠州市市场监督管理局",
        "CF_ZT": "0",
        "DFBM": UNMAPPED,
        "BZ": f"住{HOME}",
        "CF_AJMC": "无照经营",
        "FKJE": "5000",
        **changes,
    }
    return {name: values.get(name, "") for name in COLUMNS_LIST}


def rows() -> list[dict[str, str]]:
    """Return a row that is right, and two that are refused for different reasons."""
    return [
        row("示例罚〔2026〕1号"),
        row("示例罚〔2026〕2号", CF_CFLB1="没有这种处罚"),
        row("示例罚〔2026〕3号", CF_JDRQ="某日"),
    ]


def as_csv(given: list[dict[str, str]]) -> bytes:
    """Write rows as a department does."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(given[0]))
    writer.writeheader()
    writer.writerows(given)
    return out.getvalue().encode("gb18030")


def seen_in(text: str) -> list[str]:
    """Name what of the planted person stands in a text; a home is planted within a sentence too."""
    return [one for one in (*PLANTED, NAMED_AFTER) if one in text]


def bytes_of_store(folder: Path) -> bytes:
    """Return all bytes of the store in a folder, its log's too."""
    return b"".join(path.read_bytes() for path in folder.glob("gateway.db*"))


def seen_in_bytes(data: bytes) -> list[str]:
    """Return what of the planted person stands in bytes: in UTF-8, GB18030 or JSON."""
    forms = {
        one: (one.encode(), one.encode("gb18030"), ascii(one).strip("'").encode())
        for one in PLANTED
    }
    return [one for one, written in forms.items() if any(form in data for form in written)]
