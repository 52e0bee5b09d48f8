"""The seeded generator: rows of three departments, and the ledger of what must become of each."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from gateway.standard.sample_identifiers import (
    citizen_number,
    citizen_number_15,
    full_width,
    organisation_code,
    registration_number,
    unified_code,
    wrong_check,
)

#: Share of rows broken in a way that must be refused.
BROKEN = 0.012
#: Share of rows written oddly in a way that must be accepted.
ODD = 0.02
#: Made up: common family names and given names that say so.
_FAMILY = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨"
_MADE_UP_NAMES = ("示例", "样本", "范例", "例一", "例二", "试样", "假设", "虚拟")
_PLACES = ("惠城", "惠阳", "博罗", "惠东", "龙门", "大亚湾", "仲恺")
_TRADES = ("电子", "食品", "建材", "物流", "环保", "服装", "化工", "餐饮", "五金", "塑胶")

Row = dict[str, str]


@dataclass(slots=True)
class Entry:
    """A ledger line: the row's number in its source, its fate, and the rule if it is to be refused.

    fate: accepted, refused, or repeat (the same record again, which must not travel twice).
    """

    number: int
    fate: str
    rule: str = ""


@dataclass(slots=True)
class Source:
    """One department's rows in order, and their ledger."""

    feed: str
    rows: list[Row] = field(default_factory=list)
    ledger: list[Entry] = field(default_factory=list)


#: How a row is broken, and the rule that must say so.
Breaker = tuple[str, Callable[[Random, Row], None]]


def penalties(seed: int, count: int, today: date) -> Source:
    """Return penalties in the column layout of 2015 (market regulator)."""
    return _generate(
        "market-regulator.penalty",
        Random(f"penalty {seed}"),  # noqa: S311
        count,
        today,
        _penalty,
        [
            ("check.unified_code", lambda _, row: _code(row, "CF_XDR_SHXYM")),
            ("map.date", lambda _, row: row.update(CF_JDRQ="2026/02/30")),
            ("map.code", lambda _, row: row.update(CF_CFLB1="批评教育")),
            ("facet.max_length", lambda _, row: row.update(CF_XDR_MC="惠" * 201)),
            ("subject.person", _organisation_on_person),
        ],
        full_width_column="CF_XDR_SHXYM",
        again=lambda row: row.update(CF_JG="罚款人民币一元整"),
        again_rule="change.duplicate",
    )


def licences(seed: int, count: int, today: date) -> Source:
    """Return licences whose columns are the national codes of 2018 (environment bureau)."""
    return _generate(
        "environment.licence",
        Random(f"licence {seed}"),  # noqa: S311
        count,
        today,
        _licence,
        [
            ("check.unified_code", lambda _, row: _code(row, "XK_XDR_SHXYM")),
            ("map.date", lambda _, row: row.update(XK_JDRQ="2026-13-01")),
            ("facet.code", lambda _, row: row.update(XK_ZT="7")),
            ("facet.max_length", lambda _, row: row.update(XK_XKWS="证" * 201)),
            (
                "check.citizen_number",
                lambda _, row: row.update(XK_FR_ZJHM=wrong_check(row["XK_FR_ZJHM"])),
            ),
        ],
        full_width_column="XK_JDRQ",
    )


def payments(seed: int, count: int, today: date) -> Source:
    """Return employers' monthly payments with pinyin initials for names (housing fund bureau)."""
    return _generate(
        "housing-fund.payment",
        Random(f"payment {seed}"),  # noqa: S311
        count,
        today,
        _payment,
        [
            ("check.unified_code", lambda _, row: _code(row, "tyshxydm")),
            ("map.date", lambda _, row: row.update(jcrq="20260231")),
            ("map.code", lambda _, row: row.update(jczt="09")),
            ("facet.maximum", lambda _, row: row.update(dwbl="120.00")),
            (
                "check.organisation_code",
                lambda _, row: row.update(zzjgdm=wrong_check(row["zzjgdm"])),
            ),
        ],
        full_width_column="jcrs",
    )


def _generate(
    feed: str,
    rng: Random,
    count: int,
    today: date,
    make: Callable[[Random, int, date], Row],
    breakers: list[Breaker],
    *,
    full_width_column: str,
    again: Callable[[Row], None] = lambda _row: None,
    again_rule: str = "",
) -> Source:
    source = Source(feed)
    sound: list[Row] = []
    for number in range(count):
        row = make(rng, number, today)
        chance = rng.random()
        entry = Entry(number, "accepted")
        if chance < BROKEN:
            rule, harm = breakers[number % len(breakers)]
            harm(rng, row)
            entry = Entry(number, "refused", rule)
        elif chance < BROKEN + 0.002 and sound:
            row = dict(rng.choice(sound[-200:]))
            again(row)
            entry = Entry(number, "refused" if again_rule else "repeat", again_rule)
        elif chance < BROKEN + ODD:
            row[full_width_column] = full_width(row[full_width_column])
        else:
            sound.append(row)
        source.rows.append(row)
        source.ledger.append(entry)
    return source


def _code(row: Row, column: str) -> None:
    """Break the unified code; a person's row gets made an organisation's by it."""
    row[column] = wrong_check(row[column] or "91441302MA0000000A")


def _person(rng: Random) -> str:
    return rng.choice(_FAMILY) + rng.choice(_MADE_UP_NAMES)


