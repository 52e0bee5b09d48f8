"""What people do, each with its entry in the audit log; console, API and commands come here."""
