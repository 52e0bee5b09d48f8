"""The central database: receives packages, validates them again, stores, answers receipts."""
