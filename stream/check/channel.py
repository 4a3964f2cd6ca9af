"""What passes between a worker and its reading process: frames of JSON, each with its length before it, and raw files.

The worker believes nothing that comes back: an answer is read as JSON of one shape, and is nothing else.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

LENGTH_BYTES: Final = 4
MOST_ANSWER_BYTES: Final = 128 * 2**20  # of all verdicts on a batch, with the maps over its images; our choice


TaskT = TypeVar("TaskT")
ResultT = TypeVar("ResultT")


@dataclass(frozen=True)
class Exchange(Generic[TaskT, ResultT]):
    """Which tasks a judge is asked, and what it may answer.

    files  which fields of a task are files, bytes or None, that are sent as they are
    """

    task: TypeAdapter[TaskT]
    results: TypeAdapter[list[ResultT]]
    files: tuple[str, ...]
    most_answer_bytes: int = MOST_ANSWER_BYTES

    def written(self, tasks: Sequence[TaskT]) -> bytes:
        """Tasks as the process is sent them: a frame of what is said about the files, then the files."""
        files = [[getattr(task, name) for name in self.files] for task in tasks]
        said = [
            {
                "said": self.task.dump_python(task, mode="json", exclude=set(self.files)),
                "sizes": [None if file is None else len(file) for file in of_one],
            }
            for task, of_one in zip(tasks, files, strict=True)
        ]
        return frame(json.dumps(said).encode()) + b"".join(file for of_one in files for file in of_one if file)

    def tasks(self, said: bytes, read: Callable[[int], bytes]) -> list[TaskT]:
        """The tasks of such a frame, with the files that follow it; in the process, which believes its worker."""
        found = []
        for one in json.loads(said):
            files = (None if size is None else read(size) for size in one["sizes"])
            found.append(self.task.validate_python(one["said"] | dict(zip(self.files, files, strict=True))))
        return found

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
