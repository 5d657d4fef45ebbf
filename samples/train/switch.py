"""Which implementation runs: the Triton and CUDA kernels, or the plain PyTorch ones beside them.

The plain ones are what the kernels are checked against (check.py). They also run where there is no GPU,
and take over for a kernel that a machine's own check has found wrong.
"""

import json
import os

WRONG = set()


def fast(tensor, kernel):
    """True if `kernel` is to be used for this tensor."""
    interpreted = os.environ.get("TRITON_INTERPRET") == "1"
    return (tensor.is_cuda or interpreted) and kernel not in WRONG


def load(path):
    """Takes over what check.py --out has found on this machine."""
    with open(path) as file:
        WRONG.update(json.load(file)["wrong"])
