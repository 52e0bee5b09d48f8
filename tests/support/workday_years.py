"""Years of holidays as an office types them."""

NEXT_YEAR = "\n".join(
    ["日期,类别,名称", "2027-01-01,放假,元旦"]
    + [f"2027-02-{day:02},holiday,春节" for day in range(5, 13)]
    + [f"2027-10-{day:02},放假,国庆节" for day in range(1, 8)]
    + ["2027-01-31,上班,春节调休", "2027-10-09,workday,国庆调休"]
)
