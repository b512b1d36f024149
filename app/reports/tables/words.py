"""Words that stand in several tables."""

SOURCE_CLASSES = ("one_uploader", "two_uploaders", "official_photo")
STATES = ("waiting", "accepted", "disputed")
