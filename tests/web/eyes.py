"""Looks at a page the way a strict visitor would, and says what is wrong with it."""

from dataclasses import dataclass, field
from typing import Any, Literal

from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import ConsoleMessage, Page, Request, Response

Language = Literal["id", "en"]
Scheme = Literal["light", "dark"]

Look = tuple[tuple[int, int], Scheme]

PHONE: Look = ((360, 740), "light")
DESK: Look = ((1280, 900), "dark")
LOOKS = (PHONE, DESK)
"""A phone's and a desk's window, each in one of the colour schemes: a colour does not know the window's size."""

UNOFFICIAL = {"id": "Bukan hasil resmi", "en": "Not the official result"}
SERIOUS = {"serious", "critical"}
OPTIONS = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
"""Beside what axe looks at by itself: targets large enough for a thumb (WCAG 2.2, 24 px)."""

# Pictures lower down are loaded when they come near the window.
SHOW_PICTURES = """async () => {
  for (const picture of document.images) picture.loading = "eager";
  await Promise.all([...document.images].map((picture) => picture.decode().catch(() => null)));
  return [...document.images].filter((picture) => !picture.naturalWidth).map((picture) => picture.src);
}"""
TOO_WIDE = """() => document.documentElement.scrollWidth <= window.innerWidth ? [] :
  [...document.querySelectorAll("body *")].filter((one) => one.getBoundingClientRect().right > window.innerWidth + 1)
    .map((one) => `${one.tagName}.${one.className}`).slice(0, 5).concat(["(the page itself)"])
"""

# What axe takes grows faster than the page. Of a long list it goes over every other item at one size and over the rest
# at the other one; at both over the first ones, which stand for all that a template makes alike.
GO_OVER = """async ([options, own]) => {
  const lists = [...document.querySelectorAll("body *")].filter((one) => one.children.length > 40);
  const others = lists.flatMap((one) => [...one.children].filter((_, place) => place >= 10 && place % 2 === own));
  const before = others.map((one) => one.style.display);
  for (const one of others) one.style.display = "none";
  const found = await axe.run(options);
  others.forEach((one, place) => { one.style.display = before[place]; });
  return found;
}"""


@dataclass
class Eyes:
    """Watches one page from before its first request: what it logs, asks for and is refused."""

    page: Page
    origin: str
    seen: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Start watching."""
        self.page.on("console", self._note_console)
        self.page.on("pageerror", lambda error: self.seen.append(f"script error: {error}"))
        self.page.on("request", self._note_request)
        self.page.on("response", self._note_response)

    def _note_console(self, message: ConsoleMessage) -> None:
        # Violations of the Content-Security-Policy are logged as errors too. What a missing page logs is no fault.
        if message.type in {"error", "warning"} and "the server responded with a status of" not in message.text:
            self.seen.append(f"console {message.type}: {message.text}")

    def _note_request(self, request: Request) -> None:
        if not request.url.startswith((self.origin, "data:", "blob:")):
            self.seen.append(f"asks another host: {request.url}")

    def _note_response(self, response: Response) -> None:
        if response.status >= 400 and not response.request.is_navigation_request():
            self.seen.append(f"{response.status} for {response.url}")

    async def look(self, language: Language, strictly: tuple[Look, ...] = LOOKS) -> list[str]:
        """Return everything wrong with the page as it is now, at both sizes.

        ``strictly``: the looks in which axe goes over it, by far the longest part. Whoever looks at a page in both
        languages may give each one of them: neither size nor colours depend on the language.
        """
        complaints = [f"empty picture {address}" for address in await self.page.evaluate(SHOW_PICTURES)]
        complaints += await self._look_at_words(language)
        await self.page.evaluate(AXE_SCRIPT)
        for look in LOOKS:
            (width, height), scheme = look
            await self.page.set_viewport_size({"width": width, "height": height})
            await self.page.emulate_media(color_scheme=scheme)
            found = [f"too wide: {one}" for one in await self.page.evaluate(TOO_WIDE)]
            if look in strictly:
                found += _pick_serious(await self.page.evaluate(GO_OVER, [OPTIONS, LOOKS.index(look)]))
            complaints += [f"{width} px, {scheme}: {one}" for one in found]
        complaints += self.seen
        self.seen.clear()
        return complaints

    async def _look_at_words(self, language: Language) -> list[str]:
        complaints = []
        if (said := await self.page.get_attribute("html", "lang")) != language:
            complaints.append(f"lang is {said!r}")
        if not await self.page.get_by_text(UNOFFICIAL[language]).last.is_visible():
            complaints.append(f"does not say {UNOFFICIAL[language]!r}")
        if await self.page.locator("h1").count() != 1:
            complaints.append("does not have exactly one h1")
        return complaints


def _pick_serious(results: dict[str, Any]) -> list[str]:
    return [
        f"{violation['id']}: {node['html'][:200]} — {node.get('failureSummary', '')[:300]}"
        for violation in results["violations"]
        if violation["impact"] in SERIOUS
        for node in violation["nodes"]
    ]
