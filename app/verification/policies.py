"""The policies an election may choose, as the rule's numbers. Two have names; docs/acceptance-rule.md compares them."""

from collections.abc import Mapping

from app.verification.evidence import RulePolicy

DEFAULT = RulePolicy()
"""Two readers who agree, one human; three people against a machine that holds another number."""

STRICT = RulePolicy(
    wrong_bound=5e-5,
    blind_share=0.20,
    human_error_floor=0.01,
    catch_cap=0.80,
    unsure_readers_needed=3,
    machine_objects=0.50,
    plant_share=0.10,
)
"""Where collusion is feared: three readers wherever the machine is not sure, nobody believed beyond the average."""

POLICIES: Mapping[str, RulePolicy] = {"default": DEFAULT, "strict": STRICT}
