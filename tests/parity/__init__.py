"""labkit.metrics beside the published programs. Runs in an environment of its own, without TensorFlow:

    make test-parity

It installs what requirements.txt beside this file names into build/parity. On Linux torch's CPU build does, too (its
address is in PyTorch's install notes; install it there first). In any other environment these tests are skipped.
``python -m tests.parity.survey`` writes what every program makes of every hard case to
``data/results/metrics-parity.json``.
"""
