"""Each way of adapting moves the network as its paper says, and the discriminator the other way."""

import copy

import pytest
import torch
from torch import nn

from tests.training.clips_made import CONFIG
from training.adapt import (
    Discriminator,
    RunningAverage,
    adapt_norms,
    coral_loss,
    ramp,
    reversal_loss,
    reverse,
)
from training.networks import Network


@pytest.fixture
def network():
    torch.manual_seed(0)
    return Network(CONFIG.network).eval()


def embeddings(count=20, width=12, seed=0):
    return torch.randn(count, width, generator=torch.Generator().manual_seed(seed))


def spectrograms(seed, level=-50.0):
    noise = torch.randn(6, 60, CONFIG.network.bands, generator=torch.Generator().manual_seed(seed))
    return level + 20 * noise


def test_reversal_turns_the_gradient_round_and_scales_it():
    x = embeddings().requires_grad_()
    y = reverse(x, 0.3)
    assert torch.equal(x, y)
    (gradient,) = torch.autograd.grad((y**2).sum(), x)
    assert torch.allclose(gradient, -0.3 * 2 * x)


def test_ramp_rises_from_0_to_1():
    values = [ramp(place / 20) for place in range(21)]
    assert values[0] == 0
    assert values == sorted(set(values))
    assert 0.999 < values[-1] < 1


@pytest.mark.parametrize(("width", "sizes"), [(512, (50, 20, 1)), (90, (30, 12, 1)), (16, (16, 8, 1))])
def test_discriminator_has_the_published_layers(width, sizes):
    layers = [layer for layer in Discriminator(width).modules() if isinstance(layer, nn.Linear)]
    assert tuple(layer.out_features for layer in layers) == sizes
    assert [layer.in_features for layer in layers] == [width, *sizes[:-1]]
    assert Discriminator(width)(torch.zeros(3, width)).shape == (3,)


def test_the_network_learns_the_opposite_of_the_discriminator():
    torch.manual_seed(0)
    discriminator = Discriminator(12)
    source, target = embeddings(seed=1).requires_grad_(), embeddings(seed=2).requires_grad_()

    def gradients(loss):
        return torch.autograd.grad(loss, [source, target, *discriminator.parameters()])

    truth = torch.tensor([0.0] * len(source) + [1.0] * len(target))
    told = discriminator(torch.cat([source, target]))
    plain = nn.functional.binary_cross_entropy_with_logits(told, truth)
    reversed_ = reversal_loss(discriminator, source, target, 0.4)
    assert torch.equal(plain, reversed_)
    wanted, found = gradients(plain), gradients(reversed_)
    for place, (one, other) in enumerate(zip(wanted, found, strict=True)):
        assert one.abs().max() > 0
        assert torch.allclose(other, -0.4 * one if place < 2 else one)


def test_coral_compares_covariances():
    source = embeddings(200)
    assert coral_loss(source, source.flip(0)) == pytest.approx(0, abs=1e-9)
    assert coral_loss(source, source + 3) < 0.01 * coral_loss(source, 3 * source)  # means are left alone
    mixed = source @ (torch.eye(12) + 0.5)
    losses = [coral_loss(source, (1 - share) * source + share * mixed) for share in (0.0, 0.2, 0.5, 1.0)]
    assert losses == sorted(losses)
    assert losses[-1] > losses[1] > 1e-4


def test_coral_does_not_fall_when_embeddings_shrink():
    source, target = embeddings(50, seed=1), embeddings(50, seed=2) * torch.linspace(1, 3, 12)
    assert coral_loss(0.1 * source, 0.1 * target) == pytest.approx(float(coral_loss(source, target)), rel=0.05)


def test_coral_is_the_published_formula():
    source, target = embeddings(30, seed=1).double(), embeddings(30, seed=2).double() ** 2
    scale = torch.cat([source, target]).std(dim=0) + 1e-3
    difference = torch.from_numpy(covariance(source / scale) - covariance(target / scale))
    assert coral_loss(source, target) == pytest.approx(float((difference**2).sum() / (4 * 12**2)))


def covariance(x):
    centred = (x - x.mean(dim=0)).numpy()
    return centred.T @ centred / (len(x) - 1)


def test_a_running_average_follows(network):
    average = RunningAverage(network, keep=0.9)
    assert not any(weight.requires_grad for weight in average.parameters())
    began = copy.deepcopy(average.network.state_dict())
    with torch.no_grad():
        for weight in network.parameters():
            weight += 1
        network.stem_norm.num_batches_tracked += 7
    for steps in (1, 2, 3):
        average.follow(network)
        for name, weight in network.named_parameters():
            moved = dict(average.network.named_parameters())[name] - began[name]
            assert torch.allclose(moved, 1 - 0.9**steps * torch.ones_like(weight), atol=1e-5)
    assert average.network.stem_norm.num_batches_tracked == 7
    network.load_state_dict(average.network.state_dict())
    frames = spectrograms(0)
    assert torch.allclose(average(frames, 2), network(frames, 2).curve)
    assert not average(frames, 2).requires_grad


def test_norms_take_their_statistics_from_the_target(network):
    batches = [spectrograms(1, -40.0), spectrograms(2, -20.0)]
    weights = copy.deepcopy(dict(network.named_parameters()))
    adapt_norms(network, batches)
    stems = [network.stem(((batch + 50) / 20)[:, None]) for batch in batches]
    mean = torch.stack([stem.mean(dim=(0, 2, 3)) for stem in stems]).mean(dim=0)
    variance = torch.stack([stem.var(dim=(0, 2, 3)) for stem in stems]).mean(dim=0)
    assert torch.allclose(network.stem_norm.running_mean, mean, atol=1e-5)
    assert torch.allclose(network.stem_norm.running_var, variance, atol=1e-5)
    for name, weight in network.named_parameters():
        assert torch.equal(weight, weights[name])
    assert not network.training
    assert {module.momentum for module in network.modules() if isinstance(module, nn.BatchNorm2d)} == {0.1}


def test_adapted_norms_see_their_one_batch_as_training_does(network):
    batch = spectrograms(3, -30.0)
    with torch.no_grad():
        before = network.embed(batch, network.coarsest)
        adapt_norms(network, [batch])
        after = network.embed(batch, network.coarsest)
        in_training = network.train().embed(batch, network.coarsest)
    assert torch.allclose(after, in_training, atol=0.01)
    assert (before - in_training).abs().max() > 0.1
