"""Ask a site of one request: one whose database or settings are not those of the fixtures."""

import asyncio

import httpx

from app.core.config import Settings
from app.core.database import make_engine, make_sessions
from app.core.storage import LocalStore
from app.main import make_app


async def ask_site(settings: Settings, database: str, path: str) -> httpx.Response:
    engine = make_engine(database)
    app = make_app(settings, make_sessions(engine), LocalStore(settings.objects))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        answer = await client.get(path)
    for task in app.state.readiness._running.values():
        task.cancel()
    await asyncio.gather(*app.state.readiness._running.values(), return_exceptions=True)
    await engine.dispose()
    return answer
