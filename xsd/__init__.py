"""The unified standard's files: `credit/` (record kinds), `exchange/` (package, receipt, catalogue)."""

from pathlib import Path

#: Folder that holds the schema files, in a checkout and in an installed wheel alike.
ROOT = Path(__file__).resolve().parent
