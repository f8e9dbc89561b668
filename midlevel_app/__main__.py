"""``python -m midlevel_app`` is the command ``midlevel``."""

import sys

from midlevel_app.cli import main

sys.exit(main())
