"""One subject is one subject, whichever of its identifiers a record has."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.standard import load_standard
from gateway.standard.samples import sound
from gateway.standard.subject_identity import identifiers, named, subjects
from tests.support.clock import NOW

CODE, ORGANISATION = "91441300MA4EXAMP9E", "MA4EXAMP9"


def test_an_organisation_code_stands_inside_the_unified_code() -> None:
    old, new = {"OrganisationCode": ORGANISATION}, {"UnifiedCode": CODE}

    assert subjects([old, new]) == [frozenset({("organisation", ORGANISATION), ("unified", CODE)})]


def test_a_citizen_number_of_15_digits_is_the_one_of_18() -> None:
    old = {"SubjectIdType": "1", "SubjectIdNumber": "440103850214001"}
    new = {"SubjectIdType": "1", "SubjectIdNumber": "440103198502140015"}

    assert identifiers(old) == identifiers(new)
    assert len(subjects([old, new])) == 1


def test_a_passport_is_no_citizen_number_though_its_signs_be_the_same() -> None:
    card = {"SubjectIdType": "1", "SubjectIdNumber": "440103198502140015"}
    passport = {"SubjectIdType": "2", "SubjectIdNumber": "440103198502140015"}

    assert len(subjects([card, passport])) == 2


def test_a_former_identifier_and_a_merger_join_and_a_split_does_not() -> None:
    def told(relation: str) -> int:
        link = {
            "UnifiedCode": CODE,
            "IdentifierType": "2",
            "Identifier": "110108000000016",
            "Relation": relation,
        }
        return len(subjects([{"RegistrationNumber": "110108000000016"}, link]))

    assert [told(relation) for relation in "1234"] == [1, 1, 1, 2]


def test_a_number_without_its_kind_may_be_any_of_them() -> None:
    assert ("organisation", ORGANISATION) in named(CODE)
    assert ("citizen", "440103198502140015") in named("440103850214001")
    assert ("other", "E12345678") in named("e12345678")


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32), st.data())
def test_however_records_come_their_subjects_are_the_same(seed: int, data: st.DataObject) -> None:
    rng, kinds = Random(seed), load_standard().kinds
    made = [
        sound(kinds[name], rng, NOW.date())
        for name in ("Loan", "SubjectIdentifier", "PersonProfile")
        for _ in range(3)
    ]
    mixed = data.draw(st.permutations(made))

    assert set(subjects(made)) == set(subjects(mixed))
    together = [one for group in subjects(made) for one in group]
    assert len(together) == len(set(together))
    for record in made:
        own = identifiers(record)
        assert any(set(own) <= group for group in subjects(made))
