"""RMS normalisation; with a gate, Mamba-2's inner one: norm (x · silu (gate))."""

import torch
import torch.nn.functional as F
import triton
import triton.language as tl

from switch import fast

EPSILON = 1e-5
PROGRAMS = 512


def plain(x, weight, gate=None):
    v = x.to(weight.dtype)
    if gate is not None:
        v = v * F.silu(gate.to(weight.dtype))
    return v * torch.rsqrt(v.square().mean(-1, keepdim=True) + EPSILON) * weight


@triton.jit
def _load(x, gate, at, inside, GATED: tl.constexpr):
    v = tl.load(x + at, mask=inside, other=0.0).to(tl.float32)
    g = v
    s = v
    y = v
    if GATED:
        g = tl.load(gate + at, mask=inside, other=0.0).to(tl.float32)
        s = 1.0 / (1.0 + tl.exp(-g))
        v = y * g * s
    return v, y, g, s


@triton.jit
def _forward(x, gate, weight, out, rows, D: tl.constexpr, R: tl.constexpr, GATED: tl.constexpr,
             EPS: tl.constexpr):
    row = tl.program_id(0) * R + tl.arange(0, R)[:, None]
    column = tl.arange(0, D)[None, :]
    inside = row < rows
    v, y, g, s = _load(x, gate, row * D + column, inside, GATED)
    scale = 1.0 / tl.sqrt(tl.sum(v * v, 1) / D + EPS)
    result = v * scale[:, None] * tl.load(weight + column)
    tl.store(out + row * D + column, result.to(out.dtype.element_ty), mask=inside)


@triton.jit
def _backward(x, gate, weight, d_out, d_x, d_gate, d_weight, rows, D: tl.constexpr, R: tl.constexpr,
              GATED: tl.constexpr, EPS: tl.constexpr):
    column = tl.arange(0, D)[None, :]
    w = tl.load(weight + column)
    total = tl.zeros([1, D], tl.float32)
    for first in range(tl.program_id(0) * R, rows, tl.num_programs(0) * R):
        row = first + tl.arange(0, R)[:, None]
        inside = row < rows
        at = row * D + column
        v, y, g, s = _load(x, gate, at, inside, GATED)
        scale = (1.0 / tl.sqrt(tl.sum(v * v, 1) / D + EPS))[:, None]
        hat = v * scale
        d = tl.load(d_out + at, mask=inside, other=0.0).to(tl.float32)
        total += tl.sum(d * hat, 0)[None, :]
        d = d * w
        d = scale * (d - hat * (tl.sum(d * hat, 1) / D)[:, None])
        if GATED:
            slope = s * (1.0 + g * (1.0 - s))
            tl.store(d_gate + at, (d * y * slope).to(d_gate.dtype.element_ty), mask=inside)
            d = d * g * s
        tl.store(d_x + at, d.to(d_x.dtype.element_ty), mask=inside)
    tl.store(d_weight + tl.program_id(0) * D + column, total)


class _Norm(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight, gate, dtype):
        ctx.save_for_backward(x, weight, gate)
        width = x.shape[-1]
        rows = x.numel() // width
        out = torch.empty(x.shape, dtype=dtype, device=x.device)
        _forward[(triton.cdiv(rows, 4),)](x, gate, weight, out, rows, width, 4, gate is not None, EPSILON)
        return out

    @staticmethod
    def backward(ctx, d_out):
        x, weight, gate = ctx.saved_tensors
        width = x.shape[-1]
        rows = x.numel() // width
        programs = min(PROGRAMS, triton.cdiv(rows, 4))
        d_x = torch.empty_like(x)
        d_gate = None if gate is None else torch.empty_like(gate)
        d_weight = torch.empty(programs, width, dtype=torch.float32, device=x.device)
        _backward[(programs,)](x, gate, weight, d_out.contiguous(), d_x, d_gate, d_weight, rows, width, 4,
                               gate is not None, EPSILON)
        return d_x, d_weight.sum(0), d_gate, None


def norm(x, weight, gate=None, dtype=None):
    """`x` and `gate` [..., width], contiguous; the width a power of two for the kernel."""
    if fast(x, "norm"):
        return _Norm.apply(x, weight, gate, dtype or x.dtype)
    return plain(x, weight, gate).to(dtype or x.dtype)
