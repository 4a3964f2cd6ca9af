"""Where a model runs: on a GPU where there is one."""

import torch


class DeviceError(Exception):
    """A device that can't be used here, said in one sentence."""


def find_device(asked: str) -> torch.device:
    """Find what "auto", "cpu", "cuda" or another of torch's names means here; DeviceError where it can't be used."""
    try:
        device = torch.device(("cuda" if torch.cuda.is_available() else "cpu") if asked == "auto" else asked)
        torch.zeros(1, device=device)  # a name alone proves nothing
    except (AssertionError, RuntimeError) as error:  # torch says either of them, by how it was built
        msg = f"there is no device {asked!r} here"
        raise DeviceError(msg) from error
    return device
