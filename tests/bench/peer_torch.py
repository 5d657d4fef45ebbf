#!/usr/bin/env python3
"""Times what PyTorch users have: models of transformers; on a GPU also mamba-ssm where it is
installed, and a forward pass vectorised by hand; and a map vectorised by hand.

    peer_torch.py [--device cpu|cuda] [--precision fp32|tf32|bf16] [--shape NAME]... [--tokens N,N]
                  [--what forward,map] [--by transformers,mamba-ssm,hand] [--repeats 5]
                  [--seconds 60] [--check]

Random weights. forward is from ids to the logits of all tokens, without autograd or cache. What does
not fit in memory, or is expected to take longer than --seconds, gets a row that says so; what takes
longer all the same is timed once. map is one channel of Mamba's implicit attention at 2,048 and
16,384 tokens. Prints one JSON document of rows like those of `mambascope-cli bench`. --check holds what
is by hand to a loop over the tokens in double instead of timing it.
"""

import argparse
import gc
import json
import statistics
import time

import torch
from shapes import SHAPES, Shape
from torch.nn import functional as F


def clock(device, call, repeats, seconds):
    """Seconds of each repeat, ascending, or the first alone if it is beyond SECONDS; and the least
    that a call took of the host's processors."""
    def run(calls):
        begin, spent = time.perf_counter(), time.process_time()
        for _ in range(calls):
            call()
        if device.type == "cuda":
            torch.cuda.synchronize()
        return (time.perf_counter() - begin) / calls, (time.process_time() - spent) / calls

    if device.type == "cuda":
        run(1)  # compiles kernels, and tries which of them suit the shape
    first = run(1)
    if first[0] > seconds:
        return [first[0]], first[1]
    calls = max(1, int(0.02 / first[0]))
    run(calls)
    results = [run(calls) for _ in range(repeats)]
    return sorted(wall for wall, _ in results), min(cpu for _, cpu in results)


def row_of(shape, what, case, tokens, times, cpu=None, note=""):
    median = statistics.median(times) if times else None
    return {"shape": shape.name, "what": what, "case": case, "tokens": tokens,
            "ms": median * 1e3 if times else None, "min_ms": times[0] * 1e3 if times else None,
            "cpu_ms": cpu * 1e3 if times else None,
            "tokens_per_s": tokens / median if times else None, "repeats": len(times), "note": note}


def timed_row(options, shape, what, case, tokens, call):
    try:
        times, cpu = clock(options.device, call, options.repeats, options.seconds)
    except torch.OutOfMemoryError:
        return row_of(shape, what, case, tokens, [], note="out of memory")
    except RuntimeError as error:  # the CPU's allocator has no class of its own
        if "memory" not in str(error):
            raise
        return row_of(shape, what, case, tokens, [], note="out of memory")
    return row_of(shape, what, case, tokens, times, cpu, "one call" if len(times) == 1 else "")


# ---- transformers and mamba-ssm