def _company(rng: Random) -> str:
    return f"惠州市{rng.choice(_PLACES)}{rng.choice(_MADE_UP_NAMES)}{rng.choice(_TRADES)}有限公司"


def _day(rng: Random, today: date) -> date:
    return today - timedelta(days=rng.randint(1, 700))


def _organisation_on_person(rng: Random, row: Row) -> None:
    row["CF_XDR_SHXYM"] = unified_code(rng, organisation_code(rng))
    row["CF_XDR_SFZ"] = citizen_number(rng)
    row["CF_XDR_GSDJ"] = ""


def _penalty(rng: Random, number: int, today: date) -> Row:
    person = number % 10 == 3
    day = _day(rng, today)
    fine = rng.choice((500, 2_000, 5_000, 12_345, 50_000, 200_000))
    trade = rng.choice(_TRADES)
    return {
        "CF_WSH": f"惠市监处罚〔{day.year}〕{number + 1}号",
        "CF_CFMC": f"{trade}违法案",
        "CF_CFLB1": rng.choice(("罚款", "罚款", "罚款", "警告", "没收违法所得")),
        "CF_CFLB2": "",
        "CF_SY": (
            f"经查，当事人销售的{trade}商品与标签不符，货值 {fine / 3:.2f} 元，数量 < 100 件。"
        ),
        "CF_YJ": "《中华人民共和国产品质量法》第五十条",
        "CF_XDR_MC": _person(rng) if person else _company(rng),
        "CF_XDR_SHXYM": "" if person else unified_code(rng, organisation_code(rng)),
        "CF_XDR_ZDM": "",
        "CF_XDR_GSDJ": "" if person or number % 4 else registration_number(rng),
        "CF_XDR_SWDJ": "",
        "CF_XDR_SFZ": citizen_number(rng) if person else "",
        "CF_FR": "" if person else _person(rng),
        "CF_JG": f"罚款人民币 {fine} 元",
        "CF_JDRQ": day.strftime(("%Y/%m/%d", "%Y-%m-%d", "%Y%m%d")[number % 3]),
        "CF_XZJG": "惠州市市场监督管理局",
        "CF_ZT": "0",
        "DFBM": "441300",
        "SJC": f"{day.isoformat()} 09:00:00",
        "BZ": "",
        "GSQX": (day + timedelta(days=1095)).strftime("%Y%m%d"),
        "CF_AJMC": f"销售不合格{trade}商品",
        "FKJE": f"{fine}.00",
    }


def _licence(rng: Random, number: int, today: date) -> Row:
    organisation = organisation_code(rng)
    code = unified_code(rng, organisation)
    day = _day(rng, today)
    holder = citizen_number(rng)
    empty = dict.fromkeys(
        (
            "XK_XDR_GSZC",
            "XK_XDR_SWDJ",
            "XK_XDR_SYDW",
            "XK_XDR_SHZZ",
            "XK_XDR_ZJLX",
            "XK_XDR_ZJHM",
            "BZ",
        ),
        "",
    )
    return empty | {
        "XK_XDR_MC": _company(rng),
        "XK_XDR_LB": "2",
        "XK_XDR_SHXYM": code,
        "XK_XDR_ZZJG": organisation,
        "XK_FRDB": _person(rng),
        "XK_FR_ZJLX": "1",
        "XK_FR_ZJHM": citizen_number_15(holder) if number % 50 == 7 else holder,
        "XK_XKWS": "排污许可证核发决定书",
        "XK_WSH": f"惠市环许〔{day.year}〕{number + 1}号",
        "XK_XKLB": rng.choice("124"),
        "XK_XKZS": "排污许可证",
        "XK_XKBH": f"{code}{number % 1000:03}V",
        "XK_NR": "准予排放经处理的生产废水、废气",
        "XK_JDRQ": day.isoformat(),
        "XK_YXQZ": day.isoformat(),
        "XK_YXQZI": (day + timedelta(days=1826)).isoformat(),
        "XK_XKJG": "惠州市生态环境局",
        "XK_XKJGDM": "11441300007212348P",
        "XK_ZT": "0",
        "XK_LYDW": "惠州市生态环境局",
        "XK_LYDWDM": "11441300007212348P",
    }


def _payment(rng: Random, number: int, today: date) -> Row:
    organisation = organisation_code(rng)
    staff = rng.randint(3, 400)
    base = staff * rng.randint(3_000, 15_000)
    due = base * 10 // 100
    paid = due if number % 12 else due // 2
    month = date(today.year - 1 - number % 2, 1 + number % 12, 1)
    holder = citizen_number(rng)
    return {
        "dwzh": f"0752{number + 1:06}",
        "dwmc": _company(rng),
        "dwxz": rng.choice(("10", "10", "20")),
        "tyshxydm": unified_code(rng, organisation),
        "zzjgdm": organisation,
        "frxm": _person(rng),
        "frsfz": citizen_number_15(holder) if number % 40 == 9 else holder,
        "jcny": month.strftime("%Y%m"),
        "jcrs": str(staff),
        "jcjs": f"{base}.00",
        "dwbl": "5.00",
        "grbl": "5.00",
        "yjje": f"{due}.00",
        "sjje": f"{paid}.00",
        "jcrq": month.replace(day=15).strftime("%Y%m%d"),
        "qjys": "0" if paid == due else "1",
        "jczt": "01" if paid == due else "02",
    }
