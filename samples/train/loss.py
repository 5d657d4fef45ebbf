"""The output layer and its weighted cross entropy in one, so that the logits are written only once."""

import torch
import torch.nn.functional as F
import triton
import triton.language as tl

from switch import fast


def plain(hidden, embedding, target, weight):
    logits = (hidden @ embedding.to(hidden.dtype).T).float()
    each = F.cross_entropy(logits, target, reduction="none")
    return (each * weight).sum() / weight.sum(), each.detach(), logits.argmax(-1) == target


@triton.jit
def _row(logits, target, weight, each, right, V: tl.constexpr):
    """Replaces a row of logits by the gradient of the loss with respect to it."""
    row = tl.program_id(0).to(tl.int64)
    column = tl.arange(0, V)
    x = tl.load(logits + row * V + column).to(tl.float32)
    wanted = tl.load(target + row)
    top = tl.max(x, 0)
    e = tl.exp(x - top)
    total = tl.sum(e, 0)
    own = tl.sum(tl.where(column == wanted, x, 0.0), 0)
    tl.store(each + row, tl.log(total) + top - own)
    tl.store(right + row, (own >= top).to(tl.int8))
    d = (e / total - tl.where(column == wanted, 1.0, 0.0)) * tl.load(weight + row)
    tl.store(logits + row * V + column, d.to(logits.dtype.element_ty))


class _Loss(torch.autograd.Function):
    @staticmethod
    def forward(ctx, hidden, embedding, target, weight):
        matrix = embedding.to(hidden.dtype)
        logits = hidden @ matrix.T
        share = weight / weight.sum()
        each = torch.empty(len(target), dtype=torch.float32, device=hidden.device)
        right = torch.empty(len(target), dtype=torch.int8, device=hidden.device)
        _row[(len(target),)](logits, target, share, each, right, logits.shape[1], num_warps=8)
        ctx.save_for_backward(hidden, matrix, logits)
        ctx.mark_non_differentiable(each, right)
        return (each * share).sum(), each, right

    @staticmethod
    def backward(ctx, d, *_):
        hidden, matrix, slope = ctx.saved_tensors
        return (slope @ matrix) * d, (slope.T @ hidden).float() * d, None, None


def loss(hidden, embedding, target, weight):
    """`hidden` [n, width], `target` and `weight` [n]. Returns the weighted mean, each token's loss in nats,
    and whether its largest logit is the target's."""
    if fast(hidden, "loss"):
        mean, each, right = _Loss.apply(hidden, embedding, target, weight)
        return mean, each, right.bool()
    return plain(hidden, embedding, target, weight)
