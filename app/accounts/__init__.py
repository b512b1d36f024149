"""People: accounts, passwords, server-side sessions, roles."""
