"""Where things lie in the repository: a test that is moved finds them as before."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests"
CASES = TESTS / "cases"
SUPPORT = TESTS / "support"
#: Stores of earlier releases, as SQL.
STORES = TESTS / "integration" / "stores"
