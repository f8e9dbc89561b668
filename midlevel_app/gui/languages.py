"""Languages: which language the window speaks, its own texts and Qt's."""

from PySide6.QtCore import QLibraryInfo, QLocale, QTranslator
from PySide6.QtWidgets import QApplication

from midlevel_app.language import LANGUAGES, fitting_language, use_language

SYSTEM = ""
"""The choice to speak the system's language."""

CHOICES = (SYSTEM, *LANGUAGES)


def speak_language(app: QApplication, choice: str) -> None:
    """Speak one of `CHOICES` in every window that is made from now on."""
    language = choice or fitting_language(QLocale.system().uiLanguages())
    use_language(language)
    translator = QTranslator(app)
    if translator.load(f"qtbase_{language}", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
        app.installTranslator(translator)  # names of keys, and buttons of dialogs
