"""Webhooks: a monitor's own program is told of new differences and publications, signed, until it has said yes."""