def transformers_model(shape, options):
    import transformers

    common = {"vocab_size": shape.vocab_size, "hidden_size": shape.d_model, "conv_kernel": 4,
              "num_hidden_layers": shape.n_layer, "state_size": shape.d_state, "expand": 2,
              "tie_word_embeddings": True}
    if shape.mamba2:
        model = transformers.Mamba2ForCausalLM(transformers.Mamba2Config(
            num_heads=shape.d_inner // 64, head_dim=64, n_groups=1, **common))
    else:
        model = transformers.MambaForCausalLM(transformers.MambaConfig(
            intermediate_size=shape.d_inner, time_step_rank=shape.dt_rank, **common))
    return model.to(options.device, options.dtype)


def mamba_ssm_model(shape, options):
    """As its from_pretrained makes one: what it keeps in float32 stays so. Its fused path."""
    from mamba_ssm.models.config_mamba import MambaConfig
    from mamba_ssm.models.mixer_seq_simple import MambaLMHeadModel

    layer = {"layer": "Mamba2"} if shape.mamba2 else {}
    return MambaLMHeadModel(MambaConfig(
        d_model=shape.d_model, n_layer=shape.n_layer, vocab_size=shape.vocab_size, ssm_cfg=layer,
        d_intermediate=0, fused_add_norm=True, residual_in_fp32=True, rms_norm=True),
        device=options.device, dtype=options.dtype)


def library_rows(options, shape, name, make, arguments):
    try:
        model = make(shape, options).eval()
    except ImportError as error:
        return [row_of(shape, "forward", name, tokens, [], note=f"not installed: {error}")
                for tokens in options.tokens]
    rows = []
    for tokens in options.tokens:
        if rows and rows[-1]["ms"]:  # the slow path's time grows with the length
            expected = rows[-1]["ms"] * tokens / rows[-1]["tokens"] / 1e3
            if expected > options.seconds:
                rows.append(row_of(shape, "forward", name, tokens, [],
                                   note=f"left out: about {expected:.0f} s"))
                continue
        ids = torch.randint(shape.vocab_size, (1, tokens), device=options.device)
        call = lambda: model(ids, **arguments).logits  # noqa: E731
        rows.append(timed_row(options, shape, "forward", name, tokens, call))
    return rows


# ---- By hand: Mamba with every operation over all tokens at once, the scan by doubling


def doubling_scan(decay, added):
    """h[t] = decay[t] h[t-1] + added[t] along the first axis, in log2 T passes; ADDED is overwritten."""
    step = 1
    while step < len(added):
        added[step:] = torch.addcmul(added[step:], decay[step:], added[:-step])
        decay = torch.cat([decay[:step], decay[step:] * decay[:-step]])
        step *= 2
    return added


def hand_scan(delta, a, b, c, u, chunk=256):
    """(T, E): y without the skip, CHUNK tokens at a time; Δ and u (T, E), A (E, N), B and C (T, N)."""
    state, parts = torch.zeros_like(a), []
    for begin in range(0, len(delta), chunk):
        d, rows = delta[begin:begin + chunk], slice(begin, begin + chunk)
        decay = torch.exp(d[:, :, None] * a)
        added = (d * u[rows])[:, :, None] * b[rows, None, :]
        added[0] += decay[0] * state
        states = doubling_scan(decay, added)
        state = states[-1].clone()
        parts.append(torch.einsum("ten,tn->te", states, c[rows]))
    return torch.cat(parts)


def hand_weights(shape, device, dtype):
    def product(rows, columns):
        return ((torch.rand(rows, columns, device=device) * 2 - 1) * columns**-0.5).to(dtype)

    e, n, low = shape.d_inner, shape.d_state, shape.dt_rank
    layer = lambda: {  # noqa: E731
        "in_proj": product(2 * e, shape.d_model), "conv": product(e, 4),
        "x_proj": product(low + 2 * n, e), "dt_proj": product(e, low),
        "dt_bias": torch.log(torch.expm1(1e-3 * 100 ** torch.rand(e, device=device))),
        "a": -torch.arange(1, n + 1, device=device).float().expand(e, n).contiguous(),
        "out_proj": product(shape.d_model, e) / shape.n_layer**0.5}
    return {"embedding": product(shape.vocab_size, shape.d_model),
            "layers": [layer() for _ in range(shape.n_layer)]}


def rms_norm(x, dtype):
    return (x * torch.rsqrt(x.square().mean(-1, keepdim=True) + 1e-5)).to(dtype)


def hand_layer(shape, w, residual, scan=hand_scan):
    dtype, e = w["in_proj"].dtype, shape.d_inner
    x, z = (rms_norm(residual, dtype) @ w["in_proj"].T).split(e, 1)
    x = F.silu(F.conv1d(F.pad(x.T, (3, 0))[None], w["conv"][:, None], groups=e)[0].T)
    low, b, c = (x @ w["x_proj"].T).split([shape.dt_rank, shape.d_state, shape.d_state], 1)
    delta = F.softplus((low @ w["dt_proj"].T).to(w["a"].dtype) + w["dt_bias"])
    u, b, c = (part.to(w["a"].dtype) for part in (x, b, c))
    y = (scan(delta, w["a"], b, c, u) + u) * F.silu(z)
    return residual + y.to(dtype) @ w["out_proj"].T


def hand_forward(shape, weights, ids):
    residual = weights["embedding"][ids].float()
    for layer in weights["layers"]:
        residual = hand_layer(shape, layer, residual)
    return rms_norm(residual, weights["embedding"].dtype) @ weights["embedding"].T


def hand_rows(options, shape):
    weights = hand_weights(shape, options.device, options.dtype)
    rows = []
    for tokens in options.tokens:
        ids = torch.randint(shape.vocab_size, (tokens,), device=options.device)
        rows.append(timed_row(options, shape, "forward", "PyTorch by hand", tokens,
                              lambda: hand_forward(shape, weights, ids)))
    return rows


def forward_rows(options, shape):
    rows, gpu = [], options.device.type == "cuda"
    if "transformers" in options.by:
        rows += library_rows(options, shape, "transformers", transformers_model,
                             {"use_cache": False})
        free(options)
    if "mamba-ssm" in options.by and gpu:
        rows += library_rows(options, shape, "mamba-ssm", mamba_ssm_model, {})
        free(options)
    if "hand" in options.by and gpu and not shape.mamba2:
        rows += hand_rows(options, shape)
        free(options)
    return rows


def free(options):
    gc.collect()
    if options.device.type == "cuda":
        torch.cuda.empty_cache()


# ---- By hand: one channel's map


def map_by_states(delta, prefix, a, b, c, rows=1024):
    """(T, T): α, some rows at a time, one state after the other."""
    tokens = len(delta)
    out = torch.zeros(tokens, tokens, device=delta.device, dtype=delta.dtype)
    right = (delta[:, None] * b).T.contiguous()
    for begin in range(0, tokens, rows):
        end = min(begin + rows, tokens)
        gap = (prefix[begin:end, None] - prefix[None, :end]).clamp_(min=0).to(delta.dtype)
        block = out[begin:end, :end]
        for n in range(b.shape[1]):
            block.addcmul_(torch.exp(a[n] * gap), c[begin:end, n, None] * right[n, None, :end])
        block.tril_(begin)
    return out


def map_by_einsum(delta, prefix, a, b, c, rows=128):
    """(T, T): the same with all states of a block at once."""
    tokens = len(delta)
    out = torch.zeros(tokens, tokens, device=delta.device, dtype=delta.dtype)
    right = delta[:, None] * b
    for begin in range(0, tokens, rows):
        end = min(begin + rows, tokens)
        gap = (prefix[begin:end, None] - prefix[None, :end]).clamp_(min=0).to(delta.dtype)
        decay = torch.exp(gap[:, :, None] * a)
        out[begin:end, :end] = torch.einsum("ijn,jn->ij", decay * c[begin:end, None], right[:end])
        out[begin:end, :end].tril_(begin)
    return out


def map_inputs(tokens, states, device, dtype=torch.float32):
    delta = F.softplus(torch.rand(tokens, device=device, dtype=dtype) - 4)
    a = -torch.arange(1, states + 1, device=device, dtype=dtype)
    b, c = torch.rand(2, tokens, states, device=device, dtype=dtype) * 2 - 1
    return delta, delta.double().cumsum(0), a, b, c


def map_rows(options, shape):
    rows = []
    for tokens in (2048, 16384):
        inputs = map_inputs(tokens, shape.d_state, options.device)
        for case, func in (("PyTorch by hand, state by state", map_by_states),
                           ("PyTorch by hand, einsum", map_by_einsum)):
            rows.append(timed_row(options, shape, "map", case, tokens, lambda: func(*inputs)))
            free(options)
    return rows


# ---- The versions by hand against a loop


def loop_scan(delta, a, b, c, u):
    state, rows = torch.zeros_like(a), []
    for t in range(len(delta)):
        state = torch.exp(delta[t, :, None] * a) * state + (delta[t] * u[t])[:, None] * b[t]
        rows.append(state @ c[t])
    return torch.stack(rows)


def check():
    torch.manual_seed(1)
    shape = Shape("tiny", False, 32, 1, 5, 11)
    weights = hand_weights(shape, torch.device("cpu"), torch.float64)["layers"][0]
    weights = {name: value.double() for name, value in weights.items()}
    residual = torch.randn(601, 32, dtype=torch.float64)
    ours, loop = (hand_layer(shape, weights, residual, scan) for scan in (hand_scan, loop_scan))
    assert (ours - loop).abs().max() < 1e-12, "scan"
    delta, prefix, a, b, c = map_inputs(131, 5, torch.device("cpu"), torch.float64)
    identity = torch.eye(131, dtype=torch.float64)  # its images under the scan are the map's columns
    wide = torch.stack([loop_scan(delta[:, None], a[None], b, c, u[:, None])[:, 0]
                        for u in identity], 1)
    for func in (map_by_states, map_by_einsum):
        assert (func(delta, prefix, a, b, c, rows=50) - wide).abs().max() < 1e-12, func.__name__
    print("checked")


def read_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--precision", choices=["fp32", "tf32", "bf16"], default="fp32")
    parser.add_argument("--shape", action="append", choices=list(SHAPES))
    parser.add_argument("--tokens", default="2048")
    parser.add_argument("--what", default="forward,map")
    parser.add_argument("--by", default="transformers,mamba-ssm,hand")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    options.device = torch.device(options.device)
    options.dtype = torch.bfloat16 if options.precision == "bf16" else torch.float32
    options.tokens = [int(part) for part in options.tokens.split(",")]
    options.by = options.by.split(",")
    torch.set_float32_matmul_precision("high" if options.precision == "tf32" else "highest")
    return options


@torch.no_grad()
def main():
    options = read_options()
    if options.check:
        check()
        return
    rows = []
    for shape in (SHAPES[name] for name in options.shape or ["mamba-130m"]):
        if "forward" in options.what.split(","):
            rows += forward_rows(options, shape)
        if "map" in options.what.split(",") and not shape.mamba2:
            rows += map_rows(options, shape)
    device = torch.cuda.get_device_name() if options.device.type == "cuda" else "CPU"
    print(json.dumps({"peer": f"PyTorch {torch.__version__}", "device": device,
                      "threads": torch.get_num_threads(), "precision": options.precision,
                      "rows": rows}))


if __name__ == "__main__":
    main()
