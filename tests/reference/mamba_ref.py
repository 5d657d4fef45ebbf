"""Mamba, Falcon-Mamba and Mamba-2 in float64 NumPy, written from the papers: what the program is measured against.

It shares nothing with the C sources: its own safetensors reader, the recurrence one token after the
other, implicit attention by its definition, LongMamba's calibration and filters as released.

Sources: Mamba, arXiv 2312.00752 (algorithm 2, section 3); Mamba-2, 2405.21060 (section 7); implicit
attention, 2403.01590; LongMamba, 2504.16053 (eqs. 8-14 and its released code). Names follow
docs/math.md. Shapes: T tokens, D d_model, E d_inner, H channels (E lanes in Mamba, heads in Mamba-2),
N states, G groups, K convolution taps.
"""

import json
import math
import mmap
import os
import struct

import numpy as np

EPSILON = 1e-3  # of a receptive field
GRID = (1, 1.5, 2, 2.5, 3, 3.5, 4, 5, 6, 7, 8, 10, 12, 15, 18, 22, 27, 32, 40, 48, 60, 72, 84, 96)


# --- files -----------------------------------------------------------------------------------------


def read_safetensors(path):
    """{name: float64 array} of a file of F64, F32, F16 and BF16 tensors."""
    with open(path, "rb") as file:
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    (header_length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + header_length])
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = (8 + header_length + offset for offset in entry["data_offsets"])
        raw = data[begin:end]
        if entry["dtype"] == "BF16":  # the upper half of a float32
            values = (np.frombuffer(raw, "<u2").astype("<u4") << 16).view("<f4")
        else:
            values = np.frombuffer(raw, {"F64": "<f8", "F32": "<f4", "F16": "<f2"}[entry["dtype"]])
        tensors[name] = values.astype(np.float64).reshape(entry["shape"])
    return tensors


def write_safetensors(path, tensors, dtype="F32"):
    """The same for tests that make models; every tensor in DTYPE but those given as (array, dtype)."""
    header, blobs, offset = {}, [], 0
    for name, value in tensors.items():
        array, kind = value if isinstance(value, tuple) else (value, dtype)
        if kind == "BF16":  # cut, not rounded: what is read back is what counts
            blob = (np.asarray(array, "<f4").view("<u4") >> 16).astype("<u2").tobytes()
        else:
            blob = np.asarray(array, {"F64": "<f8", "F32": "<f4", "F16": "<f2"}[kind]).tobytes()
        header[name] = {"dtype": kind, "shape": list(np.shape(array)),
                        "data_offsets": [offset, offset + len(blob)]}
        blobs.append(blob)
        offset += len(blob)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(blobs))


# --- pieces ----------------------------------------------------------------------------------------


def sigmoid(x):
    return 0.5 * (1.0 + np.tanh(0.5 * x))


def silu(x):
    return x * sigmoid(x)


def softplus(x):
    return np.logaddexp(0.0, x)


