"""A model of PyTorch's transformers on the CPU, and what its layers compute: logits, and Δ, B, C, u, z
and y of every layer, taken where transformers' own code hands them to its scan.

Needs torch and transformers; the tests that run everywhere use transformers_fixture.json instead.
"""

import contextlib
import importlib

import numpy as np
import torch
import transformers

CLASSES = {"mamba": "Mamba", "falcon_mamba": "FalconMamba", "mamba2": "Mamba2", "zamba2": "Zamba2"}
F = torch.nn.functional


@contextlib.contextmanager
def _double_only():
    """Within it, .float() and torch.float32 mean float64: transformers casts to float32 in many
    places."""
    saved = torch.Tensor.float, torch.float32
    torch.Tensor.float = lambda tensor: tensor.double()
    torch.float32 = torch.float64
    try:
        yield
    finally:
        torch.Tensor.float, torch.float32 = saved


def _array(tensor):
    return tensor.detach().double().numpy()


class _Recorder:
    """Stands before the scan of a modeling module, and notes what goes in and comes out."""

    def __init__(self, module):
        self.module, self.layers, self.gates = module, [], []
        self.name = "mamba_selective_scan" if hasattr(module, "mamba_selective_scan") \
            else "mamba2_chunk_scan"

    def __enter__(self):
        self.scan = getattr(self.module, self.name)
        setattr(self.module, self.name, self.note)
        return self

    def __exit__(self, *unused):
        setattr(self.module, self.name, self.scan)

    def gate(self, _module, arguments):
        self.gates.append(_array(arguments[1][0]))

    def note(self, u, dt, *arguments, **options):
        return (self._s6 if self.name == "mamba_selective_scan" else self._ssd)(
            u, dt, *arguments, **options)

    def _s6(self, u, dt, a, b, c, **options):  # (1, E, T), (1, E, T), (E, N), (1, N, T)
        delta = F.softplus(dt + options["delta_bias"].to(dt.dtype)[..., None])
        ungated = self.scan(u, dt, a, b, c, **{**options, "z": None, "return_last_state": False})
        parts = {"delta": delta, "b": b, "c": c, "u": u, "z": options["z"], "y": ungated}
        self.layers.append({name: _array(part[0].T) for name, part in parts.items()})
        return self.scan(u, dt, a, b, c, **options)

    def _ssd(self, u, dt, a, b, c, **options):  # (1, T, H, P), (1, T, H), (H), (1, T, G, N)
        delta = torch.clamp(F.softplus(dt + options["dt_bias"].to(dt.dtype)), *options["dt_limit"])
        out = self.scan(u, dt, a, b, c, **options)
        y = out[0] if isinstance(out, tuple) else out
        parts = {"delta": delta, "b": b, "c": c, "u": u, "y": y}
        self.layers.append({name: _array(part[0].flatten(1)) for name, part in parts.items()})
        return out


class _GateOnly(torch.nn.Module):
    def forward(self, x, gate):
        return x * F.silu(gate)


class _NormFirst(torch.nn.Module):
    """A gated norm that norms before it gates."""

    def __init__(self, norm):
        super().__init__()
        self.norm = norm

    def forward(self, x, gate):
        return self.norm(x) * F.silu(gate)


class Model:
    """CONFIG as in tiny_models, TENSORS {name: array}; DOUBLE: all in float64, else float32."""

    def __init__(self, config, tensors, double=True):
        self.double = double
        kind = CLASSES[config["model_type"]]
        original = config.get("original", {})
        parameters = {key: value for key, value in config.items()
                      if key not in ("model_type", "original")}
        self.model = getattr(transformers, kind + "ForCausalLM")(
            getattr(transformers, kind + "Config")(**parameters)).eval()
        self.module = importlib.import_module(type(self.model).__module__)
        self._swap_norms(original)
        self.model = self.model.double() if double else self.model.float()
        inner = ".mixer.norm.norm." if original.get("norm_before_gate") else ".mixer.norm."
        state = {name.replace(".mixer.norm.", inner): torch.from_numpy(np.ascontiguousarray(value))
                 for name, value in tensors.items()}
        missing, unexpected = self.model.load_state_dict(state, strict=False)
        tied = config["tie_word_embeddings"]
        self.model.tie_weights()
        left = [name for name in missing if not (tied and name == "lm_head.weight")
                and name not in getattr(self.model, "all_tied_weights_keys", {})]
        assert not left and not unexpected, (left, unexpected)

    def _swap_norms(self, original):
        """What the original releases can and transformers cannot."""
        if not original:
            return
        body = self.model.backbone
        width = self.model.config.hidden_size
        for layer in body.layers:
            if not original.get("rms_norm", True):
                layer.norm = torch.nn.LayerNorm(width, eps=1e-5)
            if not original.get("rmsnorm", True):
                layer.mixer.norm = _GateOnly()
            elif original.get("norm_before_gate"):
                layer.mixer.norm = _NormFirst(layer.mixer.norm)
        if not original.get("rms_norm", True):
            body.norm_f = torch.nn.LayerNorm(width, eps=1e-5)

    def run(self, ids):
        """(logits (T, V), [{"delta", "b", "c", "u", "z", "y"} of each layer]), float64 arrays."""
        with torch.no_grad(), _Recorder(self.module) as recorder, \
                _double_only() if self.double else contextlib.nullcontext():
            hooks = [module.register_forward_pre_hook(recorder.gate)
                     for name, module in self.model.named_modules()
                     if name.endswith(("mixer.norm", "mamba.norm"))]
            logits = self.model(torch.tensor([ids]), use_cache=False).logits[0]
            for hook in hooks:
                hook.remove()
        assert logits.dtype == (torch.float64 if self.double else torch.float32)
        for layer, gate in zip(recorder.layers, recorder.gates):
            layer["z"] = gate
        return _array(logits), recorder.layers
