"""What passes between a worker and its reading process: frames of JSON, each with its length before it, and raw files.

The worker believes nothing that comes back: an answer is read as JSON of one shape, and is nothing else.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Generic, Literal, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

LENGTH_BYTES: Final = 4
MOST_ANSWER_BYTES: Final = 128 * 2**20  # of all verdicts on a batch, with the maps over its images; our choice


class HasData(Protocol):
    """A task: a dataclass with a file in it."""

    @property
    def data(self) -> bytes: ...  # noqa: D102


TaskT = TypeVar("TaskT", bound=HasData)
ResultT = TypeVar("ResultT")


@dataclass(frozen=True)
class Exchange(Generic[TaskT, ResultT]):
    """Which tasks a judge is asked, and what it may answer."""

    task: TypeAdapter[TaskT]
    results: TypeAdapter[list[ResultT]]
    most_answer_bytes: int = MOST_ANSWER_BYTES

    def written(self, tasks: Sequence[TaskT]) -> bytes:
        """Tasks as the process is sent them: a frame of what is said about the files, then the files."""
        said = [
            {**self.task.dump_python(task, mode="json", exclude={"data"}), "data": len(task.data)} for task in tasks
        ]
        return frame(json.dumps(said).encode()) + b"".join(task.data for task in tasks)

    def tasks(self, said: bytes, files: Sequence[bytes]) -> list[TaskT]:
        """The tasks of such a frame; in the process, which believes its worker."""
        described = zip(json.loads(said), files, strict=True)
        return [self.task.validate_python({**one, "data": file}) for one, file in described]

    def found(self, content: bytes, tasks: int) -> list[ResultT]:
        """Read the results; raises ValueError where they are none, or not one for each task."""
        results = self.results.validate_json(content)
        if len(results) != tasks:
            message = "there is not one result for each task"
            raise ValueError(message)
        return results


class Start(BaseModel):
    """What a process is told before it gives anything up.

    judge      of what a module has, what makes the judge: `module:function`
    arguments  of that function
    libraries  modules that a process imports before its first image
    readable   what may be read beside Python and our own packages
    gpu        whether a GPU may be used
    confine    whether to give up files and calls of the kernel
    """

    model_config = ConfigDict(frozen=True)

    judge: str
    arguments: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    readable: tuple[str, ...] = ()
    gpu: bool = False
    confine: bool = True
    memory_bytes: int
    parent: int


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Ready(_Answer):
    """The process has given up what it can do without."""

    kind: Literal["ready"] = "ready"
    landlock: Annotated[int, Field(ge=0, le=1000)]
    seccomp: bool


class Taken(_Answer):
    """The images have come, and are looked at from now on."""

    kind: Literal["taken"] = "taken"


class Judged(_Answer):
    """The next frame holds a result for each task."""

    kind: Literal["judged"] = "judged"


class Exhausted(_Answer):
    """The images need more memory than they may take."""

    kind: Literal["memory"] = "memory"


class Failed(_Answer):
    """The model raised this kind of error."""

    kind: Literal["failed"] = "failed"
    error: Annotated[str, Field(pattern=r"^[A-Za-z_]\w{0,63}$")]


Answer = Annotated[Ready | Taken | Judged | Exhausted | Failed, Field(discriminator="kind")]
_ANSWER: Final[TypeAdapter[Answer]] = TypeAdapter(Answer)


def frame(content: bytes) -> bytes:
    """A frame of this content."""
    return len(content).to_bytes(LENGTH_BYTES) + content


def answered(content: bytes) -> Answer:
    """Read an answer; raises ValueError where it is none."""
    return _ANSWER.validate_json(content)


def sizes(content: bytes) -> list[int]:
    """How many bytes each file has that is to come."""
    return [int(one["data"]) for one in json.loads(content)]
