"""A Zamba2 model of PyTorch's transformers on the CPU: what transformers_run.py has of every family, and
the attention probabilities of the shared blocks. In float64 the rotation's angles are too."""

import contextlib

import torch

import transformers_run


@contextlib.contextmanager
def _double_angles():
    saved, torch.float = torch.float, torch.float64
    try:
        yield
    finally:
        torch.float = saved


class Model(transformers_run.Model):
    def __init__(self, config, tensors, double=True):
        super().__init__(config, tensors, double)
        self.model.set_attn_implementation("eager")
        if double and config["use_mem_rope"]:
            rope = self.model.model.rotary_emb
            with _double_angles():
                rope.inv_freq, _ = rope.compute_default_rope_parameters(self.model.config)

    def run(self, ids):
        """(logits (T, V), the layers' parts, attention (heads, T, T) of each hybrid layer)."""
        maps = []

        def note(_module, _arguments, out):
            maps.append(transformers_run._array(out[1][0]))

        hooks = [module.register_forward_hook(note) for name, module in self.model.named_modules()
                 if name.endswith("self_attn")]
        with _double_angles() if self.double else contextlib.nullcontext():
            logits, layers = super().run(ids)
        for hook in hooks:
            hook.remove()
        return logits, layers, maps
