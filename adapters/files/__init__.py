"""File drops: files that departments put down in a folder, by SFTP or by FTPS."""
