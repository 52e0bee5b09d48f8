"""The line a record takes: fetch, map, check, compare, pack, keep. Its steps are pure but the last."""
