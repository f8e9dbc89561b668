"""The cost of a network is what can be counted by hand."""

from dataclasses import replace

import pytest
import torch

from midlevel_app.frontend import FrontEnd
from training.cost import network_cost
from training.networks import Block, NetworkConfig

STEM = NetworkConfig(bands=16, stem=4, blocks=(Block(4, (1, 1)),), coordinate=False, residual=False, smoothing=1)


def test_a_small_network_is_counted_by_hand():
    frontend = FrontEnd(bands=16)
    cost = network_cost(STEM, frontend)
    norms = 3 * 2 * 4
    assert cost.parameters == 25 * 4 + 2 * 16 + norms + 7 * 4 + 7
    assert cost.rate == 15
    assert cost.field == pytest.approx((4 * 735 + 4096) / 22050)  # five frames
    value = 8 * (25 * 4 + 2 * 16) + 4 * 7  # eight bands after the stem
    assert cost.operations == pytest.approx(15 * value / 1e6)


def test_live_values_cost_more_than_a_whole_file_and_threads_stay_as_they_were():
    threads = torch.get_num_threads()
    small = network_cost(STEM, FrontEnd(bands=16))
    wide = network_cost(replace(STEM, stem=64, blocks=(Block(64), Block(64))), FrontEnd(bands=16))
    assert 0 < small.live < wide.live
    assert small.operations < wide.operations
    assert torch.get_num_threads() == threads


def test_a_faster_front_end_costs_more():
    once, twice = (network_cost(STEM, FrontEnd(bands=16, hop=hop)) for hop in (735, 1470))
    assert once.operations == pytest.approx(2 * twice.operations)
    assert once.parameters == twice.parameters