def rms_norm(x, weight, eps, groups=1):
    shape = x.shape
    x = x.reshape(*shape[:-1], groups, shape[-1] // groups)
    x = x / np.sqrt(np.mean(x * x, axis=-1, keepdims=True) + eps)
    return x.reshape(shape) * weight


# --- the model -------------------------------------------------------------------------------------


class Layer:
    """What one layer did with one text: delta (T, H) after the filter, raw_delta (T, H) before it,
    a (H, N) or (H, 1), b and c (T, G N), u, z, y, x, v (T, E), d (H). v is the convolution's output
    before its SiLU, on the lanes of u; taps (E, K) its weights."""

    def __init__(self, model, index):
        self.model, self.index = model, index

    @property
    def prefix(self):
        return np.cumsum(self.delta, axis=0)

    def group(self, channel):
        """Columns of b and c that CHANNEL reads."""
        m = self.model
        g = channel // (m.channels // m.groups)
        return slice(g * m.d_state, (g + 1) * m.d_state)

    def lanes(self, channel):
        p = self.model.d_inner // self.model.channels
        return slice(channel * p, (channel + 1) * p)

    def attention(self, channel, rows=None, columns=None, kind="s6", lane=None, prefix=None):
        """alpha[i, j] = sum_n C_i[n] exp(A[n] (P_i - P_j)) Delta_j B_j[n] for j <= i: every cell by
        its definition. ROWS and COLUMNS are half-open pairs. KIND "skip" adds D on the diagonal;
        "full" is diag(SiLU z) alpha diag(sigmoid v) M for one lane, or the mean over a head's."""
        length = len(self.delta)
        r0, r1 = rows or (0, length)
        c0, c1 = columns or (0, length)
        if kind == "full":
            return self._full(channel, (r0, r1), (c0, c1), lane)
        p = (self.prefix if prefix is None else prefix)[:, channel]
        i, j = np.arange(r0, r1), np.arange(c0, c1)
        causal = j[None, :] <= i[:, None]
        gap = np.where(causal, p[i][:, None] - p[j][None, :], 0.0)
        c, b = self.c[i, self.group(channel)], self.b[j, self.group(channel)]
        rates = self.a[channel]
        if len(rates) == 1:
            alpha = (c @ b.T) * np.exp(rates[0] * gap)
        else:
            alpha = np.zeros(gap.shape)
            for n, rate in enumerate(rates):
                alpha += np.outer(c[:, n], b[:, n]) * np.exp(rate * gap)
        alpha = np.where(causal, alpha * self.delta[j, channel][None, :], 0.0)
        if kind == "skip":
            alpha += self.d[channel] * (i[:, None] == j[None, :])
        return alpha

    def _full(self, channel, rows, columns, lane):
        length, taps = len(self.delta), self.taps.shape[1]
        lanes = range(*self.lanes(channel).indices(self.model.d_inner))
        lanes = lanes if lane is None else [lanes[lane]]
        # Column k of alpha diag(sigmoid v) M takes alpha's columns k .. k + taps - 1.
        end = min(columns[1] + taps - 1, length)
        alpha = self.attention(channel, rows, (columns[0], end))
        total = np.zeros((rows[1] - rows[0], columns[1] - columns[0]))
        for e in lanes:
            gated = alpha * sigmoid(self.v[columns[0] : end, e])[None, :]
            part = np.zeros_like(total)
            for k in range(taps):  # M[t, t - k] = w[K - 1 - k]
                width = min(total.shape[1], gated.shape[1] - k)
                if width > 0:
                    part[:, :width] += gated[:, k : k + width] * self.taps[e, taps - 1 - k]
            total += silu(self.z[rows[0] : rows[1], e])[:, None] * part
        return total / len(lanes)

    def proof(self, channel, prefix=None):
        """The largest |(alpha + D) u - y| over rows and lanes, and the largest |y|."""
        lanes = self.lanes(channel)
        made = self.attention(channel, kind="skip", prefix=prefix) @ self.u[:, lanes]
        return np.abs(made - self.y[:, lanes]).max(), np.abs(self.y[:, lanes]).max()

    def decay(self, delta=None):
        """ln cumulative decay, (T, H)."""
        return ln_decay_curve(self.delta if delta is None else delta, self.a)

    def field_lengths(self, row):
        """Per channel: row - j0 + 1, j0 the first column with |alpha| > 1e-3; 0 if there is none."""
        out = np.zeros(self.model.channels, dtype=np.int64)
        prefix = self.prefix
        for h in range(self.model.channels):
            over = np.abs(self.attention(h, (row, row + 1), prefix=prefix)[0, : row + 1]) > EPSILON
            out[h] = row - np.argmax(over) + 1 if over.any() else 0
        return out


class Run:
    """logits (T, V) or the last rows of them; layers: {index: Layer}; states, to go on from."""


class Model:
    def __init__(self, folder=None, config=None, weights=None):
        if folder is not None:
            with open(os.path.join(folder, "config.json"), encoding="utf-8") as file:
                config = json.load(file)
            weights = read_safetensors(os.path.join(folder, "model.safetensors"))
        self.config, self.weights = config, weights
        self.mamba2 = config["model_type"] == "mamba2"
        self.d_model = config["hidden_size"]
        self.n_layer = config["num_hidden_layers"]
        self.d_state = config["state_size"]
        self.eps = self.gate_eps = config.get("layer_norm_epsilon", 1e-5)
        self.d_inner = int(config.get("expand", 2) * self.d_model)
        if not self.mamba2:
            self.d_inner = config.get("intermediate_size", self.d_inner)
        self.channels = config["num_heads"] if self.mamba2 else self.d_inner
        self.groups = config.get("n_groups", 8) if self.mamba2 else 1
        falcon = config["model_type"] == "falcon_mamba"
        self.mixer_eps = config.get("mixer_rms_eps", 1e-6) if falcon else None
        self.train_length = config.get("train_length", 2000)
        self.embedding = weights["backbone.embeddings.weight"]
        tied = config.get("tie_word_embeddings", "lm_head.weight" not in weights)
        self.head = self.embedding if tied else weights["lm_head.weight"]
        self.final_norm = weights["backbone.norm_f.weight"]

    def _input(self, index, residual, embedded, state):
        """What a layer's norm reads."""
        return residual

    def weight(self, layer, name):
        return self.weights.get(f"backbone.layers.{layer}.{name}")

    def product(self, layer, name, x):
        out = x @ self.weight(layer, f"mixer.{name}.weight").T
        bias = self.weight(layer, f"mixer.{name}.bias")
        return out if bias is None else out + bias

    def forward(self, ids, filter=None, keep=(), states=None, last=None):
        """Runs IDS. FILTER (layer, delta, a) -> delta is asked in every layer. It may also have
        rates (layer, a) -> a, and kept (layer, delta) -> the rows that this layer's scan and all later
        layers see (None: all). KEEP names the layers to return (True: all). STATES of an earlier Run
        continue it. LAST: logits of so many rows. The Run's positions are the tokens that are left."""
        keep = range(self.n_layer) if keep is True else keep
        residual = embedded = self.embedding[np.asarray(ids)]
        positions = np.arange(len(ids))
        run = Run()
        run.layers, run.states = {}, []
        for index in range(self.n_layer):
            state = states[index] if states else self._empty_state(index)
            layer = Layer(self, index)
            layer.entered = positions
            x = self._input(index, residual, embedded, state)
            x = rms_norm(x, self.weight(index, "norm.weight"), self.eps)
            mixed = (self._mamba2 if self.mamba2 else self._mamba)(layer, x, filter, state)
            if layer.kept is not None:
                residual, embedded = residual[layer.kept], embedded[layer.kept]
                positions = positions[layer.kept]
            residual = residual + mixed
            run.states.append(state)
            if index in keep:
                run.layers[index] = layer
        residual = residual if last is None else residual[-last:]
        run.positions = positions if last is None else positions[-last:]
        final = rms_norm(residual, self.final_norm, self.eps)
        run.logits = final @ self.head.T
        return run

    def _empty_state(self, index):
        channels, _, taps = self.weight(index, "mixer.conv1d.weight").shape
        return {"conv": np.zeros((taps - 1, channels)), "ssm": np.zeros((self.d_inner, self.d_state))}

    def _convolve(self, layer, x, state):
        """Causal depthwise convolution, before its SiLU."""
        taps = self.weight(layer.index, "mixer.conv1d.weight")[:, 0, :]
        padded = np.concatenate([state["conv"], x])
        state["conv"] = padded[len(padded) - (taps.shape[1] - 1) :]
        v = sum(padded[k : k + len(x)] * taps[:, k] for k in range(taps.shape[1]))
        bias = self.weight(layer.index, "mixer.conv1d.bias")
        layer.taps = taps[: self.d_inner]
        layer.x = x[:, : self.d_inner]
        v = v if bias is None else v + bias
        layer.v = v[:, : self.d_inner]
        return v

    def _delta(self, layer, raw, filter):
        limits = (self.mamba2 and self.config.get("time_step_limit")) or (0.0, math.inf)
        low, high = (float(x["__float__"] if isinstance(x, dict) else x) for x in limits)
        layer.raw_delta = np.clip(softplus(raw), low, high)
        layer.delta, layer.kept = layer.raw_delta, None
        if filter is not None:
            layer.delta = filter(layer.index, layer.raw_delta, layer.a)
        if hasattr(filter, "rates"):
            layer.a = filter.rates(layer.index, layer.a)
        if hasattr(filter, "kept"):
            layer.kept = filter.kept(layer.index, layer.raw_delta)
        if layer.kept is not None:
            for name in ("delta", "b", "c", "u", "z"):
                setattr(layer, name, getattr(layer, name)[layer.kept])

    def _mamba(self, layer, x, filter, state):
        e, n, index = self.d_inner, self.d_state, layer.index
        projected = self.product(index, "in_proj", x)
        layer.z = projected[:, e:]
        layer.u = silu(self._convolve(layer, projected[:, :e], state))
        low = layer.u @ self.weight(index, "mixer.x_proj.weight").T
        rank = low.shape[1] - 2 * n
        parts = low[:, :rank], low[:, rank : rank + n], low[:, rank + n :]
        if self.mixer_eps is not None:  # Falcon-Mamba: each part has a norm of its own, without weight
            parts = (rms_norm(part, 1.0, self.mixer_eps) for part in parts)
        step, layer.b, layer.c = parts
        layer.a = -np.exp(self.weight(index, "mixer.A_log"))
        layer.d = self.weight(index, "mixer.D")
        self._delta(layer, self.product(index, "dt_proj", step), filter)
        layer.y = self._scan(layer, state)
        return self.product(index, "out_proj", layer.y * silu(layer.z))

    def _mamba2(self, layer, x, filter, state):
        e, gn, index = self.d_inner, self.groups * self.d_state, layer.index
        projected = self.product(index, "in_proj", x)
        layer.z = projected[:, :e]
        xbc = silu(self._convolve(layer, projected[:, e : 2 * e + 2 * gn], state))
        layer.u, layer.b, layer.c = xbc[:, :e], xbc[:, e : e + gn], xbc[:, e + gn :]
        layer.a = -np.exp(self.weight(index, "mixer.A_log"))[:, None]
        layer.d = self.weight(index, "mixer.D")
        self._delta(layer, projected[:, 2 * e + 2 * gn :] + self.weight(index, "mixer.dt_bias"), filter)
        layer.y = self._scan(layer, state)
        weight = self.weight(index, "mixer.norm.weight")
        # The gate comes first whatever the config's norm_before_gate says, and every group has a norm of
        # its own: so do mamba_ssm (group_size) and transformers.
        gated = rms_norm(layer.y * silu(layer.z), weight, self.gate_eps, self.groups)
        return self.product(index, "out_proj", gated)

    def _scan(self, layer, state):
        """h_t = exp(Delta_t A) h_{t-1} + Delta_t B_t u_t; y_t = C_t . h_t + D u_t, token by token."""
        lanes = self.d_inner // self.channels
        per_group = self.d_inner // self.groups
        b = layer.b.reshape(-1, self.groups, 1, self.d_state)
        c = layer.c.reshape(-1, self.groups, self.d_state, 1)
        u = layer.u.reshape(-1, self.groups, per_group, 1)
        h = state["ssm"].reshape(self.groups, per_group, self.d_state)
        y = np.empty_like(layer.u)
        for begin in range(0, len(y), 256):
            rows = slice(begin, begin + 256)
            decay = np.exp(layer.delta[rows, :, None] * layer.a)
            decay = np.repeat(decay, lanes, axis=1).reshape(len(decay), self.groups, per_group, -1)
            step = np.repeat(layer.delta[rows], lanes, axis=1)
            drive = step.reshape(len(step), self.groups, per_group, 1) * u[rows]
            for k, t in enumerate(range(begin, begin + len(step))):
                h = decay[k] * h + drive[k] * b[t]
                y[t] = (h @ c[t]).reshape(-1)
        state["ssm"] = h.reshape(self.d_inner, self.d_state)
        return y + np.repeat(layer.d, lanes) * layer.u


# --- decay, calibration, filters ------------------------------------------------------------------


def ln_decay_curve(delta, a):
    """(T, H): A sum(Delta) of a head; sum of ln(mean over states of exp(Delta A)) of a Mamba lane."""
    if a.shape[1] == 1:
        return np.cumsum(delta, axis=0) * a[:, 0]
    return np.cumsum(np.log(np.mean(np.exp(delta[:, :, None] * a), axis=2)), axis=0)


def grid_lengths(train_length):
    return [int(train_length * k) for k in GRID]


def window_starts(count, train_length, windows=100):
    starts = [count * i // windows + 10 for i in range(windows)]
    starts = [s for s in starts if s + train_length <= count]
    return starts or [0]


def clamp(delta, top):
    """Delta (T, H) clamped from above at its k-th largest value, k = max(1, floor(T top))."""
    if top <= 0:
        return delta
    k = max(1, int(len(delta) * top))
    return np.minimum(delta, np.sort(delta, axis=0)[-k])


def resampled(descending, length):
    """One channel's Delta in descending order, stretched to LENGTH points."""
    train = len(descending)
    place = np.clip((np.arange(length) + 0.5) * train / length - 0.5, 0, train - 1)
    below = np.floor(place).astype(int)
    above = np.minimum(below + 1, train - 1)
    return descending[below] + (place - below) * (descending[above] - descending[below])


def threshold(descending, target, length):
    """g for LENGTH, from one channel's clamped Delta in descending order and its sum."""
    if length <= len(descending):
        return 0.0
    points = resampled(descending, length)
    over = np.cumsum(points) > target
    k = int(np.argmax(over)) + 1 if over.any() else length - 1
    return points[min(k, length - 1)]


def share(descending, target, length):
    """alpha for LENGTH: how many of so many points stay, as a share."""
    if length <= len(descending):
        return 1.0
    over = np.flatnonzero(np.cumsum(resampled(descending, length)) > target)
    return min((over[0] + 1) / length, 1.0)


class Table:
    """ln_decay and target (layers, channels); threshold and alpha (lengths, layers, channels); alpha
    is None in a file that has none."""

    @staticmethod
    def calibrate(model, ids, train_length, top, lengths=None, windows=100, mean=False, starts=None):
        self = Table()
        self.train_length, self.top = train_length, top
        self.lengths = lengths or grid_lengths(train_length)
        shape = (model.n_layer, model.channels)
        decays, targets, gs, alphas = [], [], [], []
        for start in starts if starts is not None else window_starts(len(ids), train_length, windows):
            run = model.forward(ids[start : start + train_length], keep=True, last=1)
            decay, target = np.zeros(shape), np.zeros(shape)
            g, alpha = np.zeros((2, len(self.lengths), *shape))
            for index, layer in run.layers.items():
                delta = clamp(layer.raw_delta, top)
                decay[index] = ln_decay_curve(delta, layer.a)[-1]
                target[index] = delta.sum(axis=0)
                descending = -np.sort(-delta, axis=0)
                for s, length in enumerate(self.lengths):
                    for h in range(model.channels):
                        sums = descending[:, h], target[index, h], length
                        g[s, index, h], alpha[s, index, h] = threshold(*sums), share(*sums)
            decays.append(decay), targets.append(target), gs.append(g), alphas.append(alpha)
        reduce = np.mean if mean else np.max
        self.windows = len(decays)
        self.ln_decay, self.target, self.threshold, self.alpha = (
            reduce(x, axis=0) for x in (decays, targets, gs, alphas))
        if mean:  # of the decay itself
            self.ln_decay = np.logaddexp.reduce(decays, axis=0) - math.log(len(decays))
        return self

    @staticmethod
    def read(path):
        """The numbers of a longmamba.json."""
        def numbers(values):
            return [float(value) for value in values]

        with open(path, encoding="utf-8") as file:
            data = json.load(file)
        self, layers = Table(), data["layers"]
        self.train_length, self.top, self.theta = data["train_length"], data["top"], data["theta"]
        self.windows, self.lengths = data["windows"], data["lengths"]
        self.ln_decay = np.array([numbers(layer["ln_decay"]) for layer in layers])
        self.target = np.array([numbers(layer["target"]) for layer in layers])
        self.threshold = np.array([[numbers(row) for row in layer["threshold"]] for layer in layers])
        self.threshold = self.threshold.transpose(1, 0, 2)
        self.alpha = None
        if "alpha" in layers[0]:
            self.alpha = np.array([[numbers(row) for row in layer["alpha"]] for layer in layers])
            self.alpha = self.alpha.transpose(1, 0, 2)
        return self

    def nearest(self, length):
        return min(range(len(self.lengths)), key=lambda k: (abs(self.lengths[k] - length), k))


def longmamba(table, theta, length, gate=None):
    """The released filter: in global channels, Delta <= g(S) becomes 0. None if it does not act."""
    if length <= (table.train_length if gate is None else gate):
        return None
    is_global = table.ln_decay > math.log(theta)
    g = table.threshold[table.nearest(length)]

    def apply(layer, delta, a):
        return np.where(is_global[layer] & (delta <= g[layer]), 0.0, delta)

    return apply


def together(values):
    """(rows, columns), in each column those that are equal but for rounding made equal: Delta of equal
    tokens are, where a product does not sum all rows in one order, as OpenBLAS's for AVX-512."""
    order = np.argsort(values, axis=0)
    ascending = np.take_along_axis(values, order, axis=0)
    first = np.ones(values.shape, bool)
    first[1:] = np.diff(ascending, axis=0) > 1e-13 * ascending[1:]
    place = np.maximum.accumulate(np.where(first, np.arange(len(values))[:, None], 0), axis=0)
    out = np.empty_like(values)
    np.put_along_axis(out, order, np.take_along_axis(ascending, place, axis=0), axis=0)
    return out


def longmamba_online(train_length, theta, length, top=0.0, gate=None):
    """The largest Delta are kept while their sum is at most that of the first TRAIN_LENGTH tokens, in
    the channels whose decay over those exceeds THETA; both are taken in the run itself."""
    if length <= (train_length if gate is None else gate):
        return None

    def apply(layer, delta, a):
        delta = together(delta)
        out = delta.copy()
        first = clamp(delta[:train_length], top)
        is_global = ln_decay_curve(first, a)[-1] > math.log(theta)
        for h in np.flatnonzero(is_global):
            descending = -np.sort(-delta[:, h])
            kept = int(np.sum(np.cumsum(descending) <= first[:, h].sum()))
            if kept < len(descending):
                out[delta[:, h] <= descending[kept], h] = 0.0
        return out

    return apply


# --- numbers over texts ---------------------------------------------------------------------------


def nll(logits, targets):
    """-ln p of each target under its row of logits."""
    top = logits.max(axis=-1)
    total = top + np.log(np.exp(logits - top[:, None]).sum(axis=-1))
    return total - logits[np.arange(len(targets)), targets]


def perplexity(model, ids, filter=None, score=None):
    """exp of the mean NLL of the last SCORE predicted tokens (None: all but the first token)."""
    score = len(ids) - 1 if score is None else score
    run = model.forward(ids[:-1], filter, last=score)
    return math.exp(nll(run.logits, np.asarray(ids[-score:])).mean())


def greedy(model, run, count):
    """COUNT (id, probability) after RUN; decoding is not filtered."""
    out, logits, states = [], run.logits[-1], run.states
    for _ in range(count):
        weights = np.exp(logits - logits.max())
        token = int(np.argmax(logits))
        out.append((token, float(weights[token] / weights.sum())))
        step = model.forward([token], states=states)
        logits, states = step.logits[-1], step.states
    return out
