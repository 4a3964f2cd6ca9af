"""Vital signs: one frame, or a block of frames from a gateway that collects them.

The codes in the descriptions are those of `schemas.codes.VITALS`.
"""

from collections.abc import Iterator
from itertools import starmap
from typing import Annotated, Any, Final, Literal, Self

from pydantic import ConfigDict, Discriminator, Field, Tag, TypeAdapter, model_validator
from pydantic_core import PydanticCustomError

from schemas.wire import Code, Instant, Measured, Pseudonym, Wire

Consciousness = Literal["alert", "confusion", "voice", "pain", "unresponsive"]

NUMERICS: Final = (
    "heart_rate_bpm",
    "respiratory_rate_per_min",
    "spo2_percent",
    "systolic_mmhg",
    "mean_arterial_mmhg",
    "diastolic_mmhg",
    "temperature_celsius",
    "etco2_mmhg",
    "fio2_fraction",
)
"""The measured vital signs, in the order of the columns of every array of frames."""

OBSERVED: Final = ("on_oxygen", "consciousness")
"""What a nurse observes; a frame without them says nothing about them."""

LARGEST_NUMBER: Final = 2**53
"""Of a frame; up to there a number is whole in every reader of JSON (RFC 8259, 6). A block begins at half of it at the
most, so that its last frame has a number too."""


HeartRate = Annotated[
    Measured, Field(description="Heart rate in beats per minute (UCUM /min, LOINC 8867-4, MDC 147842).")
]
RespiratoryRate = Annotated[
    Measured, Field(description="Respiratory rate in breaths per minute (UCUM /min, LOINC 9279-1, MDC 151594).")
]
Spo2 = Annotated[
    Measured,
    Field(
        description="Peripheral oxygen saturation by pulse oximetry in percent, 0 to 100, not a fraction (UCUM %, "
        "LOINC 2708-6, MDC 150456)."
    ),
]
SystolicPressure = Annotated[
    Measured, Field(description="Systolic blood pressure in mmHg, from a cuff or a line (UCUM mm[Hg], LOINC 8480-6).")
]
MeanArterialPressure = Annotated[
    Measured, Field(description="Mean arterial pressure in mmHg, from a cuff or a line (UCUM mm[Hg], LOINC 8478-0).")
]
DiastolicPressure = Annotated[
    Measured, Field(description="Diastolic blood pressure in mmHg, from a cuff or a line (UCUM mm[Hg], LOINC 8462-4).")
]
Temperature = Annotated[Measured, Field(description="Body temperature in degrees Celsius (UCUM Cel, LOINC 8310-5).")]
EndTidalCo2 = Annotated[
    Measured,
    Field(
        description="Partial pressure of carbon dioxide at the end of a breath in mmHg; convert kPa (UCUM mm[Hg], "
        "LOINC 19889-5, MDC 151708)."
    ),
]
InspiredOxygen = Annotated[
    Measured,
    Field(
        description="Inspired oxygen as a fraction, 0.21 to 1; a percentage is rejected as implausible, not divided "
        "(UCUM 1, LOINC 3150-0)."
    ),
]
OnOxygen = Annotated[
    bool | None,
    Field(
        description="True if the patient breathes supplemental oxygen, false for air. NEWS2 counts it for up to 6 "
        "hours."
    ),
]
Awareness = Annotated[
    Consciousness | None,
    Field(
        description="Level of consciousness on the ACVPU scale: alert, new confusion, responds to voice, responds to "
        "pain, unresponsive. `confusion` means confusion that is new. NEWS2 counts it for up to 6 hours."
    ),
]
Device = Annotated[
    Code | None,
    Field(description="The monitor or gateway that sends, e.g. monitor-4. It must not identify the patient."),
]


