"""The network sees what its configuration says, and a chunk's curve is a piece of the whole curve."""

import pytest
import torch

from midlevel_app.features import NAMES
from training.networks import Block, CoordinateConv, RFResNet, RFResNetConfig

CONFIGS = {
    "shipped": RFResNetConfig(),
    "small": RFResNetConfig(bands=40, stem=4, blocks=(Block(4, (3, 1)), Block(8, (3, 3), dilation=2, pool=True))),
    "wide kernels": RFResNetConfig(bands=40, stem=4, blocks=(Block(4, (5, 3), dilation=3),)),
}


@pytest.fixture(params=CONFIGS)
def network(request):
    torch.manual_seed(0)
    network = RFResNet(CONFIGS[request.param]).double().eval()
    for parameter in network.parameters():  # also the norms, so that no path is dead
        torch.nn.init.normal_(parameter, 0.05, 0.2)
    return network


def test_shape(network):
    config = network.config
    for extra in range(4):
        frames = config.receptive_field + extra
        values = network(torch.randn(2, frames, config.bands, dtype=torch.float64))
        assert values.shape == (2, extra // config.stride + 1, len(NAMES))


def test_receptive_field_is_the_measured_one(network):
    config = network.config
    frames = torch.randn(1, config.receptive_field + 20, config.bands, dtype=torch.float64, requires_grad=True)
    network(frames)[0, 3].sum().backward()
    touched = frames.grad[0].abs().sum(dim=1).nonzero()[:, 0]
    first = 3 * config.stride
    assert touched.min() >= first
    assert touched.max() < first + config.receptive_field
    # Random weights need not use the outermost taps of every path, but must come close to them.
    assert touched.max() - touched.min() >= config.receptive_field - 4


def test_chunk_equals_whole(network):
    config = network.config
    frames = torch.randn(1, config.receptive_field + 60, config.bands, dtype=torch.float64)
    whole = network(frames)
    start = 10 * config.stride
    assert torch.allclose(network(frames[:, start:]), whole[:, 10:])


def test_coordinate_equals_an_appended_channel():
    torch.manual_seed(1)
    layer = CoordinateConv(3, 5, kernel=3, dilation=2)
    x = torch.randn(2, 3, 12, 16)
    place = torch.linspace(-1, 1, 16).expand(2, 1, 12, 16)
    # The coordinate's kernel spans one frame: it is the sum over time of an appended channel's kernel.
    weight = torch.cat([layer.convolution.weight, torch.zeros(5, 1, 3, 3)], dim=1)
    weight[:, 3, 1] = layer.coordinate.weight[:, 0, 0]
    appended = torch.nn.functional.conv2d(torch.cat([x, place], dim=1), weight, padding=(0, 1), dilation=(2, 1))
    assert torch.allclose(layer(x), appended, atol=1e-5)
