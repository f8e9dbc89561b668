"""The network sees what its configuration says, and gives the same values whole, in chunks and coarsely."""

from dataclasses import replace

import pytest
import torch
from torch.nn import functional

from midlevel_app.features import NAMES
from training.networks import Block, Network, NetworkConfig, _Convolution, parameters, rf_resnet, vggish

CONFIGS = {
    "default": NetworkConfig(stem=4, blocks=tuple(replace(block, channels=4) for block in NetworkConfig().blocks)),
    "published": rf_resnet(8),
    "short": rf_resnet(8, rho=3),
    "long": rf_resnet(4, rho=12),
    "VGG": vggish(4),
    "smoothed": NetworkConfig(
        stem=4, blocks=(Block(4, (5, 3)), Block(8, pool=True)), residual=False, smoothing=5, spread=True
    ),
}
BANDS = 48


def made(config, seed=0):
    """Return a network of random weights, of which none is so small that a path is dead."""
    torch.manual_seed(seed)
    network = Network(config).double().eval()
    for name, weight in network.named_parameters():
        torch.nn.init.normal_(weight, 0.05, 0.2 if weight.ndim < 4 else 0.5 / weight[0].numel() ** 0.5)
        if "norm" in name:
            torch.nn.init.uniform_(weight, 0.5, 1.5)
    return network


def noise(config, frames, clips=1):
    torch.manual_seed(1)
    return torch.randn(clips, frames, config.bands, dtype=torch.float64) * 20 - 50


@pytest.fixture(params=CONFIGS)
def network(request):
    return made(replace(CONFIGS[request.param], bands=BANDS))


def seen(values, source, dim):
    """First and last place along a dimension of what the values, one of each clip, depend on.

    A clip's maxima and rectifiers hide some of it, never the same in all clips.
    """
    (gradient,) = torch.autograd.grad(values.sum(), source, retain_graph=True)
    touched = gradient.abs().movedim(dim, 0).flatten(1).sum(dim=1).nonzero()[:, 0]
    return int(touched.min()), int(touched.max())


def test_shape(network):
    config = network.config
    for extra in range(4):
        output = network(noise(config, config.receptive_field + extra, clips=2))
        count = extra // config.stride + 1
        assert output.curve.shape == (2, count, len(NAMES))
        assert output.embedding.shape == (2, count + config.smoothing - 1, network.width)


def test_receptive_field_is_the_measured_one(network):
    config = network.config
    field = config.receptive_field
    frames = noise(config, field + 20, clips=8).requires_grad_()
    first = 3 * config.stride
    assert seen(network(frames).curve[:, 3], frames, 1) == (first, first + field - 1)
    begin, end = seen(network(frames, every=4).curve[:, 0], frames, 1)
    assert (begin + end) / 2 == config.centre(every=4)
    assert config.centre() == (field - 1) / 2


def test_published_layout_has_its_published_size():
    network = made(rf_resnet()).float()
    assert 2.1e6 < parameters(network) < 2.3e6
    maps = []
    network.blocks[-1].register_forward_hook(lambda module, given, result: maps.append(result))
    frames = noise(network.config, 95, clips=4).float().requires_grad_()
    network(frames)
    values = maps[0]
    assert values.shape == (4, 512, 1, 20)
    for dim in (1, 2):  # frames, bands
        first, last = seen(values[:, :, 0, 10], frames, dim)
        assert last - first + 1 == 95


@pytest.mark.parametrize(("rho", "frames"), [(3, 47), (6, 95), (12, 191)])
def test_one_number_sets_the_field(rho, frames):
    assert rf_resnet(4, rho).receptive_field == frames


def test_chunk_equals_whole(network):
    config = network.config
    frames = noise(config, config.receptive_field + 60)
    whole = network(frames).curve
    assert torch.allclose(network(frames[:, 10 * config.stride :]).curve, whole[:, 10:])


@pytest.mark.parametrize("every", [2, 3, 4, 6, 8])
def test_coarse_values_are_some_of_the_fine_ones_before_smoothing(network, every):
    config = network.config
    fine = Network(replace(config, smoothing=1)).double().eval()
    fine.load_state_dict(network.state_dict())
    frames = noise(config, config.receptive_field + 41)
    values, wanted = network(frames, every), fine(frames)
    assert torch.allclose(values.curve, wanted.curve[:, ::every])
    assert torch.allclose(values.embedding, wanted.embedding[:, ::every])
    if config.spread:
        assert torch.allclose(values.spread, wanted.spread[:, ::every])
    smoothed = wanted.curve.unfold(1, config.smoothing, 1).mean(dim=-1)
    assert torch.allclose(network(frames).curve, smoothed)


