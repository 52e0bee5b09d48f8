"""A row whose columns have slipped: a name stands where a code or a date should be."""

from gateway.masking import Personal
from gateway.standard import NEWEST, load_standard
from gateway.standard.disclosure import record_mask


def test_a_name_in_another_column_than_its_own_is_masked_there_too() -> None:
    mask = record_mask(load_standard(NEWEST).kind("AdministrativeLicence"))
    row = mask.row(
        Personal(
            {"SubjectName": "植入甲", "SubjectClass": "1", "LicenceClass": "植入甲", "DecisionDate": "植入甲 2026-04-01",
             "ValidFrom": "2026-04-01"}
        )
    )  # fmt: skip

    assert "植入甲" not in str(row)
    # A code or a date that is one stays as it is.
    assert (row["SubjectClass"], row["ValidFrom"]) == ("1", "2026-04-01")
