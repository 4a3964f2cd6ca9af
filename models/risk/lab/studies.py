"""All studies, by the outcome's name as `--outcome` takes it. A further outcome gets a room like theirs and a line."""

from collections.abc import Mapping
from typing import Final

from models.risk.lab.mortality.study import MORTALITY_STUDY
from models.risk.lab.sepsis.study import SEPSIS_STUDY
from models.risk.lab.study import Study

STUDIES: Final[Mapping[str, Study]] = {"sepsis": SEPSIS_STUDY, "mortality": MORTALITY_STUDY}
