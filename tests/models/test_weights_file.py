"""No model is loaded but the one that was measured: whole, finite, and named by the manifest."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.torch import save
from torch import Tensor

from models.fundus.model import FundusModel
from models.fundus.shipped import SHIPPED as FUNDUS
from models.lesion.model import LesionModel
from models.lesion.sets import SHIPPED as LESION
from models.lesion.weights import ModelError as LesionError
from models.risk.lab.mortality.outcome import MORTALITY
from models.risk.model import SHIPPED as RISK
from models.risk.model import ModelError as RiskError
from models.risk.model import RiskModel
from models.weights_file import make_manifest, manifest_as_is, read, write
from models.weights_manifest import MANIFEST, WeightsError, manifest_of

LOADERS: Final[dict[str, tuple[str, Path, Callable[[Path], object]]]] = {
    "risk": ("risk.safetensors", RISK, lambda folder: RiskModel.load(folder, "cpu")),
    "mortality": ("mortality.safetensors", RISK, lambda folder: RiskModel.load(folder, "cpu", MORTALITY)),
    "lesion": ("chest_xray.safetensors", LESION, lambda folder: LesionModel.load("chest_xray", folder, "cpu")),
    "fundus": ("fundus.safetensors", FUNDUS, FundusModel),
}
MODELS = pytest.mark.parametrize("model", LOADERS)


def copied(model: str, folder: Path) -> tuple[Path, Callable[[], object]]:
    """A copy of a shipped model and its manifest, and what loads it."""
    name, shipped, load = LOADERS[model]
    for one in (name, MANIFEST):
        shutil.copy(shipped / one, folder / one)
    return folder / name, lambda: load(folder)


def changed(path: Path, change: Callable[[Tensor], Tensor]) -> None:
    """Change every tensor, and leave the metadata with all that it claims."""
    metadata, tensors = read(path)
    path.write_bytes(save({name: change(tensor) for name, tensor in tensors.items()}, metadata))


@pytest.mark.parametrize("folder", [RISK, LESION, FUNDUS], ids=lambda folder: folder.parent.name)
def test_the_committed_manifest_is_up_to_date(folder: Path) -> None:
    assert manifest_of(folder) == manifest_as_is(folder), "run `make manifest`"


@MODELS
def test_weights_that_were_changed_do_not_load_whatever_version_they_claim(model: str, tmp_path: Path) -> None:
    path, load = copied(model, tmp_path)
    load()
    changed(path, torch.zeros_like)
    with pytest.raises((RiskError, LesionError), match="not the file that the manifest names"):
        load()


@MODELS
@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_do_not_load_even_where_the_manifest_names_them(
    model: str, number: float, tmp_path: Path
) -> None:
    path, load = copied(model, tmp_path)
    changed(path, lambda tensor: torch.full_like(tensor, number))
    make_manifest(tmp_path)
    with pytest.raises((RiskError, LesionError), match="not finite"):
        load()


@MODELS
def test_zeroed_weights_do_not_load_even_where_the_manifest_names_them(model: str, tmp_path: Path) -> None:
    path, load = copied(model, tmp_path)
    changed(path, torch.zeros_like)
    make_manifest(tmp_path)
    with pytest.raises((RiskError, LesionError), match="zero all over"):
        load()


@MODELS
def test_without_a_manifest_or_its_line_nothing_loads(model: str, tmp_path: Path) -> None:
    path, load = copied(model, tmp_path)
    (tmp_path / MANIFEST).write_text('{"format": 1, "files": {}}')
    with pytest.raises((RiskError, LesionError), match=f"does not name {path.name}"):
        load()
    (tmp_path / MANIFEST).unlink()
    with pytest.raises((RiskError, LesionError), match="wardwatch weights manifest"):
        load()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": 2, "files": {}}', '{"format": 1, "files": {"a": {}}}'])
def test_a_manifest_that_can_t_be_read_is_told(content: str, tmp_path: Path) -> None:
    (tmp_path / MANIFEST).write_text(content)
    with pytest.raises(WeightsError, match=r"manifest\.json"):
        manifest_of(tmp_path)


@pytest.mark.parametrize(
    "content", [b"", b"\xff" * 8, b"\x02" + bytes(7) + b"[]", b"\x10" + bytes(7) + b'{"a":{"dtype":1}']
)
def test_a_file_that_is_none_is_told(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.safetensors").write_bytes(content)
    with pytest.raises(WeightsError, match=r"a\.safetensors can't be read as safetensors"):
        read(tmp_path / "a.safetensors")


def test_what_is_written_is_named_in_the_manifest_with_its_versions_and_read_again(tmp_path: Path) -> None:
    tensors, said = {"a": torch.ones(2, 2), "b": torch.zeros(2)}, {"configuration": '{"version": "v"}'}
    write(tmp_path / "one.safetensors", tensors, {**said, "data_version": "d"})
    write(tmp_path / "two.safetensors", tensors, {})
    found = manifest_of(tmp_path)
    assert found == manifest_as_is(tmp_path)
    assert (found.files["one.safetensors"].model_version, found.files["one.safetensors"].data_version) == ("v", "d")
    metadata, again = read(tmp_path / "one.safetensors")
    assert metadata["data_version"] == "d"
    assert {name: tensor.tolist() for name, tensor in again.items()} == {
        name: t.tolist() for name, t in tensors.items()
    }


def test_a_file_that_is_gone_leaves_the_manifest_with_the_next_one_written(tmp_path: Path) -> None:
    write(tmp_path / "one.safetensors", {"a": torch.ones(1)}, {})
    (tmp_path / "one.safetensors").unlink()
    write(tmp_path / "two.safetensors", {"a": torch.ones(1)}, {})
    assert list(manifest_of(tmp_path).files) == ["two.safetensors"]


def test_an_image_model_whose_judgement_is_not_finite_has_failed_and_says_nothing_of_the_image() -> None:
    lesion, fundus = LesionModel.load("chest_xray", LESION, "cpu"), FundusModel(FUNDUS, "cpu")
    with torch.no_grad():
        for parameter in (*lesion.package.networks[0].parameters(), *fundus.network.parameters()):
            parameter.fill_(float("nan"))
    broken = LesionModel(lesion.package, torch.device("cpu"))
    image = np.linspace(0, 1, 512 * 512, dtype=np.float32).reshape(512, 512)
    for judge in (broken.check, broken.suspicion):
        with pytest.raises(LesionError, match="not finite"):
            judge([image])
    with pytest.raises(LesionError, match="not finite"):
        fundus.check(a_retina())


def a_retina() -> NDArray[np.float32]:
    """A bright disc on a dark surround."""
    down, across = np.mgrid[-1:1:512j, -1:1:512j]
    grey = ((down**2 + across**2 < 0.8) * (0.5 + 0.2 * across)).astype(np.float32)
    return np.repeat(grey[..., None], 3, axis=2)
