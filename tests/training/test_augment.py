"""Augmentation moves what it says by as much as it says."""

import torch

from training.augment import Augmentation, augment

NONE = Augmentation(gain=0.0, tone=0.0, shift=0, noise=0.0)
FLOOR = -90.0


def clips():
    torch.manual_seed(0)
    return torch.rand(8, 30, 160) * 60 - 70


def run(amount, seed=1):
    return augment(clips(), amount, FLOOR, torch.Generator().manual_seed(seed))


def test_nothing_moves_nothing():
    assert torch.allclose(run(NONE), clips(), atol=1e-3)


def test_gain_is_one_level_a_clip():
    moved = run(Augmentation(gain=12.0, tone=0.0, shift=0, noise=0.0)) - clips()
    assert torch.allclose(moved, moved[:, :1, :1].expand_as(moved), atol=1e-3)
    levels = moved[:, 0, 0]
    assert levels.abs().max() <= 12.0
    assert levels.std() > 2


def test_tone_is_smooth_and_the_same_at_all_times():
    moved = run(Augmentation(gain=0.0, tone=6.0, shift=0, noise=0.0)) - clips()
    assert torch.allclose(moved, moved[:, :1].expand_as(moved), atol=1e-3)
    assert moved.abs().max() <= 6.01
    assert moved.diff(dim=2).abs().max() < 1.0


def test_shift_moves_bands():
    moved = run(Augmentation(gain=0.0, tone=0.0, shift=6, noise=0.0))
    original = clips()
    steps = set()
    for clip, was in zip(moved, original, strict=True):
        fits = [s for s in range(-6, 7) if torch.allclose(clip[:, 20:140], was[:, 20 - s : 140 - s], atol=1e-3)]
        assert len(fits) == 1
        steps.add(fits[0])
    assert len(steps) > 2


def test_noise_lifts_the_quiet_parts_only():
    moved = run(Augmentation(gain=0.0, tone=0.0, shift=0, noise=1.0))
    original = clips()
    assert (moved >= original - 1e-3).all()
    assert (moved[:, :, :] - original)[original > -20].max() < 0.1
    assert (moved - original).max() > 1


def test_same_seed_same_result_and_floor_holds():
    amount = Augmentation(gain=30.0)
    assert torch.equal(run(amount), run(amount))
    assert not torch.equal(run(amount), run(amount, seed=2))
    assert run(amount).min() >= FLOOR


def test_silence_stays_silent_under_gain():
    silent = torch.full((8, 30, 160), FLOOR)
    moved = augment(silent, Augmentation(noise=0.0), FLOOR, torch.Generator().manual_seed(1))
    assert torch.allclose(moved, silent, atol=1e-3)
