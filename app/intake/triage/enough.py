"""A TPS that has enough photographs: what strangers send for it now is kept, and read when nothing else waits.

Enough is an accepted result that two unlinked uploaders carry, or that agrees with the official photograph. Somebody
whose photographs stand behind an accepted result is no stranger. So a flood of forged photographs for TPS that are
decided keeps nobody's photograph waiting; it is read all the same in the end, and a conflict is still seen.
"""

READ_LAST_PRIORITY = -2
"""Behind ordinary work, and behind a withdrawal's batches."""

READ_LAST_WORDS = (
    "TPS ini sudah punya cukup foto yang cocok; foto Anda disimpan dan dibaca sesudah yang lain. "
    "(This TPS has enough photographs that agree; yours is kept and read after the others.)"
)

READ_LAST = """EXISTS (
    SELECT FROM result enough WHERE enough.pemilihan_id = $2 AND enough.tps_kode = $3 AND enough.current
    AND enough.state = 'accepted' AND enough.source_class IN ('two_uploaders', 'official_photo')
) AND NOT EXISTS (
    SELECT FROM photo own JOIN result good ON good.pemilihan_id = own.pemilihan_id AND good.tps_kode = own.tps_kode
    AND good.round = own.round AND good.state = 'accepted'
    WHERE own.uploader_id = $1 AND own.state = 'read' OFFSET 0
)"""
"""Expression for a statement whose $1 is the uploader, $2 the contest's number and $3 the TPS's code."""
