"""Check digits as column expressions: equal to python-stdnum, and to published examples."""

from collections.abc import Callable
from random import Random

import polars as pl
import pytest
from stdnum.cn import ric, uscc

from gateway.standard import identifiers
from gateway.standard.identifiers import USCC_ALPHABET
from gateway.standard.sample_identifiers import organisation_code, unified_code

COUNT = 10_000
#: Counties that have existed as long as the numbers: the reference also knows counties' years.
COUNTIES = ("110101", "110102", "110105", "110108", "310101", "310104", "310105")


def judged(rule: Callable[[pl.Expr], pl.Expr], numbers: list[str]) -> list[bool]:
    return pl.DataFrame({"n": numbers}).select(rule(pl.col("n"))).to_series().to_list()


def citizen_number(rng: Random) -> str:
    body = (
        f"{rng.choice(COUNTIES)}{rng.randint(1940, 2012)}{rng.randint(1, 12):02}"
        f"{rng.randint(1, 28):02}{rng.randint(0, 999):03}"
    )
    return body + ric.calc_check_digit(body + "0")


def mutated(rng: Random, number: str, alphabet: str, start: int) -> str:
    """Harm a number as people and programs do; signs before `start` stay."""
    place = rng.randrange(start, len(number))
    match rng.randrange(5):
        case 0:
            return number[:place] + rng.choice(alphabet) + number[place + 1 :]
        case 1:
            place = min(place, len(number) - 2)
            return number[:place] + number[place + 1] + number[place] + number[place + 2 :]
        case 2:
            return number[:place] + number[place + 1 :]
        case 3:
            return number[:place] + rng.choice(alphabet) + number[place:]
        case _:
            other = rng.randrange(start, len(number))
            twice = number[:place] + rng.choice(alphabet) + number[place + 1 :]
            return twice[:other] + rng.choice(alphabet) + twice[other + 1 :]


def test_unified_codes_are_judged_as_the_reference_judges_them() -> None:
    rng = Random(1)
    sound = [
        unified_code(rng, organisation_code(rng), rng.choice(("91", "92", "12", "51", "93")))
        for _ in range(COUNT)
    ]
    harmed = [mutated(rng, number, USCC_ALPHABET + "IOSVZ", 2) for number in sound]

    assert all(judged(identifiers.unified_code_ok, sound))
    assert judged(identifiers.unified_code_ok, harmed) == [uscc.is_valid(n) for n in harmed]


def test_citizen_numbers_are_judged_as_the_reference_judges_them() -> None:
    rng = Random(2)
    sound = [citizen_number(rng) for _ in range(COUNT)]
    harmed = [mutated(rng, number, "0123456789X", 6) for number in sound]

    assert all(ric.is_valid(number) for number in sound)
    assert all(judged(identifiers.citizen_number_ok, sound))
    assert judged(identifiers.citizen_number_ok, harmed) == [ric.is_valid(n) for n in harmed]


def test_impossible_birth_dates_fail_although_the_check_digit_is_right() -> None:
    rng = Random(3)
    bodies = [
        f"{rng.choice(COUNTIES)}{rng.randint(1940, 2012)}{rng.randint(0, 14):02}"
        f"{rng.randint(0, 33):02}{rng.randint(0, 999):03}"
        for _ in range(COUNT)
    ]
    numbers = [body + ric.calc_check_digit(body + "0") for body in bodies]

    verdicts = judged(identifiers.citizen_number_ok, numbers)

    assert verdicts == [ric.is_valid(number) for number in numbers]
    assert 0 < sum(verdicts) < COUNT


def test_old_citizen_numbers_are_right_just_when_their_long_form_is() -> None:
    rng = Random(4)
    sound = [
        number for number in (citizen_number(rng) for _ in range(COUNT * 2)) if number[6:8] == "19"
    ][:COUNT]
    old = [number[:6] + number[8:17] for number in sound]
    harmed = [mutated(rng, number, "0123456789", 6) for number in old]
    long_forms = [n[:6] + "19" + n[6:] for n in harmed]

    made = (
        pl.DataFrame({"n": old})
        .select(identifiers.citizen_number_18(pl.col("n")))
        .to_series()
        .to_list()
    )

    assert made == sound
    assert judged(identifiers.citizen_number_15_ok, harmed) == [
        len(n) == 15 and n.isdigit() and ric.is_valid(body + ric.calc_check_digit(body + "0"))
        for n, body in zip(harmed, long_forms, strict=True)
    ]


def test_a_wrong_old_number_is_left_as_it_is() -> None:
    frame = pl.DataFrame({"n": ["110105991332001", "12", "110105199001011239"]})

    kept = frame.select(identifiers.citizen_number_18(pl.col("n"))).to_series().to_list()

    assert kept == frame["n"].to_list()


@pytest.mark.parametrize(
    ("rule", "number", "right"),
    [
        # GB 11714-1997, annex: the example of the standard.
        (identifiers.organisation_code_ok, "D21435823", False),
        (identifiers.organisation_code_ok, "D2143569X", True),
        (identifiers.organisation_code_ok, "d2143569X", False),
        (identifiers.organisation_code_ok, "D2143569-X", False),
        # The organisation code inside GB 32100-2015's example.
        (identifiers.organisation_code_ok, "M000100Y4", True),
        # GS 15-2006: the standard's example, and the next number after it.
        (identifiers.registration_number_ok, "110108000000016", True),
        (identifiers.registration_number_ok, "110108000000024", True),
        (identifiers.registration_number_ok, "110108000000017", False),
        (identifiers.registration_number_ok, "4413001000123", True),
        (identifiers.registration_number_ok, "44130010001234", False),
        # GB 11643-1999, 4: the two examples of the standard.
        (identifiers.citizen_number_ok, "11010519491231002X", True),
        (identifiers.citizen_number_ok, "440524188001010014", True),
        (identifiers.citizen_number_ok, "440524000001010014", False),
        # GB 32100-2015: the example of the standard.
        (identifiers.unified_code_ok, "91350100M000100Y43", True),
        (identifiers.unified_code_ok, "91350100M000100Y44", False),
        # A code of a rural collective begins with a letter; the reference takes digits only.
        (identifiers.unified_code_ok, "N2441302MA4EXAMP95", False),
    ],
)
def test_published_examples(rule: Callable[[pl.Expr], pl.Expr], number: str, right: bool) -> None:
    assert judged(rule, [number]) == [right]


def test_a_code_that_begins_with_a_letter_is_right_when_its_check_sign_is() -> None:
    code = unified_code(Random(5), organisation_code(Random(5)), "N2")

    assert judged(identifiers.unified_code_ok, [code]) == [True]


def test_an_absent_number_is_neither_right_nor_wrong() -> None:
    frame = pl.DataFrame({"n": [None]}, schema={"n": pl.String})

    for rule in (
        identifiers.unified_code_ok,
        identifiers.citizen_number_ok,
        identifiers.organisation_code_ok,
    ):
        assert frame.select(rule(pl.col("n")).fill_null(False)).to_series().to_list() == [False]
