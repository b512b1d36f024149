"""Answers about regions and polling stations."""

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from app.wilayah.service import Region, TpsPlace

_KAPUK: dict[str, JsonValue] = {
    "kode": "3173011005",
    "tingkat": "kelurahan",
    "nama": "KAPUK",
    "induk": "317301",
    "tps_count": 451,
    "current": True,
    "successors": [],
}


class RegionAnswer(BaseModel):
    """A region above the TPS."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [_KAPUK]})

    kode: str = Field(description="KPU's code: 2, 4, 6 or 10 digits; 0 is the nation.")
    tingkat: str = Field(description="nasional, provinsi, kabupaten_kota, kecamatan or kelurahan.")
    nama: str
    induk: str | None = Field(description="The code one level up.")
    tps_count: int = Field(description="TPS in and below it today.")
    current: bool = Field(description="False: a later edition of the hierarchy ended this code.")
    successors: list[str] = Field(description="Codes that follow an ended one.")


class TpsAnswer(BaseModel):
    """A polling station."""

    model_config = ConfigDict(
        from_attributes=True, json_schema_extra={"examples": [{"kode": "3173011005001", "nomor": 1, "current": True}]}
    )

    kode: str = Field(description="13 digits: the kelurahan's 10 and the TPS number in 3.")
    nomor: int
    current: bool


class PlaceAnswer(BaseModel):
    """A region with its place in the hierarchy."""

    region: RegionAnswer
    path: list[RegionAnswer] = Field(description="From the nation down to the region itself.")
    children: list[RegionAnswer] = Field(description="The current regions right below it.")
    tps: list[TpsAnswer] = Field(description="Of a kelurahan: its current TPS, by number.")


class FoundAnswer(BaseModel):
    """Regions that a search found."""

    q: str
    found: list[RegionAnswer]


def answer_region(region: Region) -> RegionAnswer:
    """Return a region as it is sent."""
    return RegionAnswer.model_validate(region)


def answer_tps(place: TpsPlace) -> TpsAnswer:
    """Return a polling station as it is sent."""
    return TpsAnswer.model_validate(place)
