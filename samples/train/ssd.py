"""Mamba-2's recurrence over one window, every pair of tokens at once:

    y_i = Σ_{j ≤ i} (C_i · B_j) exp (P_i − P_j) Δ_j x_j + D x_i,     P = the running sum of Δ A.

The work grows with the square of the window, which at 256 tokens is what matrix units are for. `plain` goes
by chunks and is meant for any length.
"""

import torch
import torch.nn.functional as F
import triton
import triton.language as tl

from switch import fast

BLOCK = 64
NEVER = -1.0e30


def _padded(t, to, dim):
    shape = [0, 0] * (t.dim() - 1 - dim) + [0, to - t.shape[dim]]
    return F.pad(t, shape)


def _carried(states, end):
    """The state that enters each chunk. states [b, c, h, n, p], end [b, c, h]: the chunks' sums of Δ A."""
    total = end.cumsum(1)
    gap = (total - end)[:, :, None] - total[:, None]
    earlier = torch.ones(end.shape[1], end.shape[1], device=end.device, dtype=torch.bool).tril(-1)
    decay = gap.masked_fill(~earlier[None, :, :, None], NEVER).exp()
    return torch.einsum("bkjh,bjhnp->bkhnp", decay, states)


def plain(xbc, dt, A, D, states, chunk=128):
    rows, length, heads = dt.shape
    lanes = (xbc.shape[2] - 2 * states) // heads
    count = -(-length // chunk)
    cut = lambda t: _padded(t, count * chunk, 1).reshape(rows, count, chunk, *t.shape[2:])
    x, B, C = xbc.to(dt.dtype).split([heads * lanes, states, states], -1)
    x = x.reshape(rows, length, heads, lanes)
    v, B, C, P = cut(x * dt[..., None]), cut(B), cut(C), cut(dt * A).cumsum(2)
    gap = P[:, :, :, None] - P[:, :, None]
    seen = torch.ones(chunk, chunk, device=dt.device, dtype=torch.bool).tril()
    weight = gap.masked_fill(~seen[None, None, :, :, None], NEVER).exp()
    weight = (weight * (C @ B.transpose(-1, -2))[..., None]).permute(0, 1, 4, 2, 3)
    v = v.transpose(2, 3)
    y = weight @ v
    if count > 1:
        left = (P[:, :, -1:] - P).exp().transpose(2, 3)[..., None]
        state = _carried(B.transpose(-1, -2)[:, :, None] @ (v * left), P[:, :, -1])
        y = y + (C[:, :, None] @ state) * P.exp().transpose(2, 3)[..., None]
    y = y.transpose(2, 3).reshape(rows, count * chunk, heads, lanes)[:, :length]
    return (y + D[:, None] * x).reshape(rows, length, heads * lanes)


@triton.jit
def _rows(xbc, base, t, column, length, WIDTH: tl.constexpr, there):
    return tl.load(xbc + base + t[:, None] * WIDTH + column[None, :],
                   mask=(t < length)[:, None] & there[None, :], other=0.0)


@triton.jit
def _decay(P_i, P_j, i, j):
    seen = i[:, None] >= j[None, :]
    return tl.exp(tl.where(seen, P_i[:, None] - P_j[None, :], -1.0e30))


@triton.jit
def _forward(xbc, dt, P, D, out, length, HEADS: tl.constexpr, LANES: tl.constexpr, STATES: tl.constexpr,
             LB: tl.constexpr, SB: tl.constexpr, T: tl.constexpr):
    row, head = tl.program_id(0) // HEADS, tl.program_id(0) % HEADS
    WIDTH: tl.constexpr = HEADS * LANES + 2 * STATES
    base = row.to(tl.int64) * length * WIDTH
    of_dt = (row * HEADS + head) * length
    lane, state = tl.arange(0, LB), tl.arange(0, SB)
    i = tl.program_id(1) * T + tl.arange(0, T)
    P_i = tl.load(P + of_dt + i, mask=i < length, other=0.0)
    C_i = _rows(xbc, base, i, HEADS * LANES + STATES + state, length, WIDTH, state < STATES)
    x_i = _rows(xbc, base, i, head * LANES + lane, length, WIDTH, lane < LANES)
    y = x_i.to(tl.float32) * tl.load(D + head)
    for first in range(0, (tl.program_id(1) + 1) * T, T):
        j = first + tl.arange(0, T)
        B_j = _rows(xbc, base, j, HEADS * LANES + state, length, WIDTH, state < STATES)
        x_j = _rows(xbc, base, j, head * LANES + lane, length, WIDTH, lane < LANES)
        P_j = tl.load(P + of_dt + j, mask=j < length, other=0.0)
        dt_j = tl.load(dt + of_dt + j, mask=j < length, other=0.0)
        weight = tl.dot(C_i, tl.trans(B_j), input_precision="ieee") * _decay(P_i, P_j, i, j) * dt_j[None, :]
        y += tl.dot(weight.to(x_j.dtype), x_j, input_precision="ieee")
    to = out + (row.to(tl.int64) * length + i[:, None]) * HEADS * LANES + head * LANES + lane[None, :]
    tl.store(to, y.to(out.dtype.element_ty), mask=(i < length)[:, None] & (lane < LANES)[None, :])


@triton.jit
def _backward_rows(xbc, dt, P, d_out, d_C, d_P, d_D, length, HEADS: tl.constexpr, LANES: tl.constexpr,
                   STATES: tl.constexpr, LB: tl.constexpr, SB: tl.constexpr, T: tl.constexpr):
    """What the reading tokens i get: d C of this head, their part of d P, and d D by token."""
    row, head = tl.program_id(0) // HEADS, tl.program_id(0) % HEADS
    WIDTH: tl.constexpr = HEADS * LANES + 2 * STATES
    base = row.to(tl.int64) * length * WIDTH
    of_dt = (row * HEADS + head) * length
    lane, state = tl.arange(0, LB), tl.arange(0, SB)
    i = tl.program_id(1) * T + tl.arange(0, T)
    P_i = tl.load(P + of_dt + i, mask=i < length, other=0.0)
    C_i = _rows(xbc, base, i, HEADS * LANES + STATES + state, length, WIDTH, state < STATES)
    x_i = _rows(xbc, base, i, head * LANES + lane, length, WIDTH, lane < LANES)
    d_i = _rows(d_out, row.to(tl.int64) * length * HEADS * LANES, i, head * LANES + lane, length, HEADS * LANES,
                lane < LANES)
    tl.store(d_D + of_dt + i, tl.sum(d_i.to(tl.float32) * x_i.to(tl.float32), 1), mask=i < length)
    total = tl.zeros([T, SB], tl.float32)
    slope = tl.zeros([T], tl.float32)
    for first in range(0, (tl.program_id(1) + 1) * T, T):
        j = first + tl.arange(0, T)
        B_j = _rows(xbc, base, j, HEADS * LANES + state, length, WIDTH, state < STATES)
        x_j = _rows(xbc, base, j, head * LANES + lane, length, WIDTH, lane < LANES)
        P_j = tl.load(P + of_dt + j, mask=j < length, other=0.0)
        dt_j = tl.load(dt + of_dt + j, mask=j < length, other=0.0)
        d = tl.dot(d_i, tl.trans(x_j), input_precision="ieee") * _decay(P_i, P_j, i, j) * dt_j[None, :]
        slope += tl.sum(d * tl.dot(C_i, tl.trans(B_j), input_precision="ieee"), 1)
        total += tl.dot(d.to(B_j.dtype), B_j, input_precision="ieee")
    tl.store(d_P + of_dt + i, slope, mask=i < length)
    to = d_C + ((row.to(tl.int64) * length + i[:, None]) * HEADS + head) * STATES + state[None, :]
    tl.store(to, total.to(d_C.dtype.element_ty), mask=(i < length)[:, None] & (state < STATES)[None, :])


@triton.jit
def _backward_columns(xbc, dt, P, D, d_out, d_xbc, d_B, d_dt, length, HEADS: tl.constexpr, LANES: tl.constexpr,
                      STATES: tl.constexpr, LB: tl.constexpr, SB: tl.constexpr, T: tl.constexpr):
    """What the written tokens j get: d x, d B of this head, and d Δ as a factor of Δ x."""
    row, head = tl.program_id(0) // HEADS, tl.program_id(0) % HEADS
    WIDTH: tl.constexpr = HEADS * LANES + 2 * STATES
    base = row.to(tl.int64) * length * WIDTH
    of_out = row.to(tl.int64) * length * HEADS * LANES
    of_dt = (row * HEADS + head) * length
    lane, state = tl.arange(0, LB), tl.arange(0, SB)
    j = tl.program_id(1) * T + tl.arange(0, T)
    P_j = tl.load(P + of_dt + j, mask=j < length, other=0.0)
    dt_j = tl.load(dt + of_dt + j, mask=j < length, other=0.0)
    B_j = _rows(xbc, base, j, HEADS * LANES + state, length, WIDTH, state < STATES)
    x_j = _rows(xbc, base, j, head * LANES + lane, length, WIDTH, lane < LANES)
    d_j = _rows(d_out, of_out, j, head * LANES + lane, length, HEADS * LANES, lane < LANES)
    d_x = d_j.to(tl.float32) * tl.load(D + head)
    total = tl.zeros([T, SB], tl.float32)
    slope = tl.zeros([T], tl.float32)
    for first in range(tl.program_id(1) * T, length, T):
        i = first + tl.arange(0, T)
        C_i = _rows(xbc, base, i, HEADS * LANES + STATES + state, length, WIDTH, state < STATES)
        d_i = _rows(d_out, of_out, i, head * LANES + lane, length, HEADS * LANES, lane < LANES)
        P_i = tl.load(P + of_dt + i, mask=i < length, other=0.0)
        decay = tl.exp(tl.where(j[:, None] <= i[None, :], P_i[None, :] - P_j[:, None], -1.0e30))
        weight = tl.dot(B_j, tl.trans(C_i), input_precision="ieee") * decay
        d = tl.dot(x_j, tl.trans(d_i), input_precision="ieee")
        slope += tl.sum(weight * d, 1)
        weight = weight * dt_j[:, None]
        d_x += tl.dot(weight.to(d_i.dtype), d_i, input_precision="ieee")
        d = d * decay * dt_j[:, None]
        total += tl.dot(d.to(C_i.dtype), C_i, input_precision="ieee")
    tl.store(d_dt + of_dt + j, slope, mask=j < length)
    inside = (j < length)[:, None]
    to = d_xbc + base + j[:, None] * WIDTH + head * LANES + lane[None, :]
    tl.store(to, d_x.to(d_xbc.dtype.element_ty), mask=inside & (lane < LANES)[None, :])
    to = d_B + ((row.to(tl.int64) * length + j[:, None]) * HEADS + head) * STATES + state[None, :]
    tl.store(to, total.to(d_B.dtype.element_ty), mask=inside & (state < STATES)[None, :])


def _sizes(xbc, dt, states):
    heads = dt.shape[1]
    lanes = (xbc.shape[2] - 2 * states) // heads
    return heads, lanes, states, triton.next_power_of_2(max(16, lanes)), triton.next_power_of_2(max(16, states)), BLOCK


class _Pairs(torch.autograd.Function):
    """dt and P come as [rows, heads, tokens]."""

    @staticmethod
    def forward(ctx, xbc, dt, P, D, states):
        ctx.save_for_backward(xbc, dt, P, D)
        ctx.states = states
        sizes = _sizes(xbc, dt, states)
        rows, heads, length = dt.shape
        out = xbc.new_empty(rows, length, heads * sizes[1])
        _forward[(rows * heads, triton.cdiv(length, BLOCK))](xbc, dt, P, D, out, length, *sizes, num_warps=8)
        return out

    @staticmethod
    def backward(ctx, d_out):
        xbc, dt, P, D = ctx.saved_tensors
        sizes = _sizes(xbc, dt, ctx.states)
        rows, heads, length = dt.shape
        grid = rows * heads, triton.cdiv(length, BLOCK)
        d_out = d_out.contiguous()
        d_xbc, d_P, d_D, d_dt = (torch.empty_like(t) for t in (xbc, dt, dt, dt))
        d_B = xbc.new_empty(rows, length, heads, ctx.states)
        d_C = torch.empty_like(d_B)
        _backward_rows[grid](xbc, dt, P, d_out, d_C, d_P, d_D, length, *sizes, num_warps=8)
        _backward_columns[grid](xbc, dt, P, D, d_out, d_xbc, d_B, d_dt, length, *sizes, num_warps=8)
        wide = heads * sizes[1]
        d_xbc[..., wide:wide + ctx.states] = d_B.sum(2, dtype=torch.float32)
        d_xbc[..., wide + ctx.states:] = d_C.sum(2, dtype=torch.float32)
        return d_xbc, d_dt, d_P - dt * d_dt, d_D.sum((0, 2)), None


def ssd(xbc, dt, A, D, states):
    """`xbc` [rows, tokens, heads · lanes + 2 states]: x, B and C side by side; `dt` [rows, tokens, heads] after
    softplus; `A` and `D` [heads]. Returns [rows, tokens, heads · lanes]."""
    if fast(xbc, "ssd") and torch.is_grad_enabled():
        steps = dt.transpose(1, 2).contiguous()
        P = (steps * A[:, None]).cumsum(-1)
        return _Pairs.apply(xbc, steps, P, D, states)
    return plain(xbc, dt, A, D, states).to(xbc.dtype)
