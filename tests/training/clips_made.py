"""Small sets of clips for tests: spectrograms that a tiny network learns in a second, and a corpus on disk."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import soundfile

from midlevel_app.features import NAMES
from midlevel_app.frontend import FrontEnd
from training import runs
from training.augment import Augmentation
from training.corpus.clips import CLIP_SECONDS
from training.corpus.manifest import BY_WINDOW, ORIGIN, TERMS, write_manifest
from training.datasets.rated import RatedClips, encode, unrated
from training.fit import FitConfig
from training.networks import Block, Network, NetworkConfig

FRONTEND = FrontEnd(bands=24, bands_per_octave=6)
SECONDS = 4
CONFIG = FitConfig(
    network=NetworkConfig(
        bands=24, stem=8, blocks=(Block(8, (3, 1)), Block(16, pool=True)), coordinate=True, smoothing=2
    ),
    frontend=FRONTEND,
    augmentation=Augmentation(gain=1.0, tone=0.0, shift=0, noise=0.0),
    epochs=3,
    batch=8,
    every=2,
)


def made_clips(count: int, seed: int = 0, changing: bool = False) -> RatedClips:
    """Return noise of 4 s whose seven ratings are its levels in seven groups of bands, the same or new each second."""
    rng = np.random.default_rng(seed)
    seconds = SECONDS if changing else 1
    ratings = np.clip(rng.normal(5.5, 1.8, (count, seconds, len(NAMES))), 1, 10).astype(np.float32)
    windowed = np.repeat(ratings, SECONDS // seconds, axis=1)
    levels = np.repeat((windowed - 5.5) * 6 - 50, 3, axis=2)
    levels = np.pad(levels, ((0, 0), (0, 0), (0, 3)), constant_values=-50)
    frames = np.repeat(levels, 30, axis=1) + rng.normal(0, 5, (count, SECONDS * 30, FRONTEND.bands))
    table = pd.DataFrame({"name": [f"{seed}-{place}" for place in range(count)], "work": f"work {seed}"})
    clips = unrated(encode(frames, FRONTEND.floor_db), FRONTEND.floor_db, table)
    return replace(clips, ratings=windowed.mean(axis=1), windowed=windowed)


def finish_run(folder: Path, network: Network, config: FitConfig = CONFIG) -> Path:
    """Make a folder that is that of a finished run, without a log."""
    runs.take_run(folder, config, runs.Origin("made"))
    runs.finish(folder, network)
    return folder


def write_corpus(folder: Path, sides: tuple[tuple[str, str], ...], rate: int = 22050) -> None:
    """Write a corpus of a clip of tones and noise for each (domain, split), with made ratings."""
    rng = np.random.default_rng(2)
    (folder / "audio").mkdir(parents=True)
    rows = []
    for number, (domain, split) in enumerate(sides):
        time = np.arange(round(CLIP_SECONDS * rate)) / rate
        audio = 0.3 * np.sin(2 * np.pi * 220 * (number + 1) * time) + 0.003 * rng.normal(size=len(time))
        soundfile.write(folder / f"audio/clip{number}.flac", audio, rate)
        origin = (f"clip{number}", domain, split, f"freedoom/{number}", "", "", f"font{number}", [4], ["pedal"], number)
        ratings = rng.uniform(1, 10, len(NAMES))
        curves = [rng.uniform(1, 10, 15) for _ in NAMES]
        rows.append([*origin, *ratings, *curves, *rng.normal(size=len(TERMS))])
    write_manifest(folder, pd.DataFrame(rows, columns=[*ORIGIN, *NAMES, *BY_WINDOW, *TERMS]), {"ships": True})
