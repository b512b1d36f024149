"""How the routes about official figures are asked: an open alarm for whoever closes one."""

from sqlalchemy import text

from tests.access.asking import ASKINGS, Asking, asks
from tests.access.town import Town

_ALARM = text(
    """WITH snapshot AS (
         INSERT INTO official_snapshot (pemilihan_id, kind, name, sha256, tps_count, changed_count, notes)
         SELECT id, 'sirekap_csv', 'town.csv', 'x', 0, 0, '{}' FROM pemilihan ORDER BY id LIMIT 1
         RETURNING id, pemilihan_id)
       INSERT INTO official_alarm (snapshot_id, pemilihan_id, kind, kode, field, facts, severity)
       SELECT id, pemilihan_id, 'chart', '0', 'suara_sah', '{"tps": 1, "votes": 1, "difference": 1}', 1 FROM snapshot
       RETURNING id"""
)


@asks("POST /resmi/tanda/{alarm_id}")
async def close_alarm(town: Town, _person: str) -> Asking:
    async with town.sessions.begin() as session:
        alarm = (await session.execute(_ALARM)).scalar_one()
    return Asking(path={"alarm_id": alarm}, form={"alasan": "Koreksi yang sudah diumumkan."})


PREPARED = tuple(ASKINGS)
