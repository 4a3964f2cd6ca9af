"""Training repeats and resumes, sees only its share, and the networks learn what they are for."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Generator, Tensor, nn
from torch.nn import functional

from models.generator.damage import KINDS, PLAIN, damage
from models.generator.flow import draw, velocity_loss
from models.generator.material import prepare
from models.generator.network import EnhancerNetwork, FlowNetwork, Shape
from models.generator.recipes import Drawn, train_classifier, train_enhancer, train_generator
from models.generator.restoration import damaged, enhance
from models.generator.training import Plan, train
from models.generator.weights import GeneratorError, read_enhancer, read_generator, write
from tests.builders.generator_pictures import SIDE, Stop, a_place, a_recipe, pictures

CPU = torch.device("cpu")
SMALL = Shape(patch_px=4, widths=(16,), conditions=3)


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def same(first: nn.Module, second: nn.Module) -> bool:
    pairs = zip(first.state_dict().values(), second.state_dict().values(), strict=True)
    return all(torch.equal(one, other) for one, other in pairs)


def test_an_interrupted_training_ends_in_the_same_weights(tmp_path: Path) -> None:
    def loss(network: nn.Linear, generator: Generator) -> Tensor:
        return functional.mse_loss(network(torch.randn(4, 2, generator=generator)), torch.ones(4, 1))

    def a_line() -> nn.Linear:
        torch.manual_seed(0)
        return nn.Linear(2, 1)

    plan = Plan("line", steps=60, batch=4, rate=0.01)
    whole = train(plan, a_line(), loss, "data", a_place(tmp_path / "a"))
    with pytest.raises(Stop):
        train(plan, a_line(), loss, "data", a_place(tmp_path / "b", stops_after=55))
    assert same(whole, train(plan, a_line(), loss, "data", a_place(tmp_path / "b")))
    with pytest.raises(Stop):  # of other data: begins anew
        train(plan, a_line(), loss, "other", a_place(tmp_path / "a", stops_after=1))
    with pytest.raises(Stop):
        train(replace(plan, rate=0.02), a_line(), loss, "data", a_place(tmp_path / "a", stops_after=1))


def test_a_generator_of_a_share_sees_no_other_image(tmp_path: Path) -> None:
    material, recipe = prepare(pictures(), SIDE), a_recipe()
    mine = torch.zeros(90, dtype=torch.bool)
    mine[material.share(10)] = True
    blank = replace(material, squares=torch.where(mine[:, None, None, None], material.squares, 0.0))
    first = train_generator(material, 10, recipe, a_place(tmp_path / "a"))
    assert same(first, train_generator(blank, 10, recipe, a_place(tmp_path / "b")))
    assert not same(first, train_generator(material, 100, recipe, a_place(tmp_path / "c")))


def test_a_classifier_sees_drawn_images_of_the_right_class_beside_real_ones(tmp_path: Path) -> None:
    material, recipe = prepare(pictures(), SIDE), a_recipe()
    own = {number: material.squares[material.targets == number][:1] for number in range(3)}
    turned = {number: own[(number + 1) % 3] for number in range(3)}
    plain, right, wrong = (
        train_classifier(material, 100, drawn, 0, recipe, a_place(tmp_path / str(number)))
        for number, drawn in enumerate((None, Drawn(own, "a"), Drawn(turned, "b")))
    )
    assert not same(plain, right)
    assert not same(right, wrong)


def test_drawn_images_take_the_place_of_half_a_batch(tmp_path: Path) -> None:
    material, recipe = prepare(pictures(), SIDE), a_recipe()
    broken = {number: torch.full((1, 1, SIDE, SIDE), torch.nan) for number in range(3)}
    before = material.squares.clone()
    network = train_classifier(material, 100, Drawn(broken, "a"), 0, recipe, a_place(tmp_path))
    assert torch.isnan(network.head.weight).all()  # they were looked at
    assert torch.equal(material.squares, before)  # and the real images are still themselves


def test_the_flow_draws_what_its_classes_look_like(tmp_path: Path) -> None:
    levels = torch.tensor([0.1, 0.5, 0.9])

    def loss(network: FlowNetwork, generator: Generator) -> Tensor:
        labels = torch.randint(3, (16,), generator=generator)
        return velocity_loss(network, levels[labels, None, None, None].expand(16, 1, 8, 8), labels, generator)

    torch.manual_seed(0)
    network = train(Plan("flat", steps=120, batch=16, rate=5e-3), FlowNetwork(SMALL), loss, "", a_place(tmp_path))
    drawn = draw(network, torch.tensor([0, 1, 2]).repeat(4), 8, seed=0)
    assert drawn.shape == (12, 1, 8, 8)
    means = drawn.mean((1, 2, 3)).view(4, 3).mean(0)
    assert (means - levels).abs().max() < 0.1
    assert torch.equal(drawn, draw(network, torch.tensor([0, 1, 2]).repeat(4), 8, seed=0))


def test_the_enhancer_beats_doing_nothing_on_images_that_it_never_saw(tmp_path: Path) -> None:
    material = prepare(pictures(), 2 * SIDE)
    recipe = replace(a_recipe(), enhancer_steps=60)
    network = train_enhancer(material, recipe, a_place(tmp_path))
    truth = material.squares[material.held_out]
    bad = damaged(truth, "noise")
    assert (enhance(network, bad, "noise") - truth).square().mean() < 0.7 * (bad - truth).square().mean()


def test_a_new_enhancer_changes_nothing_at_any_even_size() -> None:
    network = EnhancerNetwork(Shape(patch_px=2, widths=(8, 16), conditions=len(KINDS)))
    for height, width in ((16, 16), (16, 24)):
        image = torch.rand(1, 1, height, width)
        assert torch.equal(network(image, torch.tensor([1])), image)


def test_damage_is_seeded_stays_in_range_and_leaves_the_truth_alone() -> None:
    truth = torch.rand(4, 1, SIDE, SIDE)
    before = truth.clone()
    kinds, strength = torch.tensor([0, 0, 1, 1]), torch.tensor([1.0, 0.0, 1.0, 0.0])
    bad = damage(truth, kinds, strength, torch.Generator().manual_seed(3))
    assert torch.equal(bad, damage(truth, kinds, strength, torch.Generator().manual_seed(3)))
    assert bad.min() >= 0
    assert bad.max() <= 1
    assert torch.equal(truth, before)
    assert torch.equal(bad[1], truth[1])  # noise of strength 0
    assert not torch.equal(bad[0], truth[0])
    assert bad[2:].diff(dim=3).abs().mean() < truth[2:].diff(dim=3).abs().mean()


def test_every_kind_of_damage_has_plain_repairs_that_keep_the_shape() -> None:
    assert set(PLAIN) == set(KINDS)
    image = np.random.default_rng(0).random((SIDE, SIDE)).astype(np.float32)
    for ways in PLAIN.values():
        for way in ways.values():
            assert way(image).shape == image.shape
            assert way(image).dtype == np.float32


def test_a_file_of_weights_gives_the_network_back(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network, path = FlowNetwork(SMALL), tmp_path / "generator.safetensors"
    said = write(path, network, SMALL, data_version="0", images=7, size_px=SIDE)
    again, configuration = read_generator(path, CPU)
    assert configuration == said
    assert configuration.images == 7
    for name, value in network.state_dict().items():
        assert torch.equal(again.state_dict()[name], value.half().float())


def test_what_is_not_such_a_file_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(GeneratorError, match=r"there is no generator\.safetensors; wardwatch train generator makes it"):
        read_generator(tmp_path / "generator.safetensors", CPU)
    (tmp_path / "broken.safetensors").write_bytes(b"nothing")
    with pytest.raises(GeneratorError, match="can't be read as safetensors"):
        read_generator(tmp_path / "broken.safetensors", CPU)
    write(tmp_path / "a.safetensors", FlowNetwork(SMALL), SMALL, data_version="", images=1, size_px=SIDE)
    with pytest.raises(GeneratorError, match="trained to generate, not to enhance"):
        read_enhancer(tmp_path / "a.safetensors", CPU)
    other = replace(SMALL, widths=(24,))
    write(tmp_path / "b.safetensors", FlowNetwork(SMALL), other, data_version="", images=1, size_px=SIDE)
    with pytest.raises(GeneratorError, match="do not fit their configuration"):
        read_generator(tmp_path / "b.safetensors", CPU)
