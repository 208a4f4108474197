"""newsqa beside what a user would take instead: the same articles, questions and encoder, interleaved in one run.

docs/benchmarks.md says how, and what came of it.

    python -m benchmarks.peers --data DATA
"""
