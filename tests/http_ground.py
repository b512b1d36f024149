"""Fixtures of tests that speak HTTP: a real server on a real socket over the test's own database."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Protocol

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from app.accounts.service import make_account
from app.core.access import Role
from app.core.config import Settings
from app.core.database import Sessions
from app.core.storage import LocalStore
from app.main import make_app

PASSWORD = "empat kata yang mudah"

TRUST_NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For programs that only speak plain HTTP: reading the certificates of the world for each takes longer than they do."""


class SignInAs(Protocol):
    """Make an account and return a program signed in as it; ``x-account-id`` in its headers is the account's number."""

    async def __call__(self, name: str, role: Role = Role.VOLUNTEER) -> httpx.AsyncClient: ...


@pytest.fixture
def storage(settings: Settings) -> LocalStore:
    return LocalStore(settings.objects)


@pytest.fixture
def app(settings: Settings, sessions: Sessions, storage: LocalStore) -> FastAPI:
    return make_app(settings, sessions, storage)


@pytest.fixture
async def address(app: FastAPI) -> AsyncIterator[str]:
    """Address of a running server: bodies, limits and broken connections behave as they do outside."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_level="critical", lifespan="off", ws="none", timeout_keep_alive=60)
    server = uvicorn.Server(config)
    running = asyncio.create_task(server._serve([listener]))
    while not server.started:  # noqa: ASYNC110 - uvicorn sets a flag and no event
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    server.force_exit = True
    await running
    listener.close()


@pytest.fixture
async def client(address: str) -> AsyncIterator[httpx.AsyncClient]:
    """A program that is not signed in."""
    async with httpx.AsyncClient(base_url=address, trust_env=False, timeout=30, verify=TRUST_NOBODY) as made:
        yield made


@pytest.fixture
async def sign_in_as(address: str, sessions: Sessions) -> AsyncIterator[SignInAs]:
    """Factory of signed-in programs: ``await sign_in_as("sari", Role.REVIEWER)``."""
    async with AsyncExitStack() as stack:

        async def make(name: str, role: Role = Role.VOLUNTEER) -> httpx.AsyncClient:
            async with sessions.begin() as session:
                account = await make_account(session, name=name, password=PASSWORD, role=role, trained=True)
            program = httpx.AsyncClient(base_url=address, trust_env=False, timeout=30, verify=TRUST_NOBODY)
            made = await stack.enter_async_context(program)
            answer = await made.post("/api/v1/session", json={"name": name, "password": PASSWORD})
            assert answer.status_code == 201, answer.text
            made.cookies.clear()
            made.headers["authorization"] = f"Bearer {answer.json()['token']}"
            made.headers["x-account-id"] = str(account.id)
            return made

        yield make
