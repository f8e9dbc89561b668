"""The seven features: names, what listeners were asked, poles and colours. The only such list."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Feature:
    """One perceptual quality, as listeners were asked about it.

    Attributes
    ----------
    name : str
        The identifier used in CSV headers, cards and code.
    label : str
        The name as a person reads it.
    question : str
        What listeners compared (Aljanaki & Soleymani, ISMIR 2018), in our words.
    low, high : str
        What a low and a high value mean.
    colour : str
        ``#rrggbb``; the set can be told apart with the common forms of colour blindness
        (Paul Tol's "bright" scheme, its grey replaced by an orange).
    dash : tuple of float
        Lengths of dashes and gaps in line widths, which tell curves apart without colours; empty for a solid line.
    """

    name: str
    label: str
    question: str
    low: str
    high: str
    colour: str
    dash: tuple[float, ...]


FEATURES = (
    Feature(
        "melodiousness",
        "Melodiousness",
        "To which excerpt do you feel like singing along?",
        "nothing to sing",
        "singable",
        "#4477AA",
        (),
    ),
    Feature(
        "articulation",
        "Articulation",
        "Which has more sounds with staccato articulation?",
        "legato",
        "staccato",
        "#EE6677",
        (7, 2),
    ),
    Feature(
        "rhythmic_complexity",
        "Rhythmic complexity",
        "Is it hard to repeat by tapping or to find the meter? Are there many layers?",
        "simple",
        "complex",
        "#228833",
        (3, 1.5),
    ),
    Feature(
        "rhythmic_stability",
        "Rhythmic stability",
        "Imagine marching along: to which is it easier?",
        "free",
        "steady",
        "#CCBB44",
        (10, 2, 2, 2),
    ),
    Feature(
        "dissonance",
        "Dissonance",
        "Is the timbre noisier? Are there more dissonant intervals (tritones, seconds)?",
        "consonant",
        "dissonant",
        "#66CCEE",
        (1.5, 1.5),
    ),
    Feature(
        "tonal_stability",
        "Tonal stability",
        "Where is it easier to find the tonic and key? Are there fewer modulations?",
        "wandering",
        "settled in a key",
        "#AA3377",
        (7, 1.5, 1.5, 1.5, 1.5, 1.5),
    ),
    Feature(
        "minorness",
        "Minorness",
        "Imagine accompanying with chords: which would need more minor chords?",
        "major",
        "minor",
        "#EE8833",
        (14, 2),
    ),
)

NAMES = tuple(feature.name for feature in FEATURES)
