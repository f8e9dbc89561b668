"""The corpus as one HTML page: what it holds, how its ratings spread and correlate, and clips to listen to."""

import base64
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

import numpy as np
import pandas as pd
import soundfile

from midlevel_app.errors import ExportError
from midlevel_app.features import FEATURES, NAMES
from training.corpus.choose import human_target
from training.corpus.clips import CLIP_SECONDS, PIANO_DOMAIN, SOURCE
from training.corpus.examples import HIGH, LOW, Example, draw_examples
from training.corpus.instruments import SOUNDFONTS
from training.corpus.manifest import BY_WINDOW, TERMS, read_manifest
from training.corpus.plots import histograms, windows
from training.corpus.sources import TEST, TRAINING, VALIDATION
from training.notes import Floats
from training.ratings import TERM_NAMES, Calibration

_FAMILIES = (
    "keyboard", "tuned percussion", "organ", "guitar", "bass", "strings", "ensemble", "brass", "reed", "pipe",
    "synth lead", "synth pad", "synth effects", "plucked", "percussion", "sound effects",
)  # fmt: skip
"""Of General MIDI, eight programs each."""

_LABELS = [feature.label for feature in FEATURES]
_LEFT = ' class="text"'
_TEXT = ("licence", "sample sets")  # columns that hold no numbers
_DOMAINS = {SOURCE: "source", PIANO_DOMAIN: "piano"}
_SPLITS = (TRAINING, VALIDATION, TEST)


def write_report(folder: Path, out: Path) -> None:
    """Write the report of a built corpus as one HTML page that needs no other file.

    Parameters
    ----------
    folder : Path
        The corpus: ``manifest.parquet``, ``calibration.json``, ``audio``.
    out : Path
        The page.

    Raises
    ------
    CorpusError, NotesError
        If the folder holds no built corpus, or its calibration is missing or for other terms.
    ExportError
        If the page cannot be written.
    """
    manifest = read_manifest(folder)
    calibration = Calibration.load(folder / "calibration.json")
    sections = [
        _introduction(manifest),
        _contents(folder, manifest),
        _correlations(manifest),
        _distributions(manifest),
        _calibration(manifest, calibration),
        _terms(manifest),
        _examples(folder, draw_examples(manifest)),
    ]
    style = Path(__file__).with_name("report.css").read_text(encoding="utf-8")
    page = (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>The corpus</title>\n<style>\n{style}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(sections)
        + "\n</main>\n</body>\n</html>\n"
    )
    try:
        out.write_text(page, encoding="utf-8")
    except OSError as error:
        raise ExportError(f"{out} cannot be written ({error.strerror}): name another file") from error


def _introduction(manifest: pd.DataFrame) -> str:
    hours = len(manifest) * CLIP_SECONDS / 3600
    recipe = manifest.attrs.get("recipe", {})
    made = {name: recipe[name] for name in ("seed", "scale") if name in recipe} | recipe.get("versions", {})
    by = ", ".join(f"{name} {value}" for name, value in made.items())
    return f"""<h1>The corpus</h1>
<p>{len(manifest):,} clips of {CLIP_SECONDS:.0f} s ({hours:.1f} h) of {manifest["work"].nunique():,} works, rendered
from notes with sampled instruments. The <em>source</em> domain has labels to learn from and other instruments
than the acoustic piano; the <em>piano</em> domain is solo piano.</p>
<p>Made with {escape(by) or "unknown programs"}.</p>
<p class="note">All ratings on this page are <strong>computed from the notes, not given by listeners</strong>. They
follow published perceptual models and are put on a scale of 1 to 10 by their rank among the source's training clips:
5.5 is the middle there, and 1.8 the standard deviation.</p>"""


def _contents(folder: Path, manifest: pd.DataFrame) -> str:
    parts = [
        [name, *_amount(part), ", ".join(sorted(part["soundfont"].unique())), f"{_edited(part):.0%}"]
        for name, part in _parts(manifest)
    ]
    collection = manifest["work"].str.partition("/")[0]
    collections = [
        [name, ", ".join(sorted(part["licence"].unique())), *_amount(part), *(_share(part, split) for split in _SPLITS)]
        for name, part in manifest.groupby(collection)
    ]
    fonts = [
        [name, SOUNDFONTS[name].licence if name in SOUNDFONTS else "unknown", *_amount(part)]
        for name, part in manifest.groupby("soundfont")
    ]
    edits = Counter(edit for own in manifest["edits"] for edit in own)
    sizes = _sizes(folder)
    skipped = Counter(manifest.attrs.get("skipped", {})).most_common()
    return "\n".join(
        [
            "<h2>What it holds</h2>",
            _table("Parts", ["part", "clips", "works", "hours", "sample sets", "edited"], parts),
            _table("Collections", ["collection", "licence", "clips", "works", "hours", *_SPLITS], collections),
            '<div class="side">',
            _table("Sample sets", ["sample set", "licence", "clips", "works", "hours"], fonts),
            _table("Edits", ["edit", "clips"], [[name, f"{count:,}"] for name, count in edits.most_common()]),
            _table("Size on disk", ["", "MB"], [[name, f"{size / 1e6:,.1f}"] for name, size in sizes]),
            _table("Candidates that gave no clip", ["reason", "number"], [[r, f"{n:,}"] for r, n in skipped])
            if skipped
            else "<p>Every candidate gave a clip.</p>",
            "</div>",
        ]
    )


