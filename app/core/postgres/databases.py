"""Databases on a server: make one by name, and the address that asyncpg itself understands."""

import asyncpg
from sqlalchemy.engine import make_url

from app.core.database import asyncpg_url


def plain_dsn(url: str) -> str:
    """Return `url` without SQLAlchemy's driver name, as asyncpg takes it."""
    return make_url(asyncpg_url(url)).set(drivername="postgresql").render_as_string(hide_password=False)


def database_url(url: str, name: str) -> str:
    """Return the address of database `name` on the server of `url`."""
    return make_url(asyncpg_url(url)).set(database=name).render_as_string(hide_password=False)


async def prepare_database(url: str, name: str) -> str:
    """Make database `name` on the server of `url` unless it is there; return its address."""
    connection = await asyncpg.connect(plain_dsn(url))
    try:
        quoted = '"' + name.replace('"', '""') + '"'
        await connection.execute(f"CREATE DATABASE {quoted}")
    except asyncpg.DuplicateDatabaseError:
        pass  # made by an earlier start
    finally:
        await connection.close()
    return database_url(url, name)
