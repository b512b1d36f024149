"""Small editions of the hierarchy for tests: true codes and names of a few places."""

HEADING = "kode,tingkat,nama,tps_terakhir,tps_tambahan_awal,tps_tambahan_akhir"

ACEH = (
    "11,provinsi,ACEH,,,",
    "1101,kabupaten_kota,ACEH SELATAN,,,",
    "110101,kecamatan,BAKONGAN,,,",
    "1101012001,kelurahan,KEUDE BAKONGAN,3,,",
    "1101012002,kelurahan,UJONG MANGKI,2,901,902",
    "1102,kabupaten_kota,ACEH TENGGARA,,,",
    "110204,kecamatan,BABUSSALAM,,,",
    "1102042001,kelurahan,KOTA KUTACANE,2,,",
)
JAKARTA = (
    "31,provinsi,DKI JAKARTA,,,",
    "3173,kabupaten_kota,KOTA JAKARTA BARAT,,,",
    "317301,kecamatan,CENGKARENG,,,",
    "3173011005,kelurahan,KAPUK,4,,",
)
OVERSEAS = (
    "99,provinsi,LUAR NEGERI,,,",
    "9901,kabupaten_kota,BRUNEI DARUSSALAM,,,",
    "990101,kecamatan,KBRI BANDAR SERI BEGAWAN,,,",
    "9901010001,kelurahan,TPS,2,,",
    "9901010002,kelurahan,POS,-26,,",
)

LINES = (HEADING, *ACEH, *JAKARTA, *OVERSEAS)
"""17 regions and the nation; 3 + 4 + 2 + 4 + 2 + 1 = 16 TPS."""

REGIONS = len(LINES)
"""Lines, the heading standing for the nation."""

TPS = 16
