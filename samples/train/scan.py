"""Mamba-1's selective scan with its gate:

    h_t = exp (Δ_t A) h_{t−1} + Δ_t u_t B_t,     out_t = (C_t · h_t + D u_t) silu (z_t),

Δ = softplus (raw + bias), or raw itself. A program of the kernels takes a few channels of one row through
all its tokens with the states in registers. The forward pass writes the states down every few tokens; the
backward pass goes from one of these places to the one before and makes the states between again.
"""

import torch
import torch.nn.functional as F
import triton
import triton.language as tl

from switch import SCAN, fast


def plain(u, raw, bias, A, B, C, D, z, softplus):
    kind = A.dtype
    u, raw, B, C, z = (t.to(kind) for t in (u, raw, B, C, z))
    dt = F.softplus(raw + bias) if softplus else raw
    h = u.new_zeros(u.shape[0], u.shape[2], A.shape[1])
    y = []
    for t in range(u.shape[1]):
        h = (dt[:, t, :, None] * A).exp() * h + (dt[:, t] * u[:, t])[..., None] * B[:, t, None]
        y.append((h * C[:, t, None]).sum(-1))
    return (torch.stack(y, 1) + D * u) * F.silu(z)


@triton.jit
def _inside(index, limit, t, length):
    return (index < limit) & (index * 0 + t < length)


@triton.jit
def _delta(raw, at, inside, bias, SOFTPLUS: tl.constexpr):
    """Δ and its slope with respect to raw."""
    value = tl.load(raw + at, mask=inside, other=0.0).to(tl.float32)
    slope = value * 0.0 + 1.0
    if SOFTPLUS:
        value += bias
        slope = 1.0 / (1.0 + tl.exp(-value))
        value = tl.where(value > 20.0, value, tl.log(1.0 + tl.exp(tl.minimum(value, 20.0))))
    return tl.where(inside, value, 0.0), slope


@triton.jit
def _step(h, u, raw, bias, A, B, t, base, of_state, channel, state, length, width, N: tl.constexpr,
          SOFTPLUS: tl.constexpr):
    """One token: h [N, channels]. A token after the end leaves h alone."""
    inside = _inside(channel, width, t, length)
    dt, slope = _delta(raw, base + t * width + channel, inside, bias, SOFTPLUS)
    u_t = tl.load(u + base + t * width + channel, mask=inside, other=0.0).to(tl.float32)
    B_t = tl.load(B + of_state + t * N + state, mask=_inside(state, N, t, length), other=0.0).to(tl.float32)
    return tl.exp(dt[None, :] * A) * h + (dt * u_t)[None, :] * B_t[:, None]


