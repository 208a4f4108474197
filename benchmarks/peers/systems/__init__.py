"""newsqa and its peers, each used as its own guide for beginners does, with the same encoder.

Each module has a class `System` (see `benchmarks.peers.worker.System`), made with the folders of the index and of
the model; it imports its libraries in `load` and `open`, so that a cold start has only what it needs.
"""
