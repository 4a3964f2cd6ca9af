"""What staff set for one patient's alarms: limits, pauses, standby, absence, sound off. Each for a stated time.

A topic of its own beside the acknowledgements: an acknowledgement answers one alert and names it, a setting is about
what has not happened yet and names a condition or none; who may answer an alarm need not be allowed to turn one down,
which access rights can only tell apart by topic; and settings are kept as long as the alerts that they explain.
"""

from typing import Literal, Self

from pydantic import ConfigDict, Field, model_validator

from schemas.wire import Code, Instant, Pseudonym, Wire

Timed = Literal["limit", "pause", "standby", "away", "sound-off"]
"""What holds until a stated time."""
Role = Literal["nurse", "physician"]
"""Whose bounds count."""


class AlarmSetting(Wire):
    """A nurse or physician changes how one patient's alarms are given. Arrest and extreme values always sound.

    Of the settings of one kind (of one kind and condition for `limit` and `sound-off`) the newest by `time` counts, in
    whatever order they arrive; of two with the same time `end`, else the later arrival. What became of each is told on
    `ward-status`, with component `alarms`: accepted, refused and why, expired, ended.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"properties": {"action": {"const": "end"}}},
            "then": {"required": ["ends"], "properties": {"ends": {"type": "string"}}},
        }
    )

    patient: Pseudonym
    time: Instant = Field(description="When it was set. ISO 8601 with a time zone.")
    action: Literal[Timed, "end"] = Field(
        description="`limit`: a condition's first limit for this patient; `pause`: no alarm sounds for two minutes at "
        "most; `standby`: none does until vital signs are measured again; `away`: none does while the patient is at an "
        "examination; `sound-off`: one condition does not sound at low and medium priority; `end`: the setting in "
        "`ends` is over."
    )
    condition: Code | None = Field(
        default=None,
        description="Which alarm is meant: a `condition` of the topic `alerts`. Required for `limit` and `sound-off`.",
    )
    limit: float | None = Field(
        default=None,
        description="The limit, in the unit of the condition. The limit that ends the alarm moves along; those of "
        "higher priorities stay, and it may not pass the next of them.",
    )
    ends: Timed | None = Field(default=None, description="Which setting is over. Only with `end`, and required there.")
    until: Instant | None = Field(
        default=None,
        description="When the setting ends by itself. Required except for `end`; how far ahead it may lie depends on "
        "action and role.",
    )
    reason: Code | None = Field(
        default=None, description="Why, in a few words or a code, never with a name. Required except for `end`."
    )
    role: Role = Field(description="The role of the one who set it, whose bounds hold.")
    by: Code = Field(description="Who set it, as a role or a pseudonym, e.g. nurse-icu-2; never a name.")

    @model_validator(mode="after")
    def _says_what_ends(self) -> Self:
        if self.action == "end" and self.ends is None:
            message = "`end` says in `ends` which setting is over"
            raise ValueError(message)
        return self
