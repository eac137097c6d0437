"""Side by side with peers: the same data, the same queries, one run."""
