"""The causal convolution of width 4 over the tokens, one filter a channel, then SiLU."""

import torch
import torch.nn.functional as F
import triton
import triton.language as tl

from switch import fast

TOKENS = 32
CHANNELS = 64


def plain(x, weight, bias):
    length = x.shape[1]
    padded = F.pad(x, (0, 0, 3, 0))
    total = bias.to(x.dtype)
    for k in range(4):
        total = total + padded[:, k:k + length] * weight[:, k].to(x.dtype)
    return F.silu(total)


@triton.jit
def _token(x, t, base, channel, length, width):
    inside = (t >= 0) & (t < length) & (channel < width)
    return tl.load(x + base + t * width + channel, mask=inside, other=0.0).to(tl.float32)


@triton.jit
def _place(length, width, T: tl.constexpr, C: tl.constexpr):
    t = tl.program_id(1) * T + tl.arange(0, T)[:, None]
    channel = tl.program_id(2) * C + tl.arange(0, C)[None, :]
    return t, channel, tl.program_id(0).to(tl.int64) * length * width


@triton.jit
def _forward(x, weight, bias, out, length, width, T: tl.constexpr, C: tl.constexpr):
    t, channel, base = _place(length, width, T, C)
    there = channel < width
    total = tl.load(bias + channel, mask=there, other=0.0) + tl.zeros([T, C], tl.float32)
    for k in tl.static_range(4):
        w = tl.load(weight + channel * 4 + k, mask=there, other=0.0)
        total += w * _token(x, t - 3 + k, base, channel, length, width)
    result = total / (1.0 + tl.exp(-total))
    tl.store(out + base + t * width + channel, result.to(out.dtype.element_ty), mask=(t < length) & there)


@triton.jit
def _slope(x, weight, bias, d_out, t, base, channel, length, width):
    """The gradient at what goes into SiLU, of the tokens t."""
    there = channel < width
    total = tl.load(bias + channel, mask=there, other=0.0)
    for k in tl.static_range(4):
        w = tl.load(weight + channel * 4 + k, mask=there, other=0.0)
        total = total + w * _token(x, t - 3 + k, base, channel, length, width)
    s = 1.0 / (1.0 + tl.exp(-total))
    return _token(d_out, t, base, channel, length, width) * s * (1.0 + total * (1.0 - s))


@triton.jit
def _backward(x, weight, bias, d_out, d_x, d_weight, length, width, T: tl.constexpr, C: tl.constexpr):
    t, channel, base = _place(length, width, T, C)
    there = channel < width
    part = tl.program_id(0) * tl.num_programs(1) + tl.program_id(1)
    to = d_weight + (part * width + channel) * 5
    own = _slope(x, weight, bias, d_out, t, base, channel, length, width)
    tl.store(to + 4, tl.sum(own, 0)[None, :], mask=there)
    d = tl.zeros([T, C], tl.float32)
    for k in tl.static_range(4):
        tl.store(to + k, tl.sum(own * _token(x, t - 3 + k, base, channel, length, width), 0)[None, :],
                 mask=there)
        w = tl.load(weight + channel * 4 + k, mask=there, other=0.0)
        d += w * _slope(x, weight, bias, d_out, t + 3 - k, base, channel, length, width)
    tl.store(d_x + base + t * width + channel, d.to(d_x.dtype.element_ty), mask=(t < length) & there)


def _grid(x):
    return x.shape[0], triton.cdiv(x.shape[1], TOKENS), triton.cdiv(x.shape[2], CHANNELS)


class _Conv(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight, bias):
        ctx.save_for_backward(x, weight, bias)
        out = torch.empty_like(x)
        _forward[_grid(x)](x, weight, bias, out, x.shape[1], x.shape[2], TOKENS, CHANNELS)
        return out

    @staticmethod
    def backward(ctx, d_out):
        x, weight, bias = ctx.saved_tensors
        grid = _grid(x)
        d_x = torch.empty_like(x)
        parts = torch.empty(grid[0] * grid[1], x.shape[2], 5, dtype=torch.float32, device=x.device)
        _backward[grid](x, weight, bias, d_out.contiguous(), d_x, parts, x.shape[1], x.shape[2], TOKENS, CHANNELS)
        total = parts.sum(0)
        return d_x, total[:, :4].contiguous(), total[:, 4].contiguous()


def conv(x, weight, bias):
    """`x` [rows, tokens, channels], contiguous; `weight` [channels, 4], the last column the newest token."""
    if fast(x, "conv"):
        return _Conv.apply(x, weight, bias)
    return plain(x, weight, bias)
