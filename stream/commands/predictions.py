"""What the evaluations of all outcomes write and say alike."""

from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from models.risk.lab.data import Stays
from models.risk.lab.evaluation import Forecasts

HELD_OUT: Final = {
    True: "The model's training saw none of these patients.",
    False: "The model was trained on these patients: the figures flatter it; --part test takes those it never saw.",
    None: "Whether the model was trained on some of these patients is not known here.",
}
PLAIN_WIDTH: Final = 180  # columns, where the output is no terminal


def write_predictions(path: Path, stays: Stays, forecasts: Forecasts) -> None:
    """Write one row for each row of the stays, in its order."""
    path.parent.mkdir(parents=True, exist_ok=True)
    table = {
        "patient_id": pa.array(stays.patient_id[stays.stay_of_row], pa.string()),
        "ICULOS": pa.array(stays.iculos.astype("int32")),
        "risk": pa.array(forecasts.risk),
        "alarm": pa.array(forecasts.alarm.astype("int8")),
        "abstained": pa.array(forecasts.abstained.astype("int8")),
    }
    pq.write_table(pa.table(table), path)
