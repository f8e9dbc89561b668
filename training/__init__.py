"""Makes the model: ratings from notes, a rendered corpus, networks, their training and export."""
