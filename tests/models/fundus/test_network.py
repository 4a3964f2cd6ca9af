"""The network's features and maps have their places, and padding is TensorFlow's, as the weights were trained."""

import torch
from torch.nn import functional

from models.fundus.efficientnet import STAGES, EfficientNetLite0, _Convolution
from models.fundus.network import FAMILIAR, FEATURES, QUESTIONS, REFERABLE, FundusNetwork


def test_each_stage_has_its_width_and_stride() -> None:
    with torch.inference_mode():
        seen = EfficientNetLite0()(torch.rand(1, 3, 64, 96))
    assert [tuple(stage.shape[1:]) for stage in seen] == [
        (width, 64 // stride, 96 // stride)
        for (*_, width), stride in zip(STAGES, (2, 4, 8, 16, 16, 32, 32), strict=True)
    ]


def test_an_even_side_is_halved_with_more_padding_at_its_far_end() -> None:
    convolution = _Convolution(1, 1, 3, 2)
    x = torch.rand(1, 1, 8, 8)
    padded = functional.pad(x, (0, 1, 0, 1))
    expected = functional.conv2d(padded, convolution.inner.weight, convolution.inner.bias, stride=2)
    torch.testing.assert_close(convolution(x), expected)


def test_features_are_statistics_of_stages_and_the_first_are_for_the_outlier_check() -> None:
    torch.manual_seed(0)
    network = FundusNetwork().eval()
    with torch.inference_mode():
        squares = torch.rand(2, 3, 64, 64)
        features, third = network.features(squares), network.trunk(squares)[2]
    assert features.shape == (2, FEATURES)
    torch.testing.assert_close(features[:, : FAMILIAR // 2], third.mean((2, 3)))
    torch.testing.assert_close(features[:, FAMILIAR // 2 : FAMILIAR], third.flatten(2).std(2))


def test_the_evidence_is_what_each_place_adds_to_the_question_that_was_asked() -> None:
    torch.manual_seed(0)
    network = FundusNetwork().eval()
    squares = torch.rand(1, 3, 64, 64)
    with torch.inference_mode(mode=False), torch.no_grad():
        network.head.weight[REFERABLE] = 0
        assert float(network.evidence(squares, REFERABLE).abs().max()) == 0
        assert float(network.evidence(squares, QUESTIONS.index("oedema")).abs().max()) > 0
        third = network.trunk(squares)[2][:, 5]
        network.head.weight[REFERABLE, 5] = 2  # the mean of a channel of the third stage
        torch.testing.assert_close(network.evidence(squares, REFERABLE), 2 * (third - third.mean()))
        network.head.weight[REFERABLE, 5] = 0
        network.head.weight[REFERABLE, FAMILIAR // 2 + 5] = 1  # its deviation
        far = (third - third.mean()).square()
        evidence = network.evidence(squares, REFERABLE)
        assert float(evidence.max()) == float(evidence[far == far.max()].max())
