"""What networks learn from and are tested on, one module a data set."""
