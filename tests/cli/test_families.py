"""Tensor names of every family and layout: what may be missing, stored twice or left over, and what is
refused, with the tensor's name and both shapes."""

import json
import os

import numpy as np

from support import CliTest, main, mamba_ref, tiny_models

import test_published  # in tests/reference: names and shapes, written down a second time


class Names(CliTest):
    def save(self, config, tensors, original=False):
        """A folder of CONFIG and TENSORS {name: array}."""
        folder = self.path("model")
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "config.json"), "w", encoding="utf-8") as file:
            json.dump(tiny_models.original_config(config) if original else config, file)
        mamba_ref.write_safetensors(os.path.join(folder, "model.safetensors"), tensors)
        return folder

    def logits(self, folder):
        return self.array("logits", folder, self.ids(9), "--precision", "reference")

    def refused(self, config, tensors, *names, original=False):
        self.bad(1, "info", self.save(config, tensors, original), names=names)


class Heads(Names):
    def setUp(self):
        super().setUp()
        self.config = tiny_models.CASES["mamba2"]
        self.tensors = tiny_models.tensors(self.config, 3)
        self.embedding = self.tensors["backbone.embeddings.weight"]
        self.expected = self.logits(self.save(self.config, self.tensors))

    def test_tied_head_is_stored_too(self):
        tensors = {**self.tensors, "lm_head.weight": self.embedding}
        folder = self.save(self.config, tensors)
        np.testing.assert_array_equal(self.logits(folder), self.expected)
        facts = self.json("info", folder)
        self.assertTrue(facts["tied_embeddings"])
        self.assertEqual(facts["parameters"], sum(t.size for t in self.tensors.values()))

    def test_tied_head_stands_alone(self):
        tensors = dict(self.tensors)
        tensors["lm_head.weight"] = tensors.pop("backbone.embeddings.weight")
        np.testing.assert_array_equal(self.logits(self.save(self.config, tensors)), self.expected)

    def test_head_of_its_own_in_spite_of_the_config(self):
        """transformers believes the file; the original ties by construction."""
        tensors = {**self.tensors, "lm_head.weight": self.embedding[::-1].copy()}
        folder = self.save(self.config, tensors)
        self.assertFalse(self.json("info", folder)["tied_embeddings"])
        untied = {**self.config, "tie_word_embeddings": False}
        got = self.logits(folder)
        self.assertFalse(np.array_equal(got, self.expected))
        np.testing.assert_array_equal(got, self.logits(self.save(untied, tensors)))
        tensors["backbone.embedding.weight"] = tensors.pop("backbone.embeddings.weight")
        self.refused(self.config, tensors, "lm_head.weight", "backbone.embedding.weight",
                     original=True)

    def test_missing_and_misshapen_heads(self):
        untied = {**self.config, "tie_word_embeddings": False}
        self.refused(untied, self.tensors, "tensor lm_head.weight is missing")
        for config in (self.config, untied):
            self.refused(config, {**self.tensors, "lm_head.weight": self.embedding[:-1]},
                         "lm_head.weight", "(29, 12)", "(28, 12)")

    def test_names_of_the_embedding(self):
        tensors = dict(self.tensors)
        tensors["backbone.embedding.weight"] = tensors.pop("backbone.embeddings.weight")
        np.testing.assert_array_equal(self.logits(self.save(self.config, tensors)), self.expected)
        np.testing.assert_array_equal(self.logits(self.save(self.config, tensors, original=True)),
                                      self.expected)

    def test_model_without_its_class(self):
        """As saved from Mamba2Model: no "backbone."."""
        tensors = {name.removeprefix("backbone."): value for name, value in self.tensors.items()}
        np.testing.assert_array_equal(self.logits(self.save(self.config, tensors)), self.expected)