def appended(convolution):
    """Return the kernel of a convolution over an input with one more channel, which holds each band's place."""
    kernel = convolution.convolution.weight
    last = torch.zeros_like(kernel[:, :1])
    # The coordinate's kernel spans one frame: it is the sum over time of an appended channel's kernel.
    last[:, :, kernel.shape[2] // 2] = convolution.coordinate.weight[:, :, 0]
    return torch.cat([kernel, last], dim=1)


def with_place(x):
    place = torch.linspace(-1, 1, x.shape[3], dtype=x.dtype).expand(len(x), 1, *x.shape[2:])
    return torch.cat([x, place], dim=1)


def test_coordinate_equals_an_appended_channel():
    torch.manual_seed(1)
    layer = _Convolution(3, 5, 3, coordinate=True)
    x = torch.randn(2, 3, 12, 16)
    wanted = functional.conv2d(with_place(x), appended(layer), padding=(0, 1), dilation=(2, 1))
    assert torch.allclose(layer(x, 2), wanted, atol=1e-5)


def plainly(network, spectrogram):
    """Return the curve as published: real strides and pooling, no dilation, the coordinate a channel."""

    def normalised(x, norm):
        return functional.batch_norm(x, norm.running_mean, norm.running_var, norm.weight, norm.bias)

    x = functional.conv2d((spectrogram[:, None] + 50) / 20, network.stem.weight, stride=2, padding=(0, 2))
    x = torch.relu(normalised(x, network.stem_norm))
    for block in network.blocks:
        x = functional.max_pool2d(x, 2) if block.pool else x
        y = x
        for convolution, norm in ((block.convolution1, block.norm1), (block.convolution2, block.norm2)):
            kernel = appended(convolution)
            y = functional.conv2d(with_place(y), kernel, padding=(0, kernel.shape[3] // 2))
            y = normalised(y, norm)
            y = torch.relu(y) if norm is block.norm1 else y
        lost = (x.shape[2] - y.shape[2]) // 2
        x = torch.relu(y + block.shortcut(x[:, :, lost : x.shape[2] - lost]))
    return network.head(x.mean(dim=3).transpose(1, 2))


def test_every_fourth_value_is_what_the_published_network_computes():
    network = made(rf_resnet(8))
    frames = noise(network.config, 95 + 8 * 7)
    wanted = plainly(network, frames)
    assert wanted.shape == (1, 8, len(NAMES))
    assert wanted.std() > 0.01
    assert torch.allclose(network(frames).curve[:, ::4], wanted)
    assert torch.allclose(network(frames, every=4).curve, wanted)


@pytest.mark.parametrize("part", ["coordinate", "residual"])
def test_a_part_that_is_left_out_has_no_parameters(part):
    config = rf_resnet(8)
    assert parameters(Network(replace(config, **{part: False}))) < parameters(Network(config))


def test_the_spread_is_no_lower_than_0_and_teaches_the_embedding_nothing():
    network = made(replace(CONFIGS["smoothed"], bands=BANDS))
    output = network(noise(network.config, 120, clips=2))
    assert output.spread.shape == output.curve.shape
    assert output.spread.min() >= 0
    assert output.spread.std() > 0
    output.spread.sum().backward()
    learning = {name.partition(".")[0] for name, weight in network.named_parameters() if weight.grad is not None}
    assert learning == {"spread_head"}
    without = Network(replace(network.config, spread=False)).double()
    assert without(noise(network.config, 120)).spread is None


def test_a_coordinate_begins_as_one_more_channel_would():
    """Its part of the first output is about 1 / 17 of the variance of 17 channels."""
    torch.manual_seed(0)
    convolution = _Convolution(16, 256, 3, coordinate=True)
    whole = torch.nn.Conv2d(17, 256, 3)
    # A channel that is constant in time meets the sum over the taps.
    wanted = whole.weight.detach()[:, :1].sum(dim=2).var()
    assert float(convolution.coordinate.weight.detach().var()) == pytest.approx(float(wanted), rel=0.2)
