"""Direct uploads where photographs lie in a folder: there are none, and the answer says where to send instead."""

import pytest

from app.core.config import Settings
from app.core.database import Sessions
from app.core.storage import LocalStore
from tests.http_ground import SignInAs
from tests.intake.direct_sender import Sender, jpeg
from workers.job import Context
from workers.reader_pool import ReaderPool
from workers.sweep_uploads import sweep_uploads

pytestmark = pytest.mark.usefixtures("election")


async def test_a_folder_takes_no_direct_uploads(sign_in_as: SignInAs) -> None:
    site = await sign_in_as("sari")
    sari = Sender(site, site)

    for answer in (await sari.announce(jpeg()), await sari.look({"upload": 1}), await sari.complete({"upload": 1})):
        assert (answer.status_code, answer.json()["code"]) == (409, "direct_upload_unavailable")
        assert "POST /api/v1/photos" in answer.json()["remedy"]


async def test_sweeping_a_folder_is_nothing(sessions: Sessions, settings: Settings, storage: LocalStore) -> None:
    assert await sweep_uploads(Context(sessions, settings, storage, ReaderPool(0))) == 0
