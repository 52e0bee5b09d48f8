"""The contract of adapter kinds as tests: subclass `AdapterContract`, hand it a source, run pytest.

Needs pytest, which creditgate itself does not. docs/how-to/a-kind-of-your-own.md shows it in use.
Tests: tests/unit/adapters/test_adapter_contract.py (kinds that it must refuse),
tests/integration/adapters/test_adapter_contract.py (the built-in kinds).
"""

from adapters.testing.contract import AdapterContract
from adapters.testing.failure import ContractBrokenError
from adapters.testing.source import CLERICAL_VALUES, Row, SourceUnderTest, Trait, hard_rows

__all__ = (
    "CLERICAL_VALUES",
    "AdapterContract",
    "ContractBrokenError",
    "Row",
    "SourceUnderTest",
    "Trait",
    "hard_rows",
)
