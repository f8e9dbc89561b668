"""Fits the rule of `midlevel_app.familiar` and measures how often it errs: ``python -m training.familiarity``.

Fitted on piano and other instruments of the corpus' training side, some recordings of real piano, five kinds of
made noise and some synthetic voices; measured on everything else. Voices need the command ``espeak-ng``.
"""

import argparse
import json
import subprocess
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import soundfile
import soxr
from scipy.optimize import minimize

from midlevel_app.audio.decode import open_audio
from midlevel_app.familiar import (
    KINDS,
    LEAST_SECONDS,
    MEASURES,
    NOISE,
    NOTICE_WINDOWS,
    OTHER_MUSIC,
    PIANO,
    PIANO_FROM,
    WINDOW_SECONDS,
    FamiliarityStream,
    Rule,
    Values,
    measures,
)
from midlevel_app.frontend import SILENCE_DB, FrontEnd, Samples, Spectrogram, SpectrogramStream, spectrogram

FRONT_END = FrontEnd()

FIT_RECORDINGS = ("goldberg", "joplin", "mozart_k331", "schumann", "debussy")
"""Beginnings of the names of the recordings that the rule is fitted on; the others measure it."""

FIT_VOICES = (
    "en-us+m1",
    "en-us+f1",
    "en-gb+m3",
    "en-gb+f3",
    "en-gb-scotland+m5",
    "en-us+m7",
    "en-029+f2",
    "en-gb+whisper",
)
TEST_VOICES = ("de+m2", "de+f4", "fr+f1", "es+m4", "it+f3", "de+klatt3", "sv+croak", "pl+m6")
_SPOKEN = {
    "fit": "Good evening, and welcome. Tonight we are going to hear three sonatas and, after the interval, a set of "
    "variations. The first movement begins quietly, with a question that is not answered until much later. " * 4,
    "test": "Es war einmal ein König, der hatte drei Töchter, und die jüngste war so schön, dass die Sonne selber sich "
    "verwunderte. Nahe bei dem Schlosse lag ein großer dunkler Wald, und darin war ein Brunnen. " * 4,
}
_HEADING = f"{'material':34s}  files  music  noise  windows  piano"
"""Of the table: recordings, notices of other music and of noise or speech, windows, those of them like piano."""

_CLIPS = 1500  # of the corpus, of each domain
_NOISES = 30  # of each kind
_SHRINK = 0.01  # weight of the squared weights in the loss

Noise = Callable[[np.random.Generator], Values]


def coloured(random: np.random.Generator, slope: float) -> Values:
    """Noise whose power falls with frequency to the power ``slope``."""
    frequency = np.maximum(np.fft.rfftfreq(_length(), 1 / FRONT_END.rate), 0.1)
    return np.asarray(
        np.fft.irfft(np.fft.rfft(random.standard_normal(_length())) * frequency ** (-slope / 2), _length())
    )


def hum(random: np.random.Generator, base: float) -> Values:
    """Harmonics of the mains, with some noise."""
    times = np.arange(_length()) / FRONT_END.rate
    tones = [np.sin(2 * np.pi * base * k * times + random.uniform(0, 6)) * random.uniform(0.1, 1) / k
             for k in range(1, int(random.integers(4, 16)))]  # fmt: skip
    noise = coloured(random, 1.0)
    return np.asarray(np.sum(tones, axis=0) + noise / noise.std() * 10 ** random.uniform(-2.5, -0.5))


def claps(random: np.random.Generator, rate: float, decay: float) -> Values:
    """Short bursts of noise, ``rate`` a second: a few hands, applause, rain."""
    hits = np.zeros(_length())
    count = random.poisson(rate * NOTICE_WINDOWS * WINDOW_SECONDS)
    np.add.at(hits, random.integers(0, _length(), count), random.exponential(1.0, count))
    body = random.standard_normal(round(4 * decay * FRONT_END.rate))
    body *= np.exp(-np.arange(len(body)) / (decay * FRONT_END.rate))
    octaves = np.log2(np.maximum(np.fft.rfftfreq(2 * _length(), 1 / FRONT_END.rate), 1.0) / random.uniform(800, 2500))
    spectrum = np.fft.rfft(hits, 2 * _length()) * np.fft.rfft(body, 2 * _length()) * np.exp(-((octaves / 0.8) ** 2) / 2)
    return np.asarray(np.fft.irfft(spectrum, 2 * _length())[: _length()])


def gusts(random: np.random.Generator, slope: float, count: int) -> Values:
    """Coloured noise that swells and falls: wind, surf."""
    places = np.linspace(0, _length(), count)
    return coloured(random, slope) * np.interp(np.arange(_length()), places, random.uniform(0.05, 1.0, count))


