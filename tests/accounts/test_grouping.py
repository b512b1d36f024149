"""Who is treated as one person, by the pure rule."""

from datetime import UTC, datetime, timedelta

from app.accounts.grouping import ADDRESS_MAX, DEVICE_MAX, Signal, find_ties, group_accounts

NIGHT = datetime(2024, 2, 14, 20, tzinfo=UTC)


def at_home(account: int, *, address: bytes = b"a", browser: bytes = b"x", hours: float = 0) -> list[Signal]:
    when = NIGHT + timedelta(hours=hours)
    return [
        Signal(account, "address", address, when, when),
        Signal(account, "place", address + browser, when, when),
    ]


def on_device(account: int, device: bytes = b"d") -> Signal:
    return Signal(account, "device", device, NIGHT, NIGHT)


def groups(signals: list[Signal], invited: list[tuple[int, int]] | None = None) -> list[tuple[int, ...]]:
    return [one.members for one in group_accounts(find_ties(signals, invited or []))]


def test_one_device_is_one_person() -> None:
    assert groups([on_device(1), on_device(2), on_device(3, b"other")]) == [(1, 2)]


def test_an_address_alone_links_nobody() -> None:
    assert groups(at_home(1) + at_home(2, browser=b"y")) == []


def test_the_same_browser_at_one_address_on_one_day_links() -> None:
    assert groups(at_home(1) + at_home(2, hours=20)) == [(1, 2)]
    assert groups(at_home(1) + at_home(2, hours=30)) == [], "an address is lent to somebody else the next day"


def test_a_telephone_companys_address_links_nobody() -> None:
    crowd = [signal for account in range(ADDRESS_MAX + 1) for signal in at_home(account)]
    assert groups(crowd) == []
    assert groups(crowd[2:]) != [], "one fewer is a household"
    others = [signal for account in range(100, 100 + ADDRESS_MAX) for signal in at_home(account, browser=b"z")]
    assert groups(crowd[: 2 * 3] + others) == [], "what counts is everybody at the address, not those with one browser"


def test_a_public_device_links_nobody() -> None:
    assert groups([on_device(account) for account in range(DEVICE_MAX + 1)]) == []


def test_invitations_link_but_not_a_whole_village() -> None:
    assert groups([], [(1, 2), (2, 3)]) == [(1, 2, 3)]
    chain = [(number, number + 1) for number in range(1, 200)]
    found = groups([], chain)
    assert max(len(group) for group in found) == 30
    assert len(found) == 7, "they are parted, not let go"


def test_what_came_first_changes_nothing() -> None:
    signals = [on_device(3), on_device(1), *at_home(1), *at_home(9), on_device(9, b"e"), on_device(4, b"e")]
    assert groups(signals) == groups(signals[::-1]) == [(1, 3, 4, 9)]