@triton.jit
def _forward(u, raw, bias, A, B, C, D, z, out, saved, length, width, N: tl.constexpr, NB: tl.constexpr,
             CB: tl.constexpr, K: tl.constexpr, SOFTPLUS: tl.constexpr, SAVE: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    channel, state = tl.program_id(1) * CB + tl.arange(0, CB), tl.arange(0, NB)
    there = channel < width
    both = (state < N)[:, None] & there[None, :]
    a = tl.load(A + channel[None, :] * N + state[:, None], mask=both, other=0.0)
    b = tl.load(bias + channel, mask=there, other=0.0)
    skip = tl.load(D + channel, mask=there, other=0.0)
    h = tl.zeros([NB, CB], tl.float32)
    base = row * length * width
    of_state = row * length * N
    blocks = tl.cdiv(length, K)
    for block in range(0, blocks):
        if SAVE:
            to = saved + ((row * blocks + block) * N + state[:, None]) * width + channel[None, :]
            tl.store(to, h, mask=both)
        for k in tl.static_range(K):
            t = block * K + k
            inside = _inside(channel, width, t, length)
            h = _step(h, u, raw, b, a, B, t, base, of_state, channel, state, length, width, N, SOFTPLUS)
            C_t = tl.load(C + of_state + t * N + state, mask=_inside(state, N, t, length), other=0.0).to(tl.float32)
            u_t = tl.load(u + base + t * width + channel, mask=inside, other=0.0).to(tl.float32)
            gate = tl.load(z + base + t * width + channel, mask=inside, other=0.0).to(tl.float32)
            y = tl.sum(h * C_t[:, None], 0) + skip * u_t
            y = y * gate / (1.0 + tl.exp(-gate))
            tl.store(out + base + t * width + channel, y.to(out.dtype.element_ty), mask=inside)


@triton.jit
def _backward(u, raw, bias, A, B, C, D, z, d_out, saved, d_u, d_raw, d_z, d_A, d_B, d_C, d_D, d_bias, length,
              width, rows, N: tl.constexpr, NB: tl.constexpr, CB: tl.constexpr, K: tl.constexpr,
              SOFTPLUS: tl.constexpr):
    row = tl.program_id(0).to(tl.int64)
    channel, state = tl.program_id(1) * CB + tl.arange(0, CB), tl.arange(0, NB)
    there = channel < width
    both = (state < N)[:, None] & there[None, :]
    a = tl.load(A + channel[None, :] * N + state[:, None], mask=both, other=0.0)
    b = tl.load(bias + channel, mask=there, other=0.0)
    skip = tl.load(D + channel, mask=there, other=0.0)
    base = row * length * width
    of_state = row * length * N
    part = (tl.program_id(1).to(tl.int64) * rows + row) * length * N
    blocks = tl.cdiv(length, K)
    d_h = tl.zeros([NB, CB], tl.float32)
    sum_A = tl.zeros([NB, CB], tl.float32)
    sum_D = tl.zeros([CB], tl.float32)
    sum_b = tl.zeros([CB], tl.float32)
    for back in range(0, blocks):
        block = blocks - 1 - back
        at = saved + ((row * blocks + block) * N + state[:, None]) * width + channel[None, :]
        h = tl.load(at, mask=both, other=0.0)
        states = (h,)
        for k in tl.static_range(K):
            h = _step(h, u, raw, b, a, B, block * K + k, base, of_state, channel, state, length, width, N, SOFTPLUS)
            states = states + (h,)
        for k in tl.static_range(K):
            t = block * K + K - 1 - k
            inside = _inside(channel, width, t, length)
            on = _inside(state, N, t, length)
            here = base + t * width + channel
            dt, slope = _delta(raw, here, inside, b, SOFTPLUS)
            u_t = tl.load(u + here, mask=inside, other=0.0).to(tl.float32)
            gate = tl.load(z + here, mask=inside, other=0.0).to(tl.float32)
            d = tl.load(d_out + here, mask=inside, other=0.0).to(tl.float32)
            B_t = tl.load(B + of_state + t * N + state, mask=on, other=0.0).to(tl.float32)
            C_t = tl.load(C + of_state + t * N + state, mask=on, other=0.0).to(tl.float32)
            h_t = states[K - k]
            before = states[K - 1 - k]
            s = 1.0 / (1.0 + tl.exp(-gate))
            y = tl.sum(h_t * C_t[:, None], 0) + skip * u_t
            tl.store(d_z + here, (d * y * s * (1.0 + gate * (1.0 - s))).to(d_z.dtype.element_ty), mask=inside)
            d = d * gate * s
            sum_D += d * u_t
            tl.store(d_C + part + t * N + state, tl.sum(d[None, :] * h_t, 1), mask=on)
            d_h += d[None, :] * C_t[:, None]
            tl.store(d_B + part + t * N + state, tl.sum(d_h * (dt * u_t)[None, :], 1), mask=on)
            through = tl.sum(d_h * B_t[:, None], 0)
            d_h = d_h * tl.exp(dt[None, :] * a)
            d_exponent = d_h * before
            sum_A += d_exponent * dt[None, :]
            d_dt = (tl.sum(d_exponent * a, 0) + through * u_t) * slope
            sum_b += tl.where(inside, d_dt, 0.0)
            tl.store(d_raw + here, d_dt.to(d_raw.dtype.element_ty), mask=inside)
            tl.store(d_u + here, (through * dt + skip * d).to(d_u.dtype.element_ty), mask=inside)
    tl.store(d_A + (row * N + state[:, None]) * width + channel[None, :], sum_A, mask=both)
    tl.store(d_D + row * width + channel, sum_D, mask=there)
    tl.store(d_bias + row * width + channel, sum_b, mask=there)


def _shape(u, A):
    return A.shape[1], triton.next_power_of_2(A.shape[1]), SCAN["channels"], SCAN["steps"]


def _run(u, raw, bias, A, B, C, D, z, softplus, save):
    rows, length, width = u.shape
    N, NB, CB, K = _shape(u, A)
    out = torch.empty_like(u)
    saved = torch.empty((rows, triton.cdiv(length, K), N, width) if save else 1, dtype=torch.float32,
                        device=u.device)
    _forward[(rows, triton.cdiv(width, CB))](u, raw, bias, A, B, C, D, z, out, saved, length, width, N, NB, CB, K,
                                             softplus, save, num_warps=SCAN["warps"])
    return out, saved


class _Scan(torch.autograd.Function):
    @staticmethod
    def forward(ctx, u, raw, bias, A, B, C, D, z, softplus):
        out, saved = _run(u, raw, bias, A, B, C, D, z, softplus, True)
        ctx.save_for_backward(u, raw, bias, A, B, C, D, z, saved)
        ctx.softplus = softplus
        return out

    @staticmethod
    def backward(ctx, d_out):
        u, raw, bias, A, B, C, D, z, saved = ctx.saved_tensors
        rows, length, width = u.shape
        N, NB, CB, K = _shape(u, A)
        parts = triton.cdiv(width, CB)
        new = lambda *shape: torch.empty(shape, dtype=torch.float32, device=u.device)
        d_u, d_raw, d_z = torch.empty_like(u), torch.empty_like(raw), torch.empty_like(z)
        d_A, d_B, d_C = new(rows, N, width), new(parts, rows, length, N), new(parts, rows, length, N)
        d_D, d_bias = new(rows, width), new(rows, width)
        _backward[(rows, parts)](u, raw, bias, A, B, C, D, z, d_out.contiguous(), saved, d_u, d_raw, d_z, d_A, d_B,
                                 d_C, d_D, d_bias, length, width, rows, N, NB, CB, K, ctx.softplus,
                                 num_warps=SCAN["warps"])
        return (d_u, d_raw, d_bias.sum(0) if ctx.softplus else None, d_A.sum(0).T, d_B.sum(0).to(B.dtype), d_C.sum(0).to(C.dtype), d_D.sum(0),
                d_z, None)


def scan(u, raw, bias, A, B, C, D, z, softplus=True):
    """`u`, `raw` (of Δ), `z` [rows, tokens, channels]; `A` [channels, states], negative; `B`, `C` [rows, tokens,
    states]; `bias`, `D` [channels]. Returns what goes into the output projection."""
    if fast(u, "scan"):
        arguments = [t.contiguous() for t in (u, raw, bias, A, B, C, D, z)]
        if torch.is_grad_enabled():
            return _Scan.apply(*arguments, softplus)
        return _run(*arguments, softplus, False)[0]
    return plain(u, raw, bias, A, B, C, D, z, softplus).to(u.dtype)
