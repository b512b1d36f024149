"""What the pile is given it gives back, also when it has gone to the disk."""

from hashlib import sha256

from app.publication.pile import SMALL, Pile
from app.publication.volume import Volume


def test_volumes_are_read_back_in_any_order_and_between_additions() -> None:
    volumes = [
        Volume(sha256(data).hexdigest(), data, ())
        for data in (b"a" * 10, b"b" * SMALL, b"", b"c" * 7)  # the second drives the file out of memory
    ]
    with Pile() as pile:
        for number, volume in enumerate(volumes, 1):
            pile.add(volume)
            found = [pile.read(one) for one in reversed(pile.volumes)]
            assert found == [one.data for one in reversed(volumes[:number])]
        assert [(one.sha256, one.byte_count) for one in pile.volumes] == [
            (one.sha256, len(one.data)) for one in volumes
        ]
