"""Builds the corpus: a folder with a manifest, audio, notes and ratings. Resumes where it was stopped."""

import json
import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd
import soundfile

from training.corpus.acoustics import record
from training.corpus.clips import CLIP_SECONDS, PARTS, PREROLL, Clip, Part, draw_edits, draw_works, make_notes
from training.corpus.instruments import find_soundfont
from training.corpus.render import render
from training.corpus.sources import COLLECTIONS, TRAINING, Work, works
from training.notes import Notes, NotesError, cut, write_midi

RATE = 22050
BATCH = 96


def plan(data: Path, seed: int, scale: float = 1.0, parts: Sequence[Part] = PARTS) -> list[tuple[Work, Clip]]:
    """Decide every clip of the corpus.

    Parameters
    ----------
    data : Path
        The data kit.
    seed : int
        Another seed gives another corpus.
    scale : float
        Factor on the number of clips of each part.
    parts : sequence of Part
        What the corpus consists of.
    """
    used = {collection for part in parts for collection in part.shares}
    available = {collection: works(data, collection) for collection in sorted(used)}
    chosen: list[tuple[Work, Clip]] = []
    for place, part in enumerate(parts):
        rng = np.random.default_rng([seed, place])
        drawn: list[Work] = []
        for collection, share in part.shares.items():
            if part.split == TRAINING and not COLLECTIONS[collection].trains:
                raise ValueError(f"the licence of {collection} does not allow a model that ships to learn from it")
            side = [work for work in available[collection] if work.split == part.split]
            drawn += draw_works(side, max(1, round(share * part.clips * scale)), rng)
        for number, work in enumerate(drawn):
            clip = Clip(
                name=f"{part.domain}-{part.split}-{number:05d}",
                domain=part.domain,
                split=part.split,
                work=work.name,
                licence=COLLECTIONS[work.collection].licence,
                soundfont=part.soundfonts[number // BATCH % len(part.soundfonts)],
                edits=draw_edits(part.edited, rng),
                seed=int(rng.integers(2**31)),
            )
            chosen.append((work, clip))
    return chosen


def build(data: Path, folder: Path, soundfonts: tuple[Path, ...], seed: int, scale: float, jobs: int) -> pd.DataFrame:
    """Render the corpus into ``folder`` and write ``manifest.parquet``, one row a clip.

    A batch that was finished before is not rendered again. Clips whose work gives no usable notes are left out;
    ``skipped.json`` says which and why.
    """
    planned = plan(data, seed, scale)
    for name in ("audio", "midi", "batches"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    recipe = json.dumps({"seed": seed, "scale": scale, "parts": [asdict(part) for part in PARTS]}, indent=1)
    plan_file = folder / "plan.json"
    if plan_file.exists() and plan_file.read_text() != recipe:
        raise FileExistsError(f"{folder} holds a corpus of another plan: name another folder, or remove it")
    plan_file.write_text(recipe)
    waiting = [
        (number, batch) for number, batch in _batches(planned) if not (folder / f"batches/{number:04d}.json").exists()
    ]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, mp_context=context) as pool:
        results = [pool.submit(_render_batch, number, batch, folder, soundfonts) for number, batch in waiting]
        for done, result in enumerate(results):
            result.result()
            print(f"rendered batch {done + 1} of {len(results)}", flush=True)
    finished = [json.loads(path.read_text()) for path in sorted((folder / "batches").glob("*.json"))]
    rows = [row for batch in finished for row in batch["clips"]]
    skipped = [reason for batch in finished for reason in batch["skipped"]]
    (folder / "skipped.json").write_text(json.dumps(skipped, indent=1))
    manifest = pd.DataFrame(rows)
    manifest.to_parquet(folder / "manifest.parquet")
    print(f"{len(rows)} clips, {len(skipped)} skipped")
    return manifest


def _batches(planned: Sequence[tuple[Work, Clip]]) -> Iterator[tuple[int, list[tuple[Work, Clip]]]]:
    """Cut the plan into batches of one part and one soundfont, at most `BATCH` clips each."""
    batch: list[tuple[Work, Clip]] = []
    number = 0
    for work, clip in planned:
        first = batch[0][1] if batch else clip
        another = (first.domain, first.split, first.soundfont) != (clip.domain, clip.split, clip.soundfont)
        if another or len(batch) == BATCH:
            yield number, batch
            number, batch = number + 1, []
        batch.append((work, clip))
    if batch:
        yield number, batch


def _render_batch(number: int, batch: Sequence[tuple[Work, Clip]], folder: Path, soundfonts: tuple[Path, ...]) -> None:
    """Make, render and store the clips of a batch; its JSON file appears last and says it is done."""
    made: list[tuple[Clip, Notes]] = []
    skipped: list[str] = []
    for work, clip in batch:
        try:
            made.append((clip, make_notes(work, clip)))
        except NotesError as error:
            skipped.append(f"{clip.name}: {error}")
    font = find_soundfont(batch[0][1].soundfont, soundfonts)
    length = PREROLL + CLIP_SECONDS
    for (clip, notes), audio in zip(
        made, render([notes for _, notes in made], length, font, RATE) if made else [], strict=True
    ):
        kept = record(audio[round(PREROLL * RATE) :], RATE, np.random.default_rng([clip.seed, 1]))
        soundfile.write(folder / f"audio/{clip.name}.flac", kept, RATE, subtype="PCM_16")
        write_midi(cut(notes, PREROLL, length), folder / f"midi/{clip.name}.mid")
    unfinished = folder / f"batches/{number:04d}.json.part"
    unfinished.write_text(json.dumps({"clips": [asdict(clip) for clip, _ in made], "skipped": skipped}))
    unfinished.replace(unfinished.with_suffix(""))
