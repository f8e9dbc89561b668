"""The model: an ONNX network from spectrogram to curves, and the card stored in its metadata."""

import contextlib
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime

from midlevel_app.errors import ModelError
from midlevel_app.features import NAMES
from midlevel_app.frontend import SILENCE_DB, FrontEnd, Spectrogram
from midlevel_app.language import tr

CARD_KEY = "midlevel_card"
CARD_FORMAT = 1
RATING_KINDS = COMPUTED, LISTENERS = ("computed", "listeners")
SPREAD_OUTPUT = "spread"
"""Name of the output that a model may have beside its ratings."""

_LARGEST_NUMBER = 1_000_000  # in a card; no number of frames, bands or samples comes near
_ENTRIES = {
    "training_data": {"name", "licence", "use"},
    "scores": {"test", "ratings", "clips", "works", "mean_r", "r"},
    "claims": {"number", "claim", "rate", "kept"},
}
"""What each entry of these parts of a card holds."""

_ASSETS = Path(__file__).resolve().parent / "assets"


@dataclass(frozen=True)
class ModelCard:
    """What a model is, read from the metadata of its file.

    Attributes
    ----------
    name, version, description : str
        For people.
    features : tuple of str
        The output columns, in order.
    frontend : FrontEnd
        Parameters of the spectrogram it takes.
    stride : int
        Frames from one value to the next.
    receptive_field : int
        Frames that one value describes; value ``j`` describes frames ``j * stride`` up to
        ``j * stride + receptive_field - 1``. Half of it, ``(receptive_field - 1) / 2``, is a whole number of
        strides, so that values lie on one grid from time 0.
    rating_kind : str
        ``"computed"`` (ratings calculated from notes) or ``"listeners"``.
    training_data : tuple of dict
        For each source: ``name``, ``licence``, ``use``.
    scores : tuple of dict
        For each test: ``test``, ``ratings`` (which kind), ``clips``, ``works``, ``mean_r`` and ``r`` by feature.
    limits : tuple of str
        What the model must not be used for, and what its numbers do not mean.
    claims : tuple of dict
        For each statement about music that a model must get right: ``number``, ``claim`` (its text), ``rate`` (share
        of the pieces in which it does) and ``kept``. Empty where nobody checked; a card may leave it out.
    """

    name: str
    version: str
    description: str
    features: tuple[str, ...]
    frontend: FrontEnd
    stride: int
    receptive_field: int
    rating_kind: str
    training_data: tuple[dict[str, Any], ...] = ()
    scores: tuple[dict[str, Any], ...] = ()
    limits: tuple[str, ...] = ()
    claims: tuple[dict[str, Any], ...] = ()

    @property
    def step_seconds(self) -> float:
        """Seconds between values."""
        return self.stride * self.frontend.hop / self.frontend.rate

    @property
    def field_seconds(self) -> float:
        """Seconds of audio that one value describes: from the first to the last sample of its frames."""
        samples = (self.receptive_field - 1) * self.frontend.hop + self.frontend.frame
        return samples / self.frontend.rate

    def count(self, frames: int) -> int:
        """Return how many values ``frames`` frames give."""
        return max(0, (frames - self.receptive_field) // self.stride + 1)

    @property
    def lead(self) -> int:
        """Grid points from time 0 to the first value's centre."""
        return (self.receptive_field - 1) // (2 * self.stride)

    def times(self, points: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Seconds of points on the grid of values; a value lies at the centre of the frames it describes."""
        return self.frontend.times(np.asarray(points) * self.stride)

    def to_json(self) -> str:
        """Return the card as the JSON text that `from_json` reads."""
        return json.dumps({"format": CARD_FORMAT, **asdict(self)}, indent=1)

    @classmethod
    def from_json(cls, text: str) -> "ModelCard":
        """Read a card; ``ValueError`` says what is wrong with it."""
        card = json.loads(text)
        if not isinstance(card, Mapping) or card.get("format") != CARD_FORMAT:
            raise ValueError(f"card format {CARD_FORMAT} expected")
        content: dict[str, Any] = {"claims": (), **card}
        del content["format"]
        expected = {field.name for field in fields(cls)}
        if set(content) != expected:
            raise ValueError(f"card needs exactly {sorted(expected)}, got {sorted(content)}")
        content["frontend"] = frontend = FrontEnd.from_dict(content["frontend"])
        whole = {name: getattr(frontend, name) for name in ("rate", "frame", "hop", "bands")}
        whole |= {name: content[name] for name in ("stride", "receptive_field")}
        for name, number in whole.items():
            if type(number) is not int or not 0 < number < _LARGEST_NUMBER:
                raise ValueError(f"{name} is {number!r}, not a whole number above 0")
        for name in ("features", "training_data", "scores", "limits", "claims"):
            content[name] = tuple(content[name])
        for name, keys in _ENTRIES.items():
            if not all(isinstance(entry, dict) and keys <= set(entry) for entry in content[name]):
                raise ValueError(f"each of {name} needs {sorted(keys)}")
        if content["features"] != NAMES:
            raise ValueError(f"features {content['features']} instead of {NAMES}")
        if content["rating_kind"] not in RATING_KINDS:
            raise ValueError(f"kind of rating {content['rating_kind']!r} is none of {RATING_KINDS}")
        if (content["receptive_field"] - 1) % (2 * content["stride"]):
            raise ValueError("half the receptive field is not a whole number of strides")
        return cls(**content)


def shipped_models() -> dict[str, Path]:
    """Models that come with the program, by name."""
    return {path.stem: path for path in sorted(_ASSETS.glob("*.onnx"))}


def find_model(name_or_path: str | None = None) -> Path:
    """Return the file of a model given by shipped name or by path; without either, the default model."""
    shipped = shipped_models()
    if name_or_path is None:
        if not shipped:
            raise ModelError(
                tr("no model came with this installation (looked in {folder}): install it again").format(folder=_ASSETS)
            )
        return next(iter(shipped.values()))
    if name_or_path in shipped:
        return shipped[name_or_path]
    path = Path(name_or_path)
    with contextlib.suppress(OSError):  # not to be looked at, or too long a name
        if path.is_file():
            return path
    raise ModelError(
        tr("there is no model {name!r}: give the path of an .onnx file or one of {names}").format(
            name=name_or_path, names=", ".join(shipped) or "none"
        )
    )


@dataclass(frozen=True)
class Rated:
    """What a model says of a spectrogram.

    Attributes
    ----------
    values : (n, features) float64
        One value every ``stride`` frames, each from its own ``receptive_field`` frames; scale 1 to 10.
    spread : (n, features) float64 or None
        How far an ensemble of teachers differed about each value, where the model says so: one standard deviation
        in rating points, at least 0.
    """

    values: npt.NDArray[np.float64]
    spread: npt.NDArray[np.float64] | None


class Model:
    """A network that turns a spectrogram into feature values.

    Runs on one thread, and does not spin while it waits: it is called many times a second beside live audio.

    Attributes
    ----------
    path : Path
    sha256 : str
        Of the file, in hexadecimal.
    card : ModelCard
    has_spread : bool
        It says how far teachers differed about each value.
    """

    def __init__(self, path: Path) -> None:
        """Load ``path``.

        Raises
        ------
        ModelError
            If it is missing, not an ONNX network, carries no valid card, has outputs other than ratings and
            their spread, or gives other numbers of values than its card says.
        """
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        try:
            content = path.read_bytes()
        except OSError as error:
            raise ModelError(
                tr("cannot read the model {path}: {reason}").format(path=path, reason=error.strerror)
            ) from error
        try:
            self._session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime's exceptions share no narrower base
            raise ModelError(
                tr("{path} is not a model this program can run: choose an .onnx file it exported").format(path=path)
            ) from error
        metadata = self._session.get_modelmeta().custom_metadata_map
        try:
            self.card = ModelCard.from_json(metadata[CARD_KEY])
        except (KeyError, ValueError, TypeError) as error:
            raise ModelError(
                tr("{path} carries no valid model card ({error}): it was made for something else").format(
                    path=path, error=error
                )
            ) from error
        self.path = path
        self.sha256 = hashlib.sha256(content).hexdigest()
        self._input = self._session.get_inputs()[0].name
        others = self._session.get_outputs()[1:]
        self.has_spread = bool(others)
        if self.has_spread and [(one.name, one.shape[2:]) for one in others] != [(SPREAD_OUTPUT, [len(NAMES)])]:
            found = ", ".join(f"{one.name} {tuple(one.shape)}" for one in others)
            raise ModelError(
                tr(
                    "{path} has outputs that this program does not know ({found}): beside ratings, a model "
                    "may have {spread} (1, n, {features}) alone"
                ).format(path=path, found=found, spread=SPREAD_OUTPUT, features=len(NAMES))
            )
        self._check_values()

    def _check_values(self) -> None:
        """Raise `ModelError` unless the network gives one value for one field, and two for a stride more."""
        card = self.card
        for count in (1, 2):
            shape = (1, card.receptive_field + (count - 1) * card.stride, card.frontend.bands)
            try:
                outputs = self._session.run(None, {self._input: np.full(shape, SILENCE_DB, dtype=np.float32)})
                found = ", ".join(str(np.shape(output)) for output in outputs)
            except Exception as error:  # onnxruntime's exceptions share no narrower base
                outputs, found = [], f"{error}".strip() or type(error).__name__
            if not outputs or any(np.shape(output) != (1, count, len(NAMES)) for output in outputs):
                raise ModelError(
                    tr(
                        "{path} does not do what its card says: it gives {found} for a spectrogram {shape}; "
                        "export it anew"
                    ).format(path=self.path, found=found, shape=shape)
                )

    def rate(self, frames: Spectrogram) -> Rated:
        """Values for a spectrogram, and their spread where the model has one.

        Parameters
        ----------
        frames : (t, bands) float32
            Consecutive frames in decibels, as the card's front end makes them.

        Returns
        -------
        Rated
            Of ``card.count(t)`` values.
        """
        if frames.ndim != 2 or frames.shape[1] != self.card.frontend.bands:
            raise ValueError(f"spectrogram (t, {self.card.frontend.bands}) expected, got {frames.shape}")
        if self.card.count(len(frames)) == 0:
            nothing = np.empty((0, len(self.card.features)))
            return Rated(nothing, nothing if self.has_spread else None)
        outputs = self._session.run(None, {self._input: frames[None]})
        values, *spread = (np.asarray(output[0], dtype=np.float64) for output in outputs)
        return Rated(values, spread[0] if self.has_spread else None)

    def predict(self, frames: Spectrogram) -> npt.NDArray[np.float64]:
        """Values for a spectrogram, (card.count(t), features), as `rate` gives them."""
        return self.rate(frames).values
