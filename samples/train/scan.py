"""Mamba-1's selective scan with its gate:

    h_t = exp (Δ_t A) h_{t−1} + Δ_t u_t B_t,     out_t = (C_t · h_t + D u_t) silu (z_t),

Δ = softplus (raw + bias), or raw itself. The kernels are CUDA's (scan.cu), compiled when they are first needed for
the number of states that is asked for: as Triton had arranged them they took four times as long.
"""

import ctypes
import functools
import os
import subprocess
import tempfile
from pathlib import Path

import torch
import torch.nn.functional as F

from switch import fast

SOURCE = Path(__file__).with_name("scan.cu")
STEP = 4
NAMES = ("u", "raw", "bias", "A", "B", "C", "D", "z", "out", "saved", "d_out", "d_u", "d_raw", "d_z", "d_A", "d_B",
         "d_C", "d_D", "d_bias")


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


class Arguments(ctypes.Structure):
    _fields_ = [(name, ctypes.c_void_p) for name in NAMES]


@functools.cache
def _library(states):
    major, minor = torch.cuda.get_device_capability()
    folder = Path(tempfile.gettempdir()) / f"scan-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    path = folder / f"{states}-sm_{major}{minor}-{int(SOURCE.stat().st_mtime)}.so"
    if not path.exists():
        part = path.with_suffix(f".{os.getpid()}")
        subprocess.run(["nvcc", "-O3", "-std=c++17", f"-arch=sm_{major}{minor}", f"-DSTATES={states}", "-shared",
                        "-Xcompiler", "-fPIC", str(SOURCE), "-o", str(part)], check=True)
        os.replace(part, path)
    found = ctypes.CDLL(str(path))
    found.scan.argtypes = [ctypes.POINTER(Arguments), *[ctypes.c_int] * 5, ctypes.c_void_p]
    return found


def _call(tensors, softplus):
    """`tensors` by NAMES, contiguous; those that are not there are None."""
    u, raw, A = tensors["u"], tensors["raw"], tensors["A"]
    half = int(u.dtype == torch.bfloat16) + 2 * int(raw.dtype == torch.bfloat16)
    arguments = Arguments(**{name: t.data_ptr() for name, t in tensors.items() if t is not None})
    stream = torch.cuda.current_stream().cuda_stream
    failed = _library(A.shape[1]).scan(ctypes.byref(arguments), half, int(softplus), *u.shape, stream)
    if failed:
        raise RuntimeError(f"the scan's kernel failed: CUDA error {failed}")


def _suits(u, raw, A, others, softplus):
    """Whether the kernels take these: all in single precision; all but Δ in bfloat16; or what becomes Δ too."""
    single = u.dtype == torch.float32 and raw.dtype == torch.float32
    half = u.dtype == torch.bfloat16 and raw.dtype == (torch.bfloat16 if softplus else torch.float32)
    return (single or half) and A.shape[1] in (8, 16, 32, 64) and all(t.dtype == u.dtype for t in others)


def _run(u, raw, bias, A, B, C, D, z, softplus, save):
    rows, length, width = u.shape
    out = torch.empty_like(u)
    saved = A.new_empty(rows, -(-length // STEP), width, A.shape[1]) if save else None
    _call({"u": u, "raw": raw, "bias": bias, "A": A, "B": B, "C": C, "D": D, "z": z, "out": out, "saved": saved},
         softplus)
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
        states = A.shape[1]
        parts = -(-width // _library(states).channels())
        new = lambda *shape: torch.empty(shape, dtype=torch.float32, device=u.device)
        found = {"d_u": torch.empty_like(u), "d_raw": torch.empty_like(raw), "d_z": torch.empty_like(z),
                 "d_A": new(rows, width, states), "d_B": new(parts, rows, length, states),
                 "d_C": new(parts, rows, length, states), "d_D": new(rows, width), "d_bias": new(rows, width)}
        given = {"u": u, "raw": raw, "bias": bias, "A": A, "B": B, "C": C, "D": D, "z": z, "saved": saved,
                 "d_out": d_out.contiguous()}
        _call({**given, **found}, ctx.softplus)
        return (found["d_u"], found["d_raw"], found["d_bias"].sum(0) if ctx.softplus else None, found["d_A"].sum(0),
                found["d_B"].sum(0).to(B.dtype), found["d_C"].sum(0).to(C.dtype), found["d_D"].sum(0), found["d_z"],
                None)


def scan(u, raw, bias, A, B, C, D, z, softplus=True):
    """`u`, `raw` (of Δ), `z` [rows, tokens, channels]; `A` [channels, states], negative; `B`, `C` [rows, tokens,
    states]; `bias`, `D` [channels]. Returns what goes into the output projection."""
    if u.is_cuda and fast(u, "scan") and _suits(u, raw, A, (B, C, z), softplus):
        arguments = [t.contiguous() for t in (u, raw, bias, A, B, C, D, z)]
        if torch.is_grad_enabled():
            return _Scan.apply(*arguments, softplus)
        return _run(*arguments, softplus, False)[0]
    return plain(u, raw, bias, A, B, C, D, z, softplus).to(u.dtype)
