"""Checks every kernel against float64 and, on a GPU, times them.

    TRITON_INTERPRET=1 python check.py                      at small odd sizes, also without a GPU
    python check.py --family mamba --out found.json         on a GPU, at the training's sizes

With --out, a kernel that is wrong here is written down, and training then does without it. The scan's kernels are
CUDA's and are checked on a GPU only.
"""

import argparse
import json
import os
import time
import traceback

import torch

import conv
import loss
import norm
import scan
import ssd

# float32 kernels sum some hundred terms in another order; bfloat16 rounds inputs, factors and outputs to 8 bits,
# float16, in its place where Triton is interpreted, to 11
BOUND = {torch.float32: 2e-5, torch.bfloat16: 3e-2, torch.float16: 1e-2}
HALF = torch.bfloat16 if torch.cuda.is_available() else torch.float16


def recurrence(xbc, dt, A, D, states):
    """Mamba-2 token by token."""
    rows, length, heads = dt.shape
    x, B, C = xbc.split([xbc.shape[2] - 2 * states, states, states], -1)
    x = x.reshape(rows, length, heads, -1)
    h = x.new_zeros(rows, heads, x.shape[3], states)
    y = []
    for t in range(length):
        v = (dt[:, t, :, None] * x[:, t])[..., None] * B[:, t, None, None]
        h = (dt[:, t] * A).exp()[..., None, None] * h + v
        y.append((h * C[:, t, None, None]).sum(-1) + D[:, None] * x[:, t])
    return torch.stack(y, 1).flatten(2)


def error(a, b):
    a, b = a.double(), b.double()
    size = b.norm().item()
    return (a - b).norm().item() / size if size else a.norm().item()


def gradients(function, inputs, seed):
    leaves = [t.detach().clone().requires_grad_(t.is_floating_point()) for t in inputs]
    out = function(*leaves)
    torch.manual_seed(seed)
    slope = torch.randn(out.shape, dtype=torch.float64, device=out.device).to(torch.bfloat16)
    found = torch.autograd.grad((out * slope.to(out.dtype)).sum(), [t for t in leaves if t.requires_grad])
    return [out, *found]


def compare(kernel, reference, inputs, low, seed=1):
    """Returns the largest error of the output and of every gradient. `low`: the inputs to round to bfloat16."""
    dtype = HALF if low else torch.float32
    given = [t.to(dtype) if k in low else t for k, t in enumerate(inputs)]
    exact = [t.double() if t.is_floating_point() else t for t in given]
    got, want = gradients(kernel, given, seed), gradients(reference, exact, seed)
    worst = max(error(a, b) for a, b in zip(got, want))
    return worst, worst <= BOUND[dtype]


def ssd_case(rows, length, heads, lanes, states, make):
    function = lambda f: (lambda x, dt, A, D: f(x, dt, A, D, states))
    inputs = [make(rows, length, heads * lanes + 2 * states), torch.rand_like(make(rows, length, heads)) * 0.2,
              -torch.rand_like(make(heads)) * 4, make(heads)]
    return function(ssd.ssd), function(recurrence), inputs, (0,)


def scan_case(rows, length, width, states, make, softplus=True):
    raw = make(rows, length, width)
    inputs = [make(rows, length, width), raw if softplus else raw.abs() * 0.2, make(width) - 2,
              -torch.rand_like(make(width, states)) * 4, make(rows, length, states), make(rows, length, states),
              make(width), make(rows, length, width)]
    low = (0, 1, 4, 5, 7) if softplus else (0, 4, 5, 7)
    unused = lambda f: (lambda *a: f(*a, softplus) + (0 if softplus else (a[2] * 0).to(a[0].dtype)))
    return unused(scan.scan), unused(scan.plain), inputs, low


def loss_case(count, width, vocabulary, make):
    target = torch.randint(0, vocabulary, (count,), device=make(1).device)
    weight = torch.rand_like(make(count)) + 0.1
    kernel = lambda h, e: loss.loss(h, e, target, weight)[0]
    exact = lambda h, e: -((h @ e.T).log_softmax(-1)[range(count), target] * weight).sum() / weight.double().sum()
    return kernel, exact, [make(count, width), make(vocabulary, width)], (0,)


def cases(make):
    yield "norm", (norm.norm, norm.plain, [make(7, 32), make(32)], (0,))
    yield "norm", (norm.norm, norm.plain, [make(5, 3, 64), make(64), make(5, 3, 64)], (0, 2))
    for length, width in ((1, 5), (67, 7), (130, 65)):
        yield "conv", (conv.conv, conv.plain, [make(2, length, width), make(width, 4), make(width)], (0,))
    yield "loss", loss_case(13, 24, 64, make)
    for sizes in ((1, 1, 1, 3, 5), (2, 67, 3, 7, 5), (1, 130, 2, 16, 32)):
        yield "ssd", ssd_case(*sizes, make)


def check(some, both):
    """The kernels that are wrong. `both`: in single precision too."""
    wrong = set()
    for name, (kernel, reference, inputs, low) in some:
        for rounded in ((), low) if both else (low,):
            try:
                worst, good = compare(kernel, reference, inputs, rounded)
            except Exception:
                traceback.print_exc(limit=3)
                worst, good = float("nan"), False
            shapes = " ".join("×".join(map(str, t.shape)) for t in inputs[:2])
            print(f"{name:5} {'half' if rounded else 'single'} {shapes:28} {worst:.1e}{'' if good else '  WRONG'}",
                  flush=True)
            if not good:
                wrong.add(name)
    return wrong


def clock(function, times=5):
    function()
    torch.cuda.synchronize()
    begin = time.time()
    for _ in range(times):
        function()
    torch.cuda.synchronize()
    return (time.time() - begin) / times * 1e3


def times(case):
    kernel, _, inputs, low = case
    given = [t.to(HALF) if k in low else t for k, t in enumerate(inputs)]
    return clock(lambda: gradients(kernel, given, 1))


def training_sizes(family, make):
    yield "conv", (conv.conv, conv.plain, [make(32, 256, 768), make(768, 4), make(768)], (0,))
    yield "loss", loss_case(512, 256, 4096, lambda *shape: make(*shape) * 0.2)
    yield "norm", (norm.norm, norm.plain, [make(8192, 256), make(256)], (0,))
    if family == "mamba2":
        yield "norm", (norm.norm, norm.plain, [make(8192, 512), make(512), make(8192, 512)], (0, 2))
        yield "ssd", ssd_case(16, 256, 8, 64, 128, make)
    else:
        for sizes in ((8, 256, 512, 16), (3, 37, 70, 16), (3, 37, 70, 32)):
            for softplus in (True, False):
                yield "scan", scan_case(*sizes, make, softplus)


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--out")
    options.add_argument("--family", choices=("mamba", "mamba2"), help="only the training's sizes of this one, on a GPU")
    options = options.parse_args()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.manual_seed(0)
    make = lambda *shape: torch.randn(*shape, device=device)
    wrong = check(training_sizes(options.family, make), False) if options.family else check(cases(make), True)
    if options.family == "mamba":
        print(f"scan {times(scan_case(128, 256, 512, 16, make)):.2f} ms", flush=True)
    elif options.family == "mamba2":
        print(f"ssd {times(ssd_case(128, 256, 8, 64, 128, make)):.2f} ms", flush=True)
    if options.out:
        with open(options.out + ".part", "w") as file:
            json.dump({"wrong": sorted(wrong)}, file)
        os.replace(options.out + ".part", options.out)
    raise SystemExit(1 if wrong and not options.out else 0)


if __name__ == "__main__":
    main()
