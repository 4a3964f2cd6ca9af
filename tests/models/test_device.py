"""A device is found or refused in one sentence, before anything is trained or judged."""

import pytest
import torch

from models.device import DeviceError, find_device


def test_the_processor_is_always_there() -> None:
    assert find_device("cpu") == torch.device("cpu")


def test_auto_is_a_gpu_where_there_is_one() -> None:
    assert find_device("auto").type == ("cuda" if torch.cuda.is_available() else "cpu")


@pytest.mark.parametrize("asked", ["abacus", "cuda:4711", ""])
def test_a_device_that_is_not_here_is_refused(asked: str) -> None:
    with pytest.raises(DeviceError, match=f"there is no device '{asked}' here"):
        find_device(asked)
