"""Each role imports what it needs: the vital signs carry no decoder of images, the check worker no network."""

import subprocess
import sys

import pytest

WATCH = ("stream.watch.handler", "stream.watch.bed_watch", "models.risk.model")
CHECK = ("stream.check.handler", "stream.check.checker")
LAB = ("scipy", "sklearn", "pandas", "pyarrow", "matplotlib", "lightgbm")
IMAGES = ("pydicom", "highdicom", "PIL", "gdcm", "httpx")


@pytest.mark.timeout(400)
@pytest.mark.parametrize(
    ("role", "left_out"), [(WATCH, (*LAB, *IMAGES)), (CHECK, (*LAB, "torch"))], ids=["watch", "check"]
)
def test_a_role_imports_nothing_of_the_other_and_nothing_of_a_lab(
    role: tuple[str, ...], left_out: tuple[str, ...]
) -> None:
    program = f"import sys, {', '.join(role)}; print([name for name in {left_out!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout == "[]\n"
