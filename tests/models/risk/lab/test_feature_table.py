"""The table of features has the rows of the stays, whatever their lengths."""

from pathlib import Path

import numpy as np

from models.risk.features import SEPSIS
from models.risk.lab.feature_table import feature_table
from models.risk.lab.mortality.data import read_stays
from models.risk.lab.mortality.outcome import FEATURES
from tests.builders.mortality_stays import many_records
from tests.builders.risk_stays import many_stays


def test_the_table_holds_the_features_of_every_hour_in_the_order_of_the_rows(tmp_path: Path) -> None:
    for features, stays in (
        (SEPSIS, many_stays(tmp_path / "sepsis", count=9)),
        (FEATURES, read_stays(many_records(tmp_path / "mortality", count=9))),
    ):
        hours: list[int] = []
        table = feature_table(features, stays, hours.append)
        assert table.shape == (len(stays.columns), len(features.names))
        np.testing.assert_array_equal(table[:, features.names.index("hours_in_icu")], stays.iculos)
        assert hours == list(range(1, int(stays.hours.max()) + 1))
