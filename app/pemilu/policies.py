"""The policies of the acceptance rule that have a name. docs/acceptance-rule.md compares what they cost and prevent."""

from collections.abc import Mapping

from app.pemilu.definition import Policy

DEFAULT = Policy()
"""Two readers who agree, one of them human; three people against a machine that holds another number."""

STRICT = Policy(
    name="strict",
    wrong_bound=5e-5,
    blind_share=0.20,
    human_error_floor=0.01,
    catch_cap=0.80,
    unsure_readers_needed=3,
    machine_objects=0.50,
    plant_share=0.10,
)
"""Where collusion is feared: three readers wherever the machine is not sure, nobody believed beyond the average."""

POLICIES: Mapping[str, Policy] = {one.name: one for one in (DEFAULT, STRICT)}
