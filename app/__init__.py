"""The service: HTTP, domain, database. Imports go down only; see docs/architecture.md."""
