"""Live input: heard, recorded and described while it is played. No Qt: a window or a command pulls what it shows."""
