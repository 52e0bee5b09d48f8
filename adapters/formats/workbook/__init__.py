"""Workbooks read by ourselves: each cell with its type, its formula and its number format.

`kinds` says what a file is; `archive`, `package`, `strings`, `survey`, `markup`, `quick` and `xlsx`
read xlsx, `ole` and `biff` read xls; `cells` turns what a cell holds into text, `table` puts rows
under headings, and `counting` counts rows by another way. Only `adapters.formats.spreadsheet` uses
them. Tests: tests/unit/adapters.
"""