FIT_NOISES: dict[str, Noise] = {
    "white": lambda random: coloured(random, 0.0),
    "pink": lambda random: coloured(random, 1.0),
    "hum of 50 Hz": lambda random: hum(random, 50.0),
    "applause": lambda random: claps(random, random.uniform(40, 400), 0.006),
    "wind": lambda random: gusts(random, 1.5, 20),
}
TEST_NOISES: dict[str, Noise] = {
    "brown": lambda random: coloured(random, 2.0),
    "hum of 60 Hz": lambda random: hum(random, 60.0),
    "rain": lambda random: claps(random, 3000.0, 0.002),
    "a few hands": lambda random: claps(random, random.uniform(2, 8), 0.01),
    "surf": lambda random: gusts(random, 0.5, 6),
}


def _length() -> int:
    """Samples of a made noise: two windows, so that there is a verdict."""
    return round(NOTICE_WINDOWS * WINDOW_SECONDS * FRONT_END.rate)


def noise_frames(make: Noise, seed: tuple[int, int]) -> Spectrogram:
    """Spectrogram of one made noise at a random level."""
    random = np.random.default_rng(seed)
    samples = make(random)
    gain = 10 ** (random.uniform(-40, -2) / 20) / np.abs(samples).max()
    return spectrogram((samples * gain).astype(np.float32), FRONT_END)


def corpus_frames(folder: Path, domain: str, split: str, most: int) -> Iterator[Spectrogram]:
    """Spectrograms of a corpus' clips; of its other instruments only those without any keyboard."""
    table = pd.read_parquet(folder / "manifest.parquet")
    strange = table["programs"].map(lambda programs: all(program >= 8 for program in programs))
    names = table["name"][(table["domain"] == domain) & (table["split"] == split) & ((domain == "piano") | strange)]
    for name in np.random.default_rng(0).permutation(names.to_numpy())[:most]:
        audio, rate = soundfile.read(folder / f"audio/{name}.flac", dtype="float32")
        yield spectrogram(audio if rate == FRONT_END.rate else soxr.resample(audio, rate, FRONT_END.rate), FRONT_END)


def folder_of_audio(folder: Path) -> list[Path]:
    """Recordings in a folder, in order."""
    return sorted(path for path in folder.iterdir() if path.suffix in {".flac", ".mp3", ".ogg", ".wav"})


def file_frames(path: Path) -> Spectrogram:
    """Spectrogram of a recording, its first five minutes."""
    stream = SpectrogramStream(FRONT_END)
    parts = []
    with open_audio(path) as reader:
        resampler = soxr.ResampleStream(reader.rate, FRONT_END.rate, 1, dtype="float32")
        for block in reader.blocks(10.0):
            parts.append(stream.push(resampler.resample_chunk(np.ascontiguousarray(block.samples.mean(axis=1)))))
            if block.first_sample > 300 * reader.rate:
                break
    return np.concatenate([*parts, stream.finish()])


def speech(voice: str, text: str) -> Samples:
    """Let a synthetic voice speak; mono at the front end's rate."""
    spoken = subprocess.run(["espeak-ng", "-v", voice, "--stdout", text], capture_output=True, check=True).stdout
    samples = np.frombuffer(spoken[44:], dtype="<i2").astype(np.float32) / 32768
    return np.asarray(soxr.resample(samples, 22050, FRONT_END.rate))


def windows(frames: Spectrogram) -> list[Spectrogram]:
    """Windows of a spectrogram as `FamiliarityStream` cuts them, without silent ones."""
    size, least = (round(seconds * FRONT_END.frame_rate) for seconds in (WINDOW_SECONDS, LEAST_SECONDS))
    cut = [frames[start : start + size] for start in range(0, len(frames), size)]
    return [part for part in cut if len(part) >= least and np.mean(part.max(axis=1) > SILENCE_DB) >= 0.5]


def fit(groups: dict[str, list[Values]]) -> Rule:
    """Fit a softmax regression on measures by kind: each kind a list of groups (n, measures) of equal weight."""
    found = np.concatenate([group for kind in KINDS for group in groups[kind]])
    truth = np.concatenate([np.full(len(group), i) for i, kind in enumerate(KINDS) for group in groups[kind]])
    share = np.concatenate(
        [np.full(len(group), 1 / len(group) / len(groups[kind])) for kind in KINDS for group in groups[kind]]
    )
    centre, scale = found.mean(axis=0), found.std(axis=0) + 1e-9
    level = np.hstack([np.clip((found - centre) / scale, -4.0, 4.0), np.ones((len(found), 1))])
    wanted = np.eye(len(KINDS))[truth]

    def loss(flat: Values) -> tuple[float, Values]:
        weights = flat.reshape(-1, len(KINDS))
        score = level @ weights
        log = score - score.max(axis=1, keepdims=True)
        log -= np.log(np.exp(log).sum(axis=1, keepdims=True))
        shrunk = np.vstack([weights[:-1], np.zeros((1, len(KINDS)))])
        slope = level.T @ (share[:, None] * (np.exp(log) - wanted)) + _SHRINK * shrunk
        return float(-(share[:, None] * wanted * log).sum() + _SHRINK / 2 * (shrunk**2).sum()), slope.ravel()

    start = np.zeros(level.shape[1] * len(KINDS))
    weights = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 2000}).x.reshape(-1, len(KINDS))
    return Rule(FRONT_END, centre, scale, weights[:-1], weights[-1])


