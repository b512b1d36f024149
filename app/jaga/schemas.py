"""What the routes of adopted TPS take and give."""

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field

from app.jaga.adopting import EMPTIEST_MAX


class CoverAnswer(BaseModel):
    """A region's TPS, how many have a guardian, and how many promises there are."""

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "examples": [
                {
                    "kode": "3173011005",
                    "tingkat": "kelurahan",
                    "nama": "KAPUK",
                    "tps": 451,
                    "tps_guarded": 120,
                    "guardians": 133,
                }
            ]
        },
    )

    kode: str
    tingkat: str
    nama: str
    tps: int
    tps_guarded: int
    guardians: int


class CoverageAnswer(BaseModel):
    """A region and what lies right below it, the least guarded share first."""

    pemilu: str
    tanggal: date
    region: CoverAnswer
    below: list[CoverAnswer]


class GuardedTps(BaseModel):
    """One TPS of a kelurahan. ``mine``: you are one of its guardians. Nobody's name is told."""

    tps: str
    guardians: int
    mine: bool


class GuardedList(BaseModel):
    """The TPS of a kelurahan, by number."""

    pemilu: str
    kelurahan: str
    tps: list[GuardedTps]


class EmptiestBody(BaseModel):
    """How many TPS are wanted."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"count": 1}]})

    count: int = Field(default=1, ge=1, le=EMPTIEST_MAX)


class AdoptedAnswer(BaseModel):
    """The TPS that were promised."""

    pemilu: str
    tps: list[str]


class ProgressAnswer(BaseModel):
    """One contest of a guarded TPS: my photographs that are kept and those that are not, other people's kept ones."""

    model_config = ConfigDict(from_attributes=True)

    pemilihan: str
    nama: str
    mine: int
    lost: int
    others: int
    reason: str | None = Field(description="Why your newest photograph is not kept.")


class MyTpsAnswer(BaseModel):
    """One TPS that you guard."""

    model_config = ConfigDict(from_attributes=True)

    tps_kode: str
    since: datetime
    contests: list[ProgressAnswer]


class MyTpsList(BaseModel):
    """The TPS that you guard on a day."""

    pemilu: str
    tps: list[MyTpsAnswer]
