"""File drops: files that departments put down in a folder, by SFTP, by FTPS or on this machine.

`ready` says which files are whole and why the others wait, `control_totals` what a file beside one
declares, `adapter` puts it together. Files are parsed by a reader (`adapters.reader`), not here.
Tests: tests/unit/adapters/files, tests/integration/adapters/files.
"""