class VitalsFrame(Wire):
    """What a monitor showed of one patient at one moment.

    A field that is absent or null was not measured. The numbers 0 and -999 mean that the sensor is off; they are never
    taken for a value. A vital sign that stays at one of them, or is no longer sent, raises a technical alarm; a heart
    rate or respiratory rate of 0 raises asystole or apnoea unless another number speaks against it.
    """

    patient: Pseudonym
    time: Instant = Field(
        description="When the values were measured, by the monitor's clock, in ISO 8601 with a time zone. Refused if "
        "it lies over two minutes (WARDWATCH_FUTURE_S) after the record's arrival, or before the year 2000. A device "
        "whose clock is steadily wrong is moved to the others' time, which is told from 30 s (WARDWATCH_LATENESS_S) "
        "on. A second frame of a device for the same moment corrects what is charted."
    )
    device: Device = None
    sequence: int | None = Field(
        default=None,
        ge=0,
        le=LARGEST_NUMBER,
        description="The device's running number of this frame. Numbers that are left out are told as "
        "frames-lost; a frame that was sent before is passed over.",
    )
    heart_rate_bpm: HeartRate = None
    respiratory_rate_per_min: RespiratoryRate = None
    spo2_percent: Spo2 = None
    systolic_mmhg: SystolicPressure = None
    mean_arterial_mmhg: MeanArterialPressure = None
    diastolic_mmhg: DiastolicPressure = None
    temperature_celsius: Temperature = None
    etco2_mmhg: EndTidalCo2 = None
    fio2_fraction: InspiredOxygen = None
    on_oxygen: OnOxygen = None
    consciousness: Awareness = None


class VitalsBlock(Wire):
    """Frames of one patient in columns: entry i of every column was measured at entry i of `times`.

    It means the same as its frames sent one by one, and is cheaper. A column that is absent or null was not measured at
    all, a null in a column was not measured then. The numbers 0 and -999 mean that the sensor is off. Columns that are
    not as long as `times` make the whole block invalid.
    """

    patient: Pseudonym
    times: tuple[Instant, ...] = Field(
        min_length=1,
        max_length=3600,
        description="When each row was measured, as the field `time` of a single frame. One time that is refused "
        "makes the whole block invalid.",
    )
    device: Device = None
    first_sequence: int | None = Field(
        default=None,
        ge=0,
        le=LARGEST_NUMBER // 2,
        description="The device's running number of the first row; the others follow by one.",
    )
    heart_rate_bpm: tuple[HeartRate, ...] | None = None
    respiratory_rate_per_min: tuple[RespiratoryRate, ...] | None = None
    spo2_percent: tuple[Spo2, ...] | None = None
    systolic_mmhg: tuple[SystolicPressure, ...] | None = None
    mean_arterial_mmhg: tuple[MeanArterialPressure, ...] | None = None
    diastolic_mmhg: tuple[DiastolicPressure, ...] | None = None
    temperature_celsius: tuple[Temperature, ...] | None = None
    etco2_mmhg: tuple[EndTidalCo2, ...] | None = None
    fio2_fraction: tuple[InspiredOxygen, ...] | None = None
    on_oxygen: tuple[OnOxygen, ...] | None = None
    consciousness: tuple[Awareness, ...] | None = None

    @model_validator(mode="after")
    def columns_are_as_long_as_times(self) -> Self:
        """Refuse a block whose columns differ in length: which row a value belongs to could only be guessed."""
        for name in (*NUMERICS, *OBSERVED):
            column = getattr(self, name)
            if column is not None and len(column) != len(self.times):
                raise PydanticCustomError(
                    "ragged_block",  # noqa: EM101 - a type and a template
                    "column {column} has {rows} rows, times has {times}",
                    {"column": name, "rows": len(column), "times": len(self.times)},
                )
        return self

    def frames(self) -> Iterator[VitalsFrame]:
        """Yield the rows as single frames, in the block's order."""
        names = [name for name in (*NUMERICS, *OBSERVED) if getattr(self, name) is not None]
        rows = zip(*(getattr(self, name) for name in names), strict=True) if names else [()] * len(self.times)

        def frame(row: int, values: tuple[Any, ...]) -> VitalsFrame:
            sequence = None if self.first_sequence is None else self.first_sequence + row
            return VitalsFrame(
                patient=self.patient,
                time=self.times[row],
                device=self.device,
                sequence=sequence,
                **dict(zip(names, values, strict=True)),
            )

        return starmap(frame, enumerate(rows))


def _shape(record: object) -> str:
    """Tell a block, which has `times`, from a frame, which everything else must be."""
    if isinstance(record, VitalsBlock) or (isinstance(record, dict) and "times" in record):
        return "block"
    return "frame"


VitalsRecord = Annotated[
    Annotated[VitalsFrame, Tag("frame")] | Annotated[VitalsBlock, Tag("block")],
    Discriminator(_shape),
]
# A union has its own configuration: without this line its errors print the record.
VITALS_RECORD: Final[TypeAdapter[VitalsFrame | VitalsBlock]] = TypeAdapter(
    VitalsRecord, config=ConfigDict(hide_input_in_errors=True)
)
