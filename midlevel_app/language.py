"""Language: what the window says, in the language of its user. English, in which it is written, until one is chosen.

A text is marked where it stands: `tr` where it is shown at once, `translatable` where it is a constant that is given to
`tr` later. ``./run translate`` collects both. The command chooses no language: it speaks English, and so does all that
is written to files.
"""

import gettext
from collections.abc import Iterable
from pathlib import Path

LANGUAGES = {"en": "English", "de": "Deutsch"}
"""The name of each language in itself, by its code."""

CATALOGUES = Path(__file__).parent / "assets" / "language"

_DECIMAL_MARKS = {"de": ","}


class _Chosen:
    """What `use_language` chose."""

    language = "en"
    catalogue = gettext.NullTranslations()


def use_language(language: str, folder: Path = CATALOGUES) -> None:
    """Let `tr`, `trn` and `decimal` speak one of `LANGUAGES`, read from a folder of catalogues; English needs none."""
    _Chosen.catalogue = (
        gettext.NullTranslations() if language == "en" else gettext.translation("midlevel", folder, [language])
    )
    _Chosen.language = language


def language() -> str:
    """Return the code of the language that is spoken."""
    return _Chosen.language


def fitting_language(wanted: Iterable[str]) -> str:
    """Return the first of the wanted languages ("de-AT", "en_GB") that is one of `LANGUAGES`; English if none is."""
    codes = (one.replace("_", "-").split("-")[0].lower() for one in wanted)
    return next((code for code in codes if code in LANGUAGES), "en")


def translatable(text: str) -> str:
    """Return a constant as it is; marks it as one that is shown translated."""
    return text


def tr(text: str) -> str:
    """Return a text in the chosen language, or as it is where the catalogue lacks it."""
    return _Chosen.catalogue.gettext(text) if text else text


def trn(one: str, many: str, count: int) -> str:
    """Return the form of a text that fits a count, in the chosen language."""
    return _Chosen.catalogue.ngettext(one, many, count)


def decimal(value: float, form: str) -> str:
    """Return a number formatted (".1f") with the decimal mark of the chosen language."""
    return format(value, form).replace(".", decimal_mark())


def decimal_mark() -> str:
    """Return what stands before the decimals of a number in the chosen language."""
    return _DECIMAL_MARKS.get(_Chosen.language, ".")
