"""Choice of the device that a model runs on: a GPU where there is one."""

import torch


class DeviceError(Exception):
    """A device that can't be used on this machine; the text is one sentence."""


def find_device(asked: str) -> torch.device:
    """Return the device for "auto", "cpu", "cuda" or another torch name. Raises DeviceError when it can't be used."""
    try:
        device = torch.device(("cuda" if torch.cuda.is_available() else "cpu") if asked == "auto" else asked)
        torch.zeros(1, device=device)  # a valid name does not mean that the device works
    except (AssertionError, RuntimeError) as error:  # which of them torch raises depends on its build
        msg = f"there is no device {asked!r} here"
        raise DeviceError(msg) from error
    return device
