"""Vital signs: one frame, or a block of frames from a gateway that coalesces."""

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
"""The measured columns, in the order of every array of frames."""

OBSERVED: Final = ("on_oxygen", "consciousness")
"""What a person observed; a frame without them says nothing about them."""


class VitalsFrame(Wire):
    """What a monitor showed at one moment. A missing field was not measured; 0 or -999 means that the sensor is off."""

    patient: Pseudonym
    time: Instant
    device: Code | None = None
    sequence: int | None = Field(default=None, ge=0, description="the device's running number, to notice gaps")
    heart_rate_bpm: Measured = None
    respiratory_rate_per_min: Measured = None
    spo2_percent: Measured = None
    systolic_mmhg: Measured = None
    mean_arterial_mmhg: Measured = None
    diastolic_mmhg: Measured = None
    temperature_celsius: Measured = None
    etco2_mmhg: Measured = None
    fio2_fraction: Measured = None
    on_oxygen: bool | None = Field(default=None, description="breathes supplemental oxygen")
    consciousness: Consciousness | None = Field(default=None, description="ACVPU; confusion means new confusion")


class VitalsBlock(Wire):
    """Consecutive frames of one patient in columns: row i of every column was measured at `times[i]`.

    Means the same as its frames sent one by one. A column may be left out; a None in it was not measured.
    """

    patient: Pseudonym
    times: tuple[Instant, ...] = Field(min_length=1, max_length=3600)
    device: Code | None = None
    first_sequence: int | None = Field(default=None, ge=0, description="running number of row 0")
    heart_rate_bpm: tuple[Measured, ...] | None = None
    respiratory_rate_per_min: tuple[Measured, ...] | None = None
    spo2_percent: tuple[Measured, ...] | None = None
    systolic_mmhg: tuple[Measured, ...] | None = None
    mean_arterial_mmhg: tuple[Measured, ...] | None = None
    diastolic_mmhg: tuple[Measured, ...] | None = None
    temperature_celsius: tuple[Measured, ...] | None = None
    etco2_mmhg: tuple[Measured, ...] | None = None
    fio2_fraction: tuple[Measured, ...] | None = None
    on_oxygen: tuple[bool | None, ...] | None = None
    consciousness: tuple[Consciousness | None, ...] | None = None

    @model_validator(mode="after")
    def columns_are_as_long_as_times(self) -> Self:
        """Refuse a ragged block: which row a value belongs to could only be guessed."""
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
        """The same rows as single frames, in the block's order."""
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
    """A block has `times`; everything else must be a frame."""
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
