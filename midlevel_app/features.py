"""The seven features: names, what listeners were asked, poles and colours. The only such list."""

from dataclasses import dataclass

from midlevel_app.language import translatable


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
        translatable("Melodiousness"),
        translatable("To which excerpt do you feel like singing along?"),
        translatable("nothing to sing"),
        translatable("singable"),
        "#4477AA",
        (),
    ),
    Feature(
        "articulation",
        translatable("Articulation"),
        translatable("Which has more sounds with staccato articulation?"),
        translatable("legato"),
        translatable("staccato"),
        "#EE6677",
        (7, 2),
    ),
    Feature(
        "rhythmic_complexity",
        translatable("Rhythmic complexity"),
        translatable("Is it hard to repeat by tapping or to find the meter? Are there many layers?"),
        translatable("simple"),
        translatable("complex"),
        "#228833",
        (3, 1.5),
    ),
    Feature(
        "rhythmic_stability",
        translatable("Rhythmic stability"),
        translatable("Imagine marching along: to which is it easier?"),
        translatable("free"),
        translatable("steady"),
        "#CCBB44",
        (10, 2, 2, 2),
    ),
    Feature(
        "dissonance",
        translatable("Dissonance"),
        translatable("Is the timbre noisier? Are there more dissonant intervals (tritones, seconds)?"),
        translatable("consonant"),
        translatable("dissonant"),
        "#66CCEE",
        (1.5, 1.5),
    ),
    Feature(
        "tonal_stability",
        translatable("Tonal stability"),
        translatable("Where is it easier to find the tonic and key? Are there fewer modulations?"),
        translatable("wandering"),
        translatable("settled in a key"),
        "#AA3377",
        (7, 1.5, 1.5, 1.5, 1.5, 1.5),
    ),
    Feature(
        "minorness",
        translatable("Minorness"),
        translatable("Imagine accompanying with chords: which would need more minor chords?"),
        translatable("major"),
        translatable("minor"),
        "#EE8833",
        (14, 2),
    ),
)

NAMES = tuple(feature.name for feature in FEATURES)