class Tensors(Names):
    def test_every_tensor_in_every_type(self):
        """A_log, D and the norms as well."""
        for case in ("falcon-biases-untied", "mamba2-groups-limits"):
            config = tiny_models.CASES[case]
            folder = self.save(config, tiny_models.tensors(config, 1))
            for dtype in ("F64", "F32", "F16", "BF16"):
                mamba_ref.write_safetensors(os.path.join(folder, "model.safetensors"),
                                            tiny_models.tensors(config, 1), dtype)
                expected = mamba_ref.Model(folder).forward(tiny_models.ids(1, 9)).logits
                np.testing.assert_allclose(self.logits(folder), expected, rtol=0, atol=1e-10)

    def test_every_tensor_of_every_case(self):
        """Missing, transposed or renamed, each is named."""
        for case in ("mamba-biases-untied", "falcon", "mamba2-groups-limits"):
            config = tiny_models.CASES[case]
            tensors = tiny_models.tensors(config, 1)
            for name in [name for name in tensors if "layers.0." not in name]:
                rest = {key: value for key, value in tensors.items() if key != name}
                self.refused(config, rest, f"tensor {name} is missing")
                wrong = np.zeros((*tensors[name].shape, 2), np.float32)
                self.refused(config, {**rest, name: wrong}, name, "expected shape (",
                             f"found ({', '.join(map(str, wrong.shape))})")
            self.refused(config, {**tensors, "backbone.layers.1.mixer.extra": np.zeros((2, 3))},
                         "backbone.layers.1.mixer.extra", "(2, 3)", "unexpected")
            self.refused(config, {**tensors, "backbone.layers.2.norm.weight": np.zeros(3)},
                         "backbone.layers.2.norm.weight", "unexpected")

    def test_original_layer_norm(self):
        config = tiny_models.CASES["original-layer-norm"]
        tensors = {name.replace("embeddings.", "embedding."): value
                   for name, value in tiny_models.tensors(config, 1).items()}
        for name in ("backbone.layers.1.norm.bias", "backbone.norm_f.bias"):
            rest = {key: value for key, value in tensors.items() if key != name}
            self.refused(config, rest, f"tensor {name} is missing", original=True)
        plain = {**config, "original": {"rms_norm": True}}
        self.refused(plain, tensors, "norm.bias", "unexpected", original=True)


class Zamba2(Names):
    """Two blocks over hybrid layers 1, 2 and 4: layer 4 shares the block of layer 1."""

    def setUp(self):
        super().setUp()
        self.config, shapes = test_published.zamba2(5, 32, (1, 2, 4), 2, 5, 1, True)
        random = np.random.RandomState(5)
        self.tensors = {name: random.standard_normal(shape).astype(np.float32) * 0.1
                        for name, shape in shapes.items()}
        self.shared = {name: value for name, value in self.tensors.items()
                       if name.startswith("model.layers.1.shared_transformer.")}

    def moved(self):
        """The block of layer 1 under the name that it has in layer 4."""
        return {name.replace("layers.1.", "layers.4."): value for name, value in self.shared.items()}

    def test_opens(self):
        facts = self.json("info", self.save(self.config, self.tensors))
        self.assertEqual(facts["hybrid_layers"], [1, 2, 4])
        self.assertEqual((facts["shared_blocks"], facts["ssm_layers"]), (2, 2))
        self.assertEqual(facts["parameters"], sum(t.size for t in self.tensors.values()))

    def test_block_stored_twice(self):
        """torch.save writes it under each layer."""
        tensors = {**self.tensors, **self.moved()}
        facts = self.json("info", self.save(self.config, tensors))
        self.assertEqual(facts["parameters"], sum(t.size for t in self.tensors.values()))
        name = "model.layers.4.shared_transformer.self_attn.k_proj.weight"
        tensors[name] = tensors[name] + 1
        self.refused(self.config, tensors, name, "model.layers.1.shared_transformer")

    def test_block_under_a_later_layer(self):
        rest = {name: value for name, value in self.tensors.items() if name not in self.shared}
        facts = self.json("info", self.save(self.config, {**rest, **self.moved()}))
        self.assertEqual(facts["parameters"], sum(t.size for t in self.tensors.values()))

    def test_every_tensor(self):
        for name in self.tensors:
            if ".layers.0." in name or ".layers.3." in name:
                continue
            rest = {key: value for key, value in self.tensors.items() if key != name}
            place = name.split("shared_transformer.")[-1]
            self.refused(self.config, rest, place, "is missing")

    def test_left_over(self):
        extra = "model.rotary_emb.inv_freq"
        self.good("info", self.save(self.config, {**self.tensors, extra: np.ones(1)}))
        for name in ("model.layers.0.linear.weight", "model.layers.0.mamba.norm.bias",
                     "model.layers.1.shared_transformer.feed_forward"
                     ".gate_up_proj_adapter_list.1.0.weight"):
            self.refused(self.config, {**self.tensors, name: np.zeros((2, 2))}, name, "unexpected")


if __name__ == "__main__":
    main()
