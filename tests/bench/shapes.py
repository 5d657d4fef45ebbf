"""The published shapes, as `mambascope-cli bench --shape` has them."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Shape:
    name: str
    mamba2: bool
    d_model: int
    n_layer: int
    d_state: int
    vocab_size: int

    @property
    def d_inner(self):
        return 2 * self.d_model

    @property
    def dt_rank(self):
        return self.d_model // 16


SHAPES = {
    shape.name: shape
    for shape in (
        Shape("mamba-130m", False, 768, 24, 16, 50280),
        Shape("mamba-370m", False, 1024, 48, 16, 50280),
        Shape("mamba-790m", False, 1536, 48, 16, 50280),
        Shape("mamba-1.4b", False, 2048, 48, 16, 50280),
        Shape("mamba-2.8b", False, 2560, 64, 16, 50280),
        Shape("mamba2-130m", True, 768, 24, 128, 50288),
        Shape("mamba2-370m", True, 1024, 48, 128, 50288),
        Shape("mamba2-780m", True, 1536, 48, 128, 50288),
        Shape("mamba2-1.3b", True, 2048, 48, 128, 50288),
        Shape("mamba2-2.7b", True, 2560, 64, 128, 50288),
        Shape("sample", False, 256, 12, 16, 4096),
    )
}
