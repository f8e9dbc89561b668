"""The corpus: clips whose notes are known, rendered to audio, with their ratings."""