def _parts(manifest: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Parts of the corpus that have clips, with their names."""
    found = []
    for domain, label in _DOMAINS.items():
        for split in _SPLITS:
            part = manifest[(manifest["domain"] == domain) & (manifest["split"] == split)]
            if len(part):
                found.append((f"{label}, {split}", part))
    return found


def _amount(part: pd.DataFrame) -> list[str]:
    """Clips, works and hours, as cells."""
    return [f"{len(part):,}", f"{part['work'].nunique():,}", f"{len(part) * CLIP_SECONDS / 3600:.1f}"]


def _edited(part: pd.DataFrame) -> float:
    return float((part["edits"].map(len) > 0).mean())


def _share(part: pd.DataFrame, split: str) -> str:
    return f"{(part['split'] == split).sum():,}"


def _sizes(folder: Path) -> list[tuple[str, int]]:
    """Bytes of each folder and file directly in the corpus, the largest first, and of all."""
    sizes = {
        path.name: sum(file.stat().st_size for file in ([path] if path.is_file() else path.rglob("*")))
        for path in folder.iterdir()
    }
    return [*sorted(sizes.items(), key=lambda item: -item[1]), ("together", sum(sizes.values()))]


def _correlations(manifest: pd.DataFrame) -> str:
    target = human_target()
    lower = np.tril_indices(len(NAMES), -1)
    tables = []
    for title, part in _parts(manifest):
        if title not in ("source, training", "piano, training"):
            continue
        found = _correlate(part[list(NAMES)].to_numpy(), part[list(NAMES)].to_numpy())
        distance = np.abs(found - target)[lower].mean()
        signed = target[lower] != 0
        agreeing = (np.sign(found[lower]) == np.sign(target[lower]))[signed].sum()
        rows = [
            [_LABELS[i], *(_r_cell(found[i, j], target[i, j]) if j < i else "" for j in range(len(NAMES) - 1))]
            for i in range(1, len(NAMES))
        ]
        caption = f"{title}: {len(part):,} clips. Large: on the corpus. Small: the human target."
        tables.append(_table(caption, ["", *_LABELS[:-1]], rows, raw=True))
        tables.append(
            f"<p>Mean absolute difference from the target {distance:.3f}; "
            f"sign as in the target for {agreeing} of {signed.sum()} pairs (the target has no sign for the rest).</p>"
        )
    return "\n".join(
        [
            "<h2>Correlations between the ratings</h2>",
            "<p>Pearson's r over clips. The target is estimated from listeners' ratings of emotion: its signs are "
            "solid, its sizes are not. Clips of the source were chosen to come near it; those of the piano domain were "
            "not chosen by their ratings.</p>",
            *tables,
        ]
    )


def _distributions(manifest: pd.DataFrame) -> str:
    parts = {name: part[list(NAMES)].to_numpy(np.float64) for name, part in _parts(manifest)}
    rows = [
        [name, *(f"{m:.1f} ± {d:.1f}" for m, d in zip(part.mean(axis=0), part.std(axis=0), strict=True))]
        for name, part in parts.items()
    ]
    return "\n".join(
        [
            "<h2>Distributions</h2>",
            f'<figure class="wide">{histograms(parts)}',
            "<figcaption>Share of each part's clips by rating, in steps of 0.5. Dotted: the median.</figcaption>",
            "</figure>",
            _table("Mean ± standard deviation", ["part", *_LABELS], rows),
        ]
    )


def _calibration(manifest: pd.DataFrame, calibration: Calibration) -> str:
    rows = []
    for name, part in _parts(manifest):
        raw = calibration.composites(_term_values(part))
        own = np.diag(_correlate(part[list(NAMES)].to_numpy(), raw))
        rows.append([name, *(f"{r:.3f}" for r in own)])
    return "\n".join(
        [
            "<h2>Ratings and their uncalibrated selves</h2>",
            "<p>A rating is a weighted sum of terms, put on the scale by its rank. Pearson's r between the sum and "
            "the rating shows how far that bends it.</p>",
            _table("Pearson's r over clips", ["part", *_LABELS], rows),
        ]
    )


def _terms(manifest: pd.DataFrame) -> str:
    part = manifest[(manifest["domain"] == SOURCE) & (manifest["split"] == TRAINING)]
    found = _correlate(_term_values(part), part[list(NAMES)].to_numpy())
    rows = [
        [name.replace(".", ": ").replace("_", " "), *(_r_cell(r) for r in row)]
        for name, row in zip(TERM_NAMES, found, strict=True)
    ]
    return "\n".join(
        [
            "<h2>Terms and ratings</h2>",
            "<details><summary>Which terms a rating goes with, its own and those of others</summary>",
            _table("Pearson's r over the source's training clips", ["term", *_LABELS], rows, raw=True),
            "</details>",
        ]
    )


def _term_values(part: pd.DataFrame) -> Floats:
    return np.asarray(part[TERMS], dtype=np.float64)


def _correlate(first: Floats, second: Floats) -> Floats:
    """Pearson's r of each column of one table with each of another, (a, b); 0 where a column does not vary."""
    first, second = (values - values.mean(axis=0) for values in (first, second))
    scale = np.sqrt(np.outer((first**2).sum(axis=0), (second**2).sum(axis=0)))
    return np.asarray(first.T @ second / np.where(scale == 0, np.inf, scale))


def _examples(folder: Path, examples: Sequence[Example]) -> str:
    key = "".join(f'<li><span style="background: {f.colour}"></span>{escape(f.label)}</li>' for f in FEATURES)
    cards = [_card(folder, example, number) for number, example in enumerate(examples)]
    return "\n".join(
        [
            "<h2>Clips to listen to</h2>",
            f"<p>For each feature the clip nearest to the {LOW:.0%} and to the {HIGH:.0%} quantile of its domain's "
            "ratings, each from another work. Curves are ratings in windows that slide over the clip.</p>",
            f'<ul class="key">{key}</ul>',
            '<div class="examples">',
            *cards,
            "</div>",
        ]
    )


def _card(folder: Path, example: Example, number: int) -> str:
    row = example.row
    feature = FEATURES[NAMES.index(example.feature)]
    title = f"{'High' if example.high else 'Low'} {feature.label.lower()}: {row[feature.name]:.1f}"
    curves = [row[column] for column in BY_WINDOW]
    facts = {
        "Means": feature.high if example.high else feature.low,
        "Work": row["work"],
        "Instruments": _instruments(row["programs"]),
        "Edits": ", ".join(edit.replace("_", " ") for edit in row["edits"]) or "none",
        "Sample set": row["soundfont"],
        "Licence": row["licence"],
        "Clip": row["name"],
        "Ratings": ", ".join(f"{label.lower()} {row[name]:.1f}" for label, name in zip(_LABELS, NAMES, strict=True)),
    }
    listed = "".join(f"<dt>{escape(name)}</dt><dd>{escape(str(fact))}</dd>" for name, fact in facts.items())
    sound = base64.b64encode(_mp3(folder / "audio" / f"{row['name']}.flac")).decode()
    return (
        f"<article>\n<h3>{escape(title)} ({_DOMAINS[row['domain']]})</h3>\n"
        f'<audio controls preload="none" aria-label="{escape(title)}" src="data:audio/mpeg;base64,{sound}"></audio>\n'
        f"{windows(curves, feature.name, number)}\n<dl>{listed}</dl>\n</article>"
    )


def _instruments(programs: Iterable[int]) -> str:
    return ", ".join(f"{_FAMILIES[program // 8]} ({program})" for program in programs)


def _mp3(path: Path) -> bytes:
    """Return a sound file as MP3."""
    audio, rate = soundfile.read(path, dtype="float32")
    buffer = io.BytesIO()
    soundfile.write(buffer, audio, rate, format="MP3")
    return buffer.getvalue()


def _r_cell(r: float, target: float | None = None) -> str:
    """Return a coloured cell with a correlation and, small, its target."""
    tone = "positive" if r >= 0 else "negative"
    below = "" if target is None else f"<small>{target:+.2f}</small>"
    return f'<td class="r" style="--tone: var(--{tone}); --strength: {min(abs(r), 1) * 0.6:.2f}">{r:+.2f}{below}</td>'


def _table(caption: str, header: Sequence[str], rows: Iterable[Sequence[object]], raw: bool = False) -> str:
    """Return a table; with ``raw`` the cells after a row's first are ``td`` elements already, or empty."""
    lines = []
    for first, *rest in rows:
        cells = [str(cell) or "<td></td>" if raw else _cell(str(cell)) for cell in rest]
        lines.append(f'<tr><th scope="row">{escape(str(first))}</th>{"".join(cells)}</tr>')
    head = "".join(
        f'<th scope="col"{_LEFT if name in _TEXT else ""}>{escape(name)}</th>' if name else "<td></td>"
        for name in header
    )
    body = "\n".join(lines)
    return (
        f'<div class="wide"><table>\n<caption>{escape(caption)}</caption>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table></div>"
    )


def _cell(text: str) -> str:
    return f"<td{'' if text[:1].isdigit() else _LEFT}>{escape(text)}</td>"
