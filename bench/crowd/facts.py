"""The numbers that the simulation rests on, each with where it comes from. What is an assumption is called so."""

from __future__ import annotations

FIELDS = ("suara_01", "suara_02", "suara_03", "suara_sah", "suara_tidak_sah", "suara_total")
"""The presidential vote section: pages 2 and 3."""
PAGES = {2: FIELDS[:3], 3: FIELDS[3:]}

# --------------------------------------------------------------------------------------- papers
PAPER_BREAKS = 0.03
"""Vote sections whose own sums do not close: 3 % in the 2019 figures (24,479 TPS) and in Sirekap's (bench.ocr)."""
BALLOTS, BALLOTS_SPREAD, BALLOTS_MOST = 193.0, 47.0, 300
"""Ballots a TPS, 2019: mean and standard deviation of `kp_jum`; 300 is the law's limit since."""
SPOILT = 0.025
"""Share of spoilt ballots, 2019: 4.8 of 193."""

# --------------------------------------------------------------------------------------- people, from KawalPemilu 2019
# `python -m bench.crowd.people_facts`: 796,468 TPS where volunteers and the authority's typists both copied the form.
READING_WRONG = 0.01619
"""Readings with a wrong field. TPS in which the two sides differ in one of four numbers. On re-check 27 % of the
disagreements were the volunteers' own, so this blames them for 3.7 times what was left of theirs *after* they had been
told and had corrected; it stands for what they wrote at first. Errs towards careless people."""
READING_ALIKE = 0.0476
"""Correlation of it within a kelurahan, which one or few people copied: how much people differ (coefficient of
variation 1.7). Differences of kelurahan other than their copyists are in it: errs towards very unequal people."""
FIELDS_WRONG = ((1, 0.554), (2, 0.150), (3, 0.050), (6, 0.246))
"""So many fields of a wrong reading are wrong. Where all four differed, all six are taken to."""
CORRECTED = 0.27
"""Share of re-checked disagreements that were human errors (2019). What is left after correction: a reviewer's rate."""
MISTAKES = (
    ("one digit", 0.620),
    ("nothing", 0.091),
    ("two digits", 0.077),
    ("near", 0.044),
    ("digits exchanged", 0.039),
    ("another number", 0.130),
)
"""What 5,841 mistakes looked like that the form's sum convicts."""
DIGIT_PAIRS = (
    "01 475, 02 73, 03 28, 04 38, 05 28, 06 100, 07 12, 08 82, 09 42, 12 365, 13 43, 14 75, 15 38, 16 38, 17 123, "
    "18 21, 19 30, 23 159, 24 81, 25 82, 26 43, 27 109, 28 43, 29 30, 34 71, 35 101, 36 30, 37 51, 38 37, 39 57, "
    "45 91, 46 47, 47 66, 48 34, 49 119, 56 136, 57 22, 58 56, 59 84, 67 59, 68 94, 69 65, 78 65, 79 45, 89 131"
)
"""How often one digit was taken for the other, of 3,619."""
UNREADABLE = 0.00395
"""Photographed TPS for which nobody wrote numbers."""
READ_EACH = 114
"""Sections a reader: 813,336 TPS and 7,107 readers at once."""

# --------------------------------------------------------------------------------------- people, assumed
ACTIVITY_SPREAD = 1.2
"""Assumption: how often people come is log-normal with this sigma (a tenth of them does half of the work)."""
INK_SHARE = 0.02
"""Share of wrong fields that come from ink which may be read in two ways, so that people err alike. Of one-digit
mistakes 14.0 % are of the pairs 3/8, 2/7, 1/7, 0/6, 5/6, where chance gives 11.1 %: an excess of 3.3 % of 62 % of the
mistakes.
At such ink a person reads the wrong number with a probability between 0 and one half, uniform from form to form."""
INK_UNREADABLE = 0.10
"""Assumption: share of readers who say of such ink that they cannot tell."""
CATCH, CATCH_STRENGTH = 0.80, 8.0
"""Assumption: a wrong number on the screen is corrected; a beta distribution over people, as if counted on so many.
Barchard & Verenikina 2013 and Barchard, Freeman, Ochoa & Stephens 2020 find checking far worse than entering twice."""
CHANGED_AT_CONFIRM = 0.5
"""Assumption: a person who confirms makes new mistakes half as often as one who types."""
SKIPPED = 0.90
"""Assumption: share of people who skip a photograph that cannot be read; the others guess."""
LATER = 0.01
"""Assumption: share of tasks that are given back without a word about the photograph."""
REVIEWERS = 0.02
"""Assumption: reviewers among people; what they do is counted."""
CLICKER_CATCH, CLICKER_SCALE = 0.05, 2.0
"""Assumption: people who confirm without looking, and how much more they err when they must type."""

# --------------------------------------------------------------------------------------- machine
SURE_WRONG = 1e-4
"""Sure but wrong, a field: the bound that the reader claims. bench.ocr saw 0 of 7,685 (below 3.9e-4)."""
SURE_WRONG_FIELDS = 2.5
"""Wrong fields at a time: the sums of a sure section close, so one wrong number never comes alone."""
# Where it is not sure: figures/machine.json, patterns of 482 sections of bench.ocr (`machine_facts`). A number named
# with confidence p is right with probability p; bench.ocr saw fewer errors than that (0.42 of what was predicted).

# --------------------------------------------------------------------------------------- what the service does
OVERRIDE_READERS = 2
"""A disputed section costs two reviewers more (overrides need two)."""