def to_json(rule: Rule) -> str:
    """Return a rule as the text that `midlevel_app.familiar` reads."""
    arrays = {name: np.round(getattr(rule, name), 6).tolist() for name in ("centre", "scale", "weights", "bias")}
    stored = {"made_by": "python -m training.familiarity", "front_end": rule.front_end.to_dict()}
    return json.dumps({**stored, "measures": MEASURES, "kinds": KINDS, **arrays}, indent=1) + "\n"


def verdicts(rule: Rule, recordings: list[Spectrogram]) -> str:
    """One line on recordings, see `_HEADING`."""
    found = []
    for frames in recordings:
        stream = FamiliarityStream(FRONT_END, rule)
        stream.push(frames)
        found.append(stream.verdict())
    counts = (sum(one.kind == kind for one in found) for kind in (OTHER_MUSIC, NOISE))
    parts = [measures(part) for frames in recordings for part in windows(frames)]
    like = [float(rule.probabilities(part)[0]) >= PIANO_FROM for part in parts]
    share = f"{np.mean(like):6.1%}" if like else "     -"
    return f"{len(found):6d} {' '.join(f'{count:6d}' for count in counts)} {len(like):8d} {share}"


def main() -> None:
    """Fit, write, and print the table of verdicts."""
    parser = argparse.ArgumentParser(
        prog="python -m training.familiarity", description="Fit the rule that knows piano."
    )
    parser.add_argument("--corpus", type=Path, default=Path("work/corpus"))
    parser.add_argument("--data", type=Path, required=True, help="folder of the data kit")
    parser.add_argument(
        "--music", type=Path, nargs="*", default=[], help="folders of music that is not piano, to measure"
    )
    parser.add_argument("--out", type=Path, default=Path("midlevel_app/assets/familiarity.json"))
    arguments = parser.parse_args()

    kept = [path for path in folder_of_audio(arguments.data / "recordings") if path.name.startswith(FIT_RECORDINGS)]
    rest = [path for path in folder_of_audio(arguments.data / "recordings") if path not in kept]
    fitted = [file_frames(path) for path in kept]
    voices = [spectrogram(speech(voice, _SPOKEN["fit"]), FRONT_END) for voice in FIT_VOICES]
    noises = {
        name: [noise_frames(make, (i, seed)) for seed in range(_NOISES)]
        for i, (name, make) in enumerate(FIT_NOISES.items())
    }
    groups: dict[str, list[Iterable[Spectrogram]]] = {
        PIANO: [corpus_frames(arguments.corpus, "piano", "training", _CLIPS), fitted],
        OTHER_MUSIC: [corpus_frames(arguments.corpus, "source", "training", _CLIPS)],
        NOISE: [voices, *noises.values()],
    }
    rule = fit(
        {kind: [np.array([measures(part) for frames in group for part in windows(frames)]) for group in parts]
         for kind, parts in groups.items()}
    )  # fmt: skip
    arguments.out.write_text(to_json(rule), encoding="utf-8")

    print(_HEADING)
    held_out = {
        "recordings, fitted on": fitted,
        "recordings, held out": [file_frames(path) for path in rest],
        "Disklavier (MAPS), held out": [
            file_frames(path) for path in folder_of_audio(arguments.data / "maps_disklavier")
        ],
        "corpus: piano, test": list(corpus_frames(arguments.corpus, "piano", "test", 400)),
        "corpus: other instruments, test": list(corpus_frames(arguments.corpus, "source", "test", 400)),
        "voices, fitted on": voices,
        "voices, held out": [spectrogram(speech(voice, _SPOKEN["test"]), FRONT_END) for voice in TEST_VOICES],
    }
    for name, recordings in held_out.items():
        print(f"{name:34s} {verdicts(rule, recordings)}", flush=True)
    for folder in arguments.music:
        recordings = [file_frames(path) for path in folder_of_audio(folder)]
        print(f"{f'music: {folder.name}, held out':34s} {verdicts(rule, recordings)}", flush=True)
    for name, recordings in noises.items():
        print(f"{f'noise: {name}, fitted on':34s} {verdicts(rule, recordings)}")
    for i, (name, make) in enumerate(TEST_NOISES.items(), start=len(FIT_NOISES)):
        recordings = [noise_frames(make, (i, seed)) for seed in range(_NOISES)]
        print(f"{f'noise: {name}, held out':34s} {verdicts(rule, recordings)}")


if __name__ == "__main__":
    main()
