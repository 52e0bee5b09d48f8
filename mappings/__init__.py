"""One folder a department, one YAML file a feed, with sample input and expected output beside it."""

from pathlib import Path

#: Folder that holds the mappings, in a checkout and in an installed wheel alike.
ROOT = Path(__file__).resolve().parent
