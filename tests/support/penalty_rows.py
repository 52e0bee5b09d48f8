"""Rows of penalties under headings that no shipped mapping has."""

from datetime import date

from gateway.demo.generate import penalties

ORGAN = ("惠州市示例局", "11441300007204567Q")


MADE = penalties(1, 120, date(2026, 4, 1))
ROWS = [
    {
        "决定书文号": row["CF_WSH"],
        "当事人": row["CF_XDR_MC"],
        "当事人类型": "自然人" if row["CF_XDR_SFZ"] else "企业",
        "信用代码": row["CF_XDR_SHXYM"],
        "身份证号": row["CF_XDR_SFZ"],
        "案由": row["CF_AJMC"],
        "违法情况": row["CF_SY"],
        "处罚依据": row["CF_YJ"],
        "处罚种类": row["CF_CFLB1"],
        "处罚结果": row["CF_JG"],
        "处罚日期": row["CF_JDRQ"],
    }
    for row, entry in zip(MADE.rows, MADE.ledger, strict=True)
    if entry.fate == "accepted"
]
