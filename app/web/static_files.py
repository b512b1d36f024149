"""Style, scripts and icons: fetched once by a phone with little credit; their addresses change with their content."""

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from app.web.rendering import STATIC, static_address

FOR_EVER = "public, max-age=31536000, immutable"
BRIEFLY = "public, max-age=300"


class StaticPages(StaticFiles):
    """The files of the static folder, to be kept for ever under the address that names their present content."""

    def __init__(self) -> None:
        """Serve the folder that ships with the pages."""
        super().__init__(directory=STATIC)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return the file; an address of other content (an older page's) is not to be kept for long."""
        response = await super().get_response(path, scope)
        asked = f"/static/{path}?{scope['query_string'].decode('latin-1')}"
        response.headers["cache-control"] = FOR_EVER if asked == static_address(path) else BRIEFLY
        return response
