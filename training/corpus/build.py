"""Builds the corpus: a folder with a manifest, audio, notes and ratings. Stopped at any moment, it goes on there."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import soundfile

from midlevel_app.features import NAMES
from training.corpus.candidates import Planned, choose_all, compose_all, digest, plan
from training.corpus.choose import correlations_of, human_target, self_correlations
from training.corpus.clips import CLIP_SECONDS, PARTS, PREROLL, SOURCE, Part, make_notes
from training.corpus.instruments import find_soundfont
from training.corpus.manifest import BY_WINDOW, TERMS, check_manifest, versions, write_manifest
from training.corpus.processes import each, pieces
from training.corpus.remake import RATE, sound
from training.corpus.sources import TRAINING, Work
from training.errors import CorpusError
from training.notes import Floats, cut, write_midi
from training.ratings import TERM_NAMES, Calibration, windowed_terms

HOP = 1.0
"""Seconds from one rating by window to the next."""

_BATCH = 64


def build(
    data: Path,
    folder: Path,
    soundfonts: tuple[Path, ...],
    seed: int,
    scale: float,
    jobs: int,
    parts: Sequence[Part] = PARTS,
) -> pd.DataFrame:
    """Build the corpus in ``folder`` and return its manifest.

    Stages: scores are parsed, candidates composed, clips chosen among them by their ratings, rendered, and rated. What
    a stopped run has finished is not done again. The folder gets

    - ``manifest.parquet``: a row a clip (see `training.corpus.manifest`),
    - ``audio/NAME.flac``: mono, 22,050 Hz; ``midi/NAME.mid``: its notes,
    - ``calibration.json``: the scale of the ratings, fitted on the source's training clips,
    - what the stages leave for the next: ``plan.json``, ``scores``, ``candidates``, ``chosen.json``, ``batches``.

    Parameters
    ----------
    data : Path
        The data kit.
    folder : Path
    soundfonts : tuple of Path
        Folders of sample sets, besides the system's.
    seed : int
        Another seed gives another corpus.
    scale : float
        Factor on the number of clips.
    jobs : int
        Processes.
    parts : sequence of Part
        What the corpus consists of.

    Raises
    ------
    CorpusError
        If the folder holds a corpus of another plan, or made by other versions of the programs; if the parts cannot be
        had from the data kit, or their licences do not allow what is wanted.
    RenderError
        If a sample set is missing.
    """
    planned = plan(data, seed, scale, parts)
    for font in {font for part in parts for font in part.soundfonts}:
        find_soundfont(font, soundfonts)  # a missing one is told before hours of work
    recipe = {
        "seed": seed,
        "scale": scale,
        "parts": [asdict(part) for part in parts],
        "plan": digest(planned),
        "versions": versions(),
    }
    _take(folder, recipe)
    terms = compose_all(planned, folder, jobs)
    chosen = _chosen(planned, terms, parts, scale, seed, folder / "chosen.json")
    rows = _render_all(data, chosen, folder, soundfonts, jobs)
    about = {
        "recipe": recipe,
        "skipped": dict(Counter(terms["reason"][terms["reason"] != ""])),
        "ships": all(part.ships for part in parts if part.split == TRAINING),
        "correlations of candidates": _correlations_of_candidates(terms).tolist(),
    }
    _rate(folder, rows.join(terms[TERMS], on="name"), about)
    manifest = check_manifest(folder)
    _print_correlations(manifest)
    print(f"{len(manifest)} clips in {folder}; candidates that gave none: {about['skipped'] or 'none'}")
    return manifest


def _take(folder: Path, recipe: dict[str, Any]) -> None:
    """Make the folder this plan's, or find that it is."""
    for name in ("audio", "midi", "batches"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    path = folder / "plan.json"
    text = json.dumps(recipe, indent=1)
    if path.exists() and path.read_text() != text:
        raise CorpusError(
            f"{folder} holds a corpus of another plan, or made by other versions of the programs: name another folder, "
            "or remove it"
        )
    _write(path, text)


def _chosen(
    planned: Sequence[Planned], terms: pd.DataFrame, parts: Sequence[Part], scale: float, seed: int, path: Path
) -> list[Planned]:
    """Choose the clips to render, once."""
    if not path.exists():
        _write(path, json.dumps(choose_all(planned, terms, parts, scale, seed)))
    names = set(json.loads(path.read_text()))
    return [(work, clip) for work, clip in planned if clip.name in names]


def _write(path: Path, text: str) -> None:
    unfinished = path.with_suffix(".part")
    unfinished.write_text(text)
    unfinished.replace(path)


def _render_all(
    data: Path, chosen: Sequence[Planned], folder: Path, soundfonts: tuple[Path, ...], jobs: int
) -> pd.DataFrame:
    """Render the chosen clips and return what is known of each but its ratings."""
    tasks = [
        (data, batch, folder, soundfonts, folder / f"batches/{number:04d}.parquet")
        for number, batch in enumerate(pieces(chosen, _BATCH))
    ]
    each("rendering", _render, [task for task in tasks if not task[-1].exists()], jobs)
    return pd.concat([pd.read_parquet(task[-1]) for task in tasks], ignore_index=True)


def _render(data: Path, batch: Sequence[Planned], folder: Path, soundfonts: tuple[Path, ...], path: Path) -> None:
    """Write audio and notes of some clips, then a file with the rest, which says that they are complete."""
    rows = []
    for work, clip in batch:
        notes = make_notes(work, clip, folder / "scores")
        soundfile.write(folder / f"audio/{clip.name}.flac", sound(notes, clip, soundfonts), RATE, subtype="PCM_16")
        heard = cut(notes, PREROLL, PREROLL + CLIP_SECONDS)
        write_midi(heard, folder / f"midi/{clip.name}.mid")
        tracks = np.unique(heard.track[~heard.drum])
        rows.append(
            {
                **asdict(clip),
                "file": _file(work, data),
                "programs": sorted({heard.program.get(int(track), 0) for track in tracks}),
                "windows": windowed_terms(heard, CLIP_SECONDS, HOP)[1].ravel(),
            }
        )
    unfinished = path.with_suffix(".part")
    pd.DataFrame(rows).to_parquet(unfinished)
    unfinished.replace(path)


def _file(work: Work, data: Path) -> str:
    """Name a work's file relative to the data kit, or from its package's folder on."""
    if work.path.is_relative_to(data):
        return work.path.relative_to(data).as_posix()
    place = len(work.path.parts) - 1 - work.path.parts[::-1].index(work.collection)
    return Path(*work.path.parts[place:]).as_posix()


def _rate(folder: Path, rows: pd.DataFrame, about: dict[str, Any]) -> None:
    """Fit the scale on the source's training clips, rate all clips and their windows, and write the manifest."""
    terms = rows[TERMS].to_numpy()
    fitted = ((rows["domain"] == SOURCE) & (rows["split"] == TRAINING)).to_numpy()
    calibration = Calibration.fit(terms[fitted])
    _write(folder / "calibration.json", calibration.to_json())
    windows = np.stack(rows["windows"].to_numpy()).reshape(-1, len(TERM_NAMES))
    curves = calibration.rate(windows).reshape(len(rows), -1, len(NAMES))
    ratings = pd.DataFrame(calibration.rate(terms), columns=list(NAMES), index=rows.index)
    by_window = pd.DataFrame(
        {column: list(curves[:, :, index]) for index, column in enumerate(BY_WINDOW)}, index=rows.index
    )
    write_manifest(folder, pd.concat([rows, ratings, by_window], axis=1), about)
    print("r of each rating with its uncalibrated self, source training: ", end="")
    print(
        " ".join(
            f"{name} {r:.3f}" for name, r in zip(NAMES, self_correlations(calibration, terms[fitted]), strict=True)
        )
    )


def _correlations_of_candidates(terms: pd.DataFrame) -> Floats:
    """Return the (7, 7) correlations between the ratings of all candidates of the source's training part."""
    usable = terms[terms.index.str.startswith(f"{SOURCE}-{TRAINING}-") & (terms["reason"] == "")][TERMS].to_numpy()
    return correlations_of(Calibration.fit(usable).rate(usable))


def _print_correlations(manifest: pd.DataFrame) -> None:
    """Print the correlations between the ratings of the source's training candidates and clips beside the target."""
    part = manifest[(manifest["domain"] == SOURCE) & (manifest["split"] == TRAINING)]
    before, target = np.array(manifest.attrs["correlations of candidates"]), human_target()
    after = correlations_of(part[list(NAMES)])
    upper = np.triu_indices(len(NAMES), 1)
    print("correlations between ratings, source training: pair, candidates, chosen, listeners")
    for i, j in zip(*upper, strict=True):
        print(f"  {NAMES[i]:<20} {NAMES[j]:<20} {before[i, j]:5.2f} {after[i, j]:5.2f} {target[i, j]:5.2f}")
    print(
        f"  mean distance from listeners: {np.abs(before - target)[upper].mean():.3f} among candidates, "
        f"{np.abs(after - target)[upper].mean():.3f} among chosen"
    )
