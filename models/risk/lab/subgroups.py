"""Groups of patients that every outcome is measured in: by sex and by age.

Shapes: P stays.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.risk.lab.stays import Stays

# Age bands in years, from the first to below the second; our own choice.
_AGES: Final = ((0, 45), (45, 65), (65, 80), (80, 200))


def by_sex_and_age(stays: Stays) -> dict[str, NDArray[np.bool_]]:
    """Who belongs to which group, [P], by what the first row says."""
    male, age = stays.at_first("sex_male"), stays.at_first("age_years")
    return {
        "female": male == 0,
        "male": male == 1,
        f"age below {_AGES[0][1]}": age < _AGES[0][1],
        **{f"age {low} to {high - 1}": (age >= low) & (age < high) for low, high in _AGES[1:-1]},
        f"age {_AGES[-1][0]} and above": age >= _AGES[-1][0],
    }
