"""The gateway's database as a whole: opened, locked, migrated, kept small, sealed anew."""
