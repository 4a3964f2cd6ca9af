"""Every rule from which a proposal may follow, by its name and version."""

from collections.abc import Mapping
from typing import Final

from models.treatment.cpic_rules import CPIC_RULES
from models.treatment.dpwg import DPWG_RULES
from models.treatment.rules import RULES, Rule
from models.treatment.safety.check import ORDER_RULES
from models.treatment.secondary import SECONDARY_RULES

BY_NAME: Final[Mapping[str, Rule]] = {
    f"{rule.id}/{rule.version}": rule
    for rule in (*RULES, *DPWG_RULES, *SECONDARY_RULES.values(), *CPIC_RULES.values(), *ORDER_RULES)
}
"""Such as `lactate-remeasure/1`."""
