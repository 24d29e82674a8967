"""labkit.metrics beside the published programs. Runs in an environment of its own, without TensorFlow:

    python3 -m venv build/parity
    build/parity/bin/pip install -r tests/parity/requirements.txt
    build/parity/bin/pip install --no-deps torch-fidelity==0.4.0 clean-fid==0.1.35 pytorch-fid==0.3.0 \\
        torchmetrics==1.9.0 prdc==0.2
    build/parity/bin/python -m pytest tests/parity

On Linux torch's CPU build does (pip's --index-url for CPU wheels is in PyTorch's install notes). Elsewhere these tests
are skipped and say so. ``python -m tests.parity.survey`` writes what every program makes of every hard case to
``data/results/metrics-parity.json``.
"""
