"""The shipped model's curves of the example, kept to notice any change. Made anew by: python -m tests.golden."""

import json
from pathlib import Path

import midlevel_app
from midlevel_app.analysis import analyse
from midlevel_app.audio.decode import open_audio
from midlevel_app.curves import resample
from midlevel_app.model import Model, find_model

EXAMPLE = Path(midlevel_app.__file__).parent / "assets" / "example.ogg"
GOLDEN = Path(__file__).parent / "golden.json"
RATE = 0.2  # values a second


def measure():
    """Values of the seven features every five seconds."""
    model = Model(find_model())
    with open_audio(EXAMPLE) as reader:
        curves = resample(analyse(reader.blocks(), model), RATE)
    inside = slice(1, -1)  # the first and the last have no full field
    return {
        "model": model.sha256,
        "times": curves.times[inside].tolist(),
        "values": curves.values[inside].round(3).tolist(),
    }


def write(path=GOLDEN):
    """Keep what is measured now."""
    path.write_text(json.dumps(measure(), indent=1) + "\n")


if __name__ == "__main__":
    write()
