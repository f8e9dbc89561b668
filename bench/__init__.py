"""Speed and memory, measured next to their references: ./run bench."""
