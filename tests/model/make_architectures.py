#!/usr/bin/env python3
"""Writes architectures/: small random models in the layout of each architecture, and what is in them. Needs numpy.

Each folder holds `model.safetensors` as that architecture's own code would have saved it, `config.json` where it
has one, and `canonical.safetensors`: W_Q, W_K, W_V [head, d_model, d_head], W_O [head, d_head, d_model], W_in,
W_gate [d_model, d_mlp], W_out [d_mlp, d_model], W_E, W_pos [n, d_model], W_U [d_model, n], biases and norms, with
x a row vector and y = x W + b. The numbers in the canonical file are proven by two forward passes that share no
layout: `forward_*` computes with the stored tensors as the architecture's own code does, `forward_canonical` with
the canonical ones; their outputs must agree to 1e-12.

What families share is here; each family but the first ones has a file of its own, `families/<family>.py`, whose
`models()` yields (name, tensors, canonical tensors, forward(tokens), spec, config or None, metadata) for each model.
Those models have a third file besides, `logits.safetensors`: what the architecture's own forward pass gives for
TOKENS, held against the library's parts put together. `make_architectures.py NAME ...` writes those models alone.
"""
import functools
import importlib
import json
import math
import pathlib
import struct
import sys

import numpy as np

TOKENS = [3, 1, 4, 1, 5]
EPSILON = 1e-5


# ---- safetensors, by hand -------------------------------------------------------------------------------------------

def bfloat_bits(values):
    """The upper halves of floats, rounded to even."""
    values = np.asarray(values, np.float32)
    bits = np.atleast_1d(values).view(np.uint32).astype(np.int64)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16).reshape(values.shape)


def round_to(values, dtype):
    values = np.asarray(values, np.float32)
    if dtype == "BF16":
        return np.left_shift(bfloat_bits(values), 16, dtype=np.uint32).view(np.float32)
    return values.astype(np.float16).astype(np.float32) if dtype == "F16" else values


def stored_bytes(values, dtype):
    if dtype == "BF16":
        return bfloat_bits(values).astype("<u2").tobytes()
    if dtype == "F16":
        return values.astype("<f2").tobytes()
    if dtype == "BOOL":
        return values.astype(np.uint8).tobytes()
    return values.astype("<i8" if dtype == "I64" else "<f4").tobytes()


def dtype_of(values, dtype):
    return {"b": "BOOL", "i": "I64"}.get(values.dtype.kind, dtype)


def write_safetensors(path, tensors, metadata, dtype="F32"):
    header, data = {"__metadata__": metadata} if metadata else {}, b""
    width = {"I64": 8, "F32": 4, "F16": 2, "BF16": 2, "BOOL": 1}
    kinds = {name: dtype_of(values, dtype) for name, values in tensors.items()}
    for name in sorted(tensors, key=lambda each: (-width[kinds[each]], each)):  # wide ones first: all are aligned
        kind = kinds[name]
        raw = stored_bytes(tensors[name], kind)
        header[name] = {"dtype": kind, "shape": list(tensors[name].shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


# ---- what all forward passes share: no weights, no layout -----------------------------------------------------------

def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def gelu(x):
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x ** 3)))


def silu(x):
    return x / (1 + np.exp(-x))


def layer_norm(x, w, b=None):
    y = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + EPSILON) * w
    return y if b is None else y + b


def rms_norm(x, w):
    return x / np.sqrt((x * x).mean(-1, keepdims=True) + EPSILON) * w


def rotate_half(x):
    a, b = np.split(x, 2, -1)
    return np.concatenate((-b, a), -1)


def rotary_tables(positions, dimensions, theta):
    angles = positions[:, None] * theta ** (-np.arange(0, dimensions, 2) / dimensions)
    angles = np.concatenate((angles, angles), -1)
    return np.cos(angles), np.sin(angles)


def linear(s, x, name):
    """nn.Linear, with or without a bias."""
    return x @ s[name + ".weight"].T + s.get(name + ".bias", 0)


def heads_of(x, n):
    """[position, n * d] as [head, position, d]."""
    return x.reshape(len(x), n, -1).swapaxes(0, 1)


def merged(y):
    """What `heads_of` took apart."""
    return y.swapaxes(0, 1).reshape(y.shape[1], -1)


def turned_halves(x, n, theta):
    """The first n of each head turn as Llama's in Hugging Face's files: entry i with i + n / 2."""
    cos, sin = rotary_tables(np.arange(x.shape[-2]), n, theta)
    turning = x[..., :n]
    return np.concatenate((turning * cos + rotate_half(turning) * sin, x[..., n:]), -1)


def turned_pairs(x, n, theta):
    """The first n of each head turn as complex numbers do: entry 2 i with 2 i + 1 (GPT-J, Meta)."""
    angles = np.arange(x.shape[-2])[:, None] * theta ** (-np.arange(0, n, 2) / n)
    numbers = (x[..., 0:n:2] + 1j * x[..., 1:n:2]) * np.exp(1j * angles)
    return np.concatenate((np.stack((numbers.real, numbers.imag), -1).reshape(*x.shape[:-1], n), x[..., n:]), -1)


def attend(q, k, v, causal=True, scale=None, window=None, hidden=()):
    """q, k, v: [head, position, d_head]; keys and values may have fewer heads. Nobody sees what is hidden."""
    k, v = (np.repeat(each, len(q) // len(each), axis=0) for each in (k, v))
    scores = q @ k.swapaxes(-1, -2) * (1 / math.sqrt(q.shape[-1]) if scale is None else scale)
    if window:
        scores = np.where(np.tril(np.ones(scores.shape[-2:], bool), -window), -np.inf, scores)
    if causal:
        scores = np.where(np.tril(np.ones(scores.shape[-2:], bool)), scores, -np.inf)
    scores[..., list(hidden)] = -np.inf
    return softmax(scores) @ v


# ---- the canonical forward pass -------------------------------------------------------------------------------------

def rotate_by_pairs(x, dimensions, theta, pairing="half_split"):
    """Element by element: entry i turns with entry i + dimensions / 2, or entry 2 i with its neighbour."""
    y = x.copy()
    half = dimensions // 2
    for p in range(x.shape[0]):
        for i in range(half):
            a, b = (i, i + half) if pairing == "half_split" else (2 * i, 2 * i + 1)
            angle = p * theta ** (-2 * i / dimensions)
            c, s = math.cos(angle), math.sin(angle)
            y[p, a] = c * x[p, a] - s * x[p, b]
            y[p, b] = s * x[p, a] + c * x[p, b]
    return y


def layer_thetas(spec):
    """By which theta each layer turns; 0 where it does not."""
    turning = spec.get("turning", [True] * spec["n_layers"])
    return [theta if turns else 0 for theta, turns in zip(spec.get("thetas", [spec["theta"]] * spec["n_layers"]), turning)]


def qk_normalised(x, gain, head):
    """All heads' queries or keys [head, position, d] behind an RMSNorm of each head, or of all heads together; one
    head of them."""
    if len(gain) == x.shape[-1]:
        return rms_norm(x[head], gain)
    d = x.shape[-1]
    return rms_norm(merged(x), gain)[:, head * d:(head + 1) * d]


def output_head(after):
    """What a head makes of the stream before the unembedding: a matrix, gelu, a norm. Nothing without one."""
    def run(x):
        y = gelu(x @ after["head.dense.W"] + after.get("head.dense.b", 0.0))
        return layer_norm(y, after["head.norm.w"], after.get("head.norm.b"))
    return run if after else lambda x: x


def forward_canonical(c, spec, tokens):
    """c: canonical tensors; spec: what they mean. Head by head, position by position."""
    act = {"gelu": gelu, "silu": silu, "relu": lambda x: np.maximum(x, 0)}[spec["act"]]
    rms = spec["norm"] == "rms_norm"

    def norm(x, name):
        if spec["norm"] == "layer_norm_folded" and name.endswith(("ln1", "ln2", "ln_final")):
            return layer_norm(x, 1.0)
        if name + ".w" not in c:
            return x
        return rms_norm(x, c[name + ".w"]) if rms else layer_norm(x, c[name + ".w"], c.get(name + ".b"))

    def bias(name, head=None):
        return 0 if name not in c else c[name] if head is None else c[name][head]

    def attention(x, at, l):
        heads, shared = len(c[at + "W_O"]), len(c[at + "W_V"])
        out = np.zeros_like(x) + bias(at + "b_O")
        norms = spec.get("qk_norm", {})
        queries = np.stack([x @ c[at + "W_Q"][h] + bias(at + "b_Q", h) for h in range(heads)])
        keys = np.stack([x @ c[at + "W_K"][g] + bias(at + "b_K", g) for g in range(shared)])
        for h in range(heads):
            g = h // (heads // shared)
            q, k = queries[h], keys[g]
            v = x @ c[at + "W_V"][g] + bias(at + "b_V", g)
            if at + "q_norm" in norms:
                q = qk_normalised(queries, norms[at + "q_norm"].astype(np.float64), h)
                k = qk_normalised(keys, norms[at + "k_norm"].astype(np.float64), g)
            theta = layer_thetas(spec)[l]
            if spec["rotary"] and theta:
                q, k = (rotate_by_pairs(each, spec["rotary"], theta, spec.get("pairing", "half_split")) for each in (q, k))
            scale = None if spec.get("scale", "") == "" else spec["scale"]
            hidden = spec.get("hidden", ())
            out += attend(q[None], k[None], v[None], spec["causal"], scale, hidden=hidden)[0] @ c[at + "W_O"][h]
        return out

    def mlp(x, at):
        inner = x @ c[at + "W_in"] + bias(at + "b_in")
        if at + "W_gate" in c:
            inner = act(x @ c[at + "W_gate"] + bias(at + "b_gate")) * inner + bias(at + "b_post")
        else:
            inner = act(inner)
        return inner @ c[at + "W_out"] + bias(at + "b_out")

    # A family may do one of them its own way: `spec["mlp"](c, x, at, mlp)`.
    own_attention, own_mlp = (spec.get(name, lambda c, x, at, usual: usual(x, at)) for name in ("attention", "mlp"))
    x = c["W_E"][tokens] if "W_E" in c else spec.get("input", lambda t: 0.0)(tokens)
    x = x + spec.get("start", 0.0)
    for name, feed in spec.get("feeds", {}).items():
        constant = c.get(f"extra.{name[:-6]}bias", 0.0)
        x = x + feed @ c["extra." + name] + feed.any(-1)[:, None] * constant
    if "W_pos" in c:
        x = x + c["W_pos"][: len(tokens)]
    x = norm(x + spec.get("also", 0), "ln_embed")
    for l in range(spec["n_layers"]):
        at = f"blocks.{l}."
        if spec["placement"] == "after":
            x = norm(x + attention(x, at, l), at + "ln1")
            x = norm(x + mlp(x, at), at + "ln2")
            continue
        read = x
        usual = functools.partial(attention, l=l)
        x = x + norm(own_attention(c, norm(read, at + "ln1"), at, usual), at + "ln1_post")
        x = x + spec.get("between", {}).get(at + "between", 0.0)
        x = x + norm(own_mlp(c, norm(read if spec["parallel"] else x, at + "ln2"), at, mlp), at + "ln2_post")
    x = output_head(spec.get("after", {}))(spec.get("head", lambda y: y)(norm(x, "ln_final")))
    if "readers" in spec:
        return np.concatenate([x @ c["extra." + name].T + c.get(f"extra.{name[:-6]}bias", 0.0) for name in spec["readers"]], -1)
    return x @ c["W_U"] + bias("b_U") if "W_U" in c else x


# ---- each architecture: its tensors, its own forward pass, its tensors taken apart ----------------------------------

class Maker:
    """Random tensors under names, rounded to the dtype they will be stored in."""

    def __init__(self, seed, dtype="F32"):
        self.random, self.dtype, self.state = np.random.default_rng(seed), dtype, {}

    def add(self, name, *shape, centre=0.0):
        values = centre + self.random.standard_normal(shape) * 0.5
        self.state[name] = round_to(values.astype(np.float32), self.dtype)

    def norm(self, name, size, kinds=("weight", "bias"), centre=1.0):
        self.add(f"{name}.{kinds[0]}", size, centre=centre)
        if len(kinds) > 1:
            self.add(f"{name}.{kinds[1]}", size)


def rows_of_heads(w, heads):
    """nn.Linear [head * d, d_model] as [head, d_model, d]: out of head h is row h d + i."""
    d = w.shape[0] // heads
    return np.stack([w[h * d:(h + 1) * d].T for h in range(heads)])


def columns_of_heads(w, heads):
    """nn.Linear [d_model, head * d], which the heads feed, as [head, d, d_model]."""
    d = w.shape[1] // heads
    return np.stack([w[:, h * d:(h + 1) * d].T for h in range(heads)])


def cut(b, heads):
    return np.stack(np.split(b, heads))


def copy_present(c, state, pairs):
    for to, name in pairs.items():
        if name in state:
            c[to] = state[name]


def make_lens(seed, *, H=3, K=3, D=6, d=2, M=5, V=7, N=5, L=2, norm="layer_norm", gated=False, biases=True,
              prefix="", decision=False, parallel=False, post=False):
    m = Maker(seed)
    shared = "" if K == H else "_"
    for l in range(L):
        at = f"{prefix}blocks.{l}."
        a = at + "attn."
        for name, heads in (("W_Q", H), (shared + "W_K", K), (shared + "W_V", K)):
            m.add(a + name, heads, D, d)
            if biases:
                m.add(a + name.replace("W", "b"), heads, d)
        m.add(a + "W_O", H, d, D)
        m.add(at + "mlp.W_in", D, M)
        m.add(at + "mlp.W_out", M, D)
        if gated:
            m.add(at + "mlp.W_gate", D, M)
        if biases:
            m.add(a + "b_O", D)
            m.add(at + "mlp.b_in", M)
            m.add(at + "mlp.b_out", D)
        for name in ["ln1", "ln2"] + (["ln1_post", "ln2_post"] if post else []):
            m.norm(at + name, D, ("w", "b") if norm == "layer_norm" else ("w",))
        m.state[a + "mask"] = np.tril(np.ones((N, N), bool))
        m.state[a + "IGNORE"] = np.array(-np.inf, np.float32)
    m.norm(prefix + "ln_final", D, ("w", "b") if norm == "layer_norm" else ("w",))
    if not parallel:
        m.add(prefix + "pos_embed.W_pos", N, D)
    if decision:
        m.add("state_embedding.weight", D, 9)
        m.add("action_embedding.0.weight", 4, D)
        m.add("reward_embedding.0.weight", D, 1)
        m.add("time_embedding.weight", 6, D)
        for name, n in (("action", 3), ("state", 9), ("reward", 1)):
            m.add(f"{name}_predictor.weight", n, D)
            m.add(f"{name}_predictor.bias", n)
    else:
        m.add(prefix + "embed.W_E", V, D)
        m.add(prefix + "unembed.W_U", D, V)
        m.add(prefix + "unembed.b_U", V)
    c = {}
    for l in range(L):
        for part in ("W_Q", "W_K", "W_V", "W_O", "b_Q", "b_K", "b_V", "b_O"):
            name = part if f"{prefix}blocks.{l}.attn.{part}" in m.state else "_" + part
            copy_present(c, m.state, {f"blocks.{l}.{part}": f"{prefix}blocks.{l}.attn.{name}"})
        for part in ("W_in", "W_gate", "W_out", "b_out"):
            copy_present(c, m.state, {f"blocks.{l}.{part}": f"{prefix}blocks.{l}.mlp.{part}"})
        copy_present(c, m.state, {f"blocks.{l}." + ("b_post" if gated else "b_in"): f"{prefix}blocks.{l}.mlp.b_in"})
        for part in ("ln1", "ln2", "ln1_post", "ln2_post"):
            for kind in "wb":
                copy_present(c, m.state, {f"blocks.{l}.{part}.{kind}": f"{prefix}blocks.{l}.{part}.{kind}"})
    copy_present(c, m.state, {"ln_final.w": prefix + "ln_final.w", "ln_final.b": prefix + "ln_final.b",
                              "W_pos": prefix + "pos_embed.W_pos", "W_E": prefix + "embed.W_E",
                              "W_U": prefix + "unembed.W_U", "b_U": prefix + "unembed.b_U"})
    if decision:
        s = m.state
        c["extra.state_embedding.weight"] = s["state_embedding.weight"].T
        c["extra.reward_embedding.0.weight"] = s["reward_embedding.0.weight"].T
        for name in ("action_embedding.0", "time_embedding", "action_predictor", "state_predictor", "reward_predictor"):
            copy_present(c, s, {f"extra.{name}.weight": f"{name}.weight", f"extra.{name}.bias": f"{name}.bias"})
    return m.state, c


def forward_lens(s, tokens, *, prefix="", norm="layer_norm", rotary=0, parallel=False):
    """TransformerLens: einsums over [head, d_model, d_head]; key/value heads repeated, each n_heads / shared times."""
    def ln(x, name):
        if name + ".w" not in s:
            return x
        return rms_norm(x, s[name + ".w"]) if norm == "rms_norm" else layer_norm(x, s[name + ".w"], s[name + ".b"])

    def project(x, a, part):
        w = s.get(a + "W_" + part, s.get(a + "_W_" + part))
        b = s.get(a + "b_" + part, s.get(a + "_b_" + part, np.zeros((w.shape[0], w.shape[2]))))
        y = np.einsum("pm,hmd->hpd", x, w) + b[:, None]
        return np.repeat(y, s[a + "W_O"].shape[0] // len(y), axis=0)

    x = s["state_embedding.weight"].T[tokens] if prefix and "state_embedding.weight" in s else s[prefix + "embed.W_E"][tokens]
    if prefix + "pos_embed.W_pos" in s:
        x = x + s[prefix + "pos_embed.W_pos"][: len(tokens)]
    l = 0
    while f"{prefix}blocks.{l}.attn.W_O" in s:
        at = f"{prefix}blocks.{l}."
        a = at + "attn."
        read = ln(x, at + "ln1")
        q, k, v = (project(read, a, part) for part in "QKV")
        if rotary:
            cos, sin = rotary_tables(np.arange(len(tokens)), rotary, 10000)
            q, k = (y * cos + rotate_half(y) * sin for y in (q, k))
        out = np.einsum("hpd,hdm->pm", attend(q, k, v), s[a + "W_O"]) + s.get(a + "b_O", 0)
        before, x = x, x + ln(out, at + "ln1_post")
        read = ln(before if parallel else x, at + "ln2")
        pre = read @ s[at + "mlp.W_in"]
        if at + "mlp.W_gate" in s:
            post = silu(read @ s[at + "mlp.W_gate"]) * pre + s.get(at + "mlp.b_in", 0)
        else:
            post = gelu(pre + s.get(at + "mlp.b_in", 0))
        x = x + ln(post @ s[at + "mlp.W_out"] + s.get(at + "mlp.b_out", 0), at + "ln2_post")
        l += 1
    x = ln(x, prefix + "ln_final")
    return x if prefix + "unembed.W_U" not in s else x @ s[prefix + "unembed.W_U"] + s[prefix + "unembed.b_U"]


def make_gpt2(seed, *, H=3, D=6, M=5, V=7, N=5, L=2, prefix="", linear=False, biases=True, head=None, dtype="F32"):
    m = Maker(seed, dtype)
    flip = (lambda a, b: (b, a)) if linear else (lambda a, b: (a, b))
    m.add(prefix + "wte.weight", V, D)
    m.add(prefix + "wpe.weight", N, D)
    norm = ("weight", "bias") if biases else ("weight",)
    for l in range(L):
        at = f"{prefix}h.{l}."
        for name, shape in (("attn.c_attn", (D, 3 * D)), ("attn.c_proj", (D, D)), ("mlp.c_fc", (D, M)), ("mlp.c_proj", (M, D))):
            m.add(f"{at}{name}.weight", *flip(*shape))
            if biases:
                m.add(f"{at}{name}.bias", shape[1])
        m.norm(at + "ln_1", D, norm)
        m.norm(at + "ln_2", D, norm)
        if not linear:
            m.state[at + "attn.bias"] = np.tril(np.ones((1, 1, N, N), bool))
            m.state[at + "attn.masked_bias"] = np.array(-1e4, np.float32)
    m.norm(prefix + "ln_f", D, norm)
    if head == "own":
        m.add("lm_head.weight", V, D)
    elif head:
        m.state[head] = m.state[prefix + "wte.weight"]
    s, c = m.state, {}
    d = D // H
    copy_present(c, s, {"W_E": prefix + "wte.weight", "W_pos": prefix + "wpe.weight", "ln_final.w": prefix + "ln_f.weight",
                        "ln_final.b": prefix + "ln_f.bias"})
    c["W_U"] = s.get("lm_head.weight", s[prefix + "wte.weight"]).T
    for l in range(L):
        at, to = f"{prefix}h.{l}.", f"blocks.{l}."
        fused = s[at + "attn.c_attn.weight"].T if linear else s[at + "attn.c_attn.weight"]
        for k, part in enumerate("QKV"):
            columns = [[k * D + h * d + i for i in range(d)] for h in range(H)]
            c[f"{to}W_{part}"] = np.stack([fused[:, each] for each in columns])
            if biases:
                c[f"{to}b_{part}"] = np.stack([s[at + "attn.c_attn.bias"][each] for each in columns])
        proj = s[at + "attn.c_proj.weight"].T if linear else s[at + "attn.c_proj.weight"]
        c[to + "W_O"] = np.stack([proj[h * d:(h + 1) * d] for h in range(H)])
        for part, name in (("W_in", "mlp.c_fc"), ("W_out", "mlp.c_proj")):
            w = s[f"{at}{name}.weight"]
            c[to + part] = w.T if linear else w
        copy_present(c, s, {to + "b_O": at + "attn.c_proj.bias", to + "b_in": at + "mlp.c_fc.bias",
                            to + "b_out": at + "mlp.c_proj.bias", to + "ln1.w": at + "ln_1.weight", to + "ln1.b": at + "ln_1.bias",
                            to + "ln2.w": at + "ln_2.weight", to + "ln2.b": at + "ln_2.bias"})
    return s, c


def forward_gpt2(s, tokens, *, H=3, prefix="", linear=False):
    """Hugging Face's GPT2Model: Conv1D is x @ weight + bias; nanoGPT's nn.Linear is x @ weight.T + bias."""
    def layer(x, name):
        w = s[name + ".weight"]
        return (x @ w.T if linear else x @ w) + s.get(name + ".bias", 0)

    def heads(x):
        return x.reshape(len(x), H, -1).swapaxes(0, 1)

    x = s[prefix + "wte.weight"][tokens] + s[prefix + "wpe.weight"][np.arange(len(tokens))]
    l = 0
    while f"{prefix}h.{l}.ln_1.weight" in s:
        at = f"{prefix}h.{l}."
        y = layer_norm(x, s[at + "ln_1.weight"], s.get(at + "ln_1.bias"))
        q, k, v = np.split(layer(y, at + "attn.c_attn"), 3, axis=-1)
        y = attend(heads(q), heads(k), heads(v)).swapaxes(0, 1).reshape(x.shape)
        x = x + layer(y, at + "attn.c_proj")
        y = layer_norm(x, s[at + "ln_2.weight"], s.get(at + "ln_2.bias"))
        x = x + layer(gelu(layer(y, at + "mlp.c_fc")), at + "mlp.c_proj")
        l += 1
    x = layer_norm(x, s[prefix + "ln_f.weight"], s.get(prefix + "ln_f.bias"))
    return x @ s.get("lm_head.weight", s[prefix + "wte.weight"]).T


def make_neox(seed, *, H=3, D=12, M=7, V=7, L=2, prefix="gpt_neox.", biases=True):
    m = Maker(seed)
    m.add(prefix + "embed_in.weight", V, D)
    for l in range(L):
        at = f"{prefix}layers.{l}."
        for name, shape in (("attention.query_key_value", (3 * D, D)), ("attention.dense", (D, D)),
                            ("mlp.dense_h_to_4h", (M, D)), ("mlp.dense_4h_to_h", (D, M))):
            m.add(f"{at}{name}.weight", *shape)
            if biases or name.startswith("mlp"):
                m.add(f"{at}{name}.bias", shape[0])
        m.norm(at + "input_layernorm", D)
        m.norm(at + "post_attention_layernorm", D)
        m.state[at + "attention.bias"] = np.tril(np.ones((1, 1, 5, 5), bool))
        m.state[at + "attention.masked_bias"] = np.array(-np.inf, np.float32)
        m.state[at + "attention.rotary_emb.inv_freq"] = np.array([1.0], np.float32)
    m.norm(prefix + "final_layer_norm", D)
    m.add("embed_out.weight", V, D)
    s, d = m.state, D // H
    c = {"W_E": s[prefix + "embed_in.weight"], "W_U": s["embed_out.weight"].T,
         "ln_final.w": s[prefix + "final_layer_norm.weight"], "ln_final.b": s[prefix + "final_layer_norm.bias"]}
    for l in range(L):
        at, to = f"{prefix}layers.{l}.", f"blocks.{l}."
        for k, part in enumerate("QKV"):
            rows = [[h * 3 * d + k * d + i for i in range(d)] for h in range(H)]
            c[f"{to}W_{part}"] = np.stack([s[at + "attention.query_key_value.weight"][each].T for each in rows])
            if biases:
                c[f"{to}b_{part}"] = np.stack([s[at + "attention.query_key_value.bias"][each] for each in rows])
        c[to + "W_O"] = columns_of_heads(s[at + "attention.dense.weight"], H)
        c[to + "W_in"] = s[at + "mlp.dense_h_to_4h.weight"].T
        c[to + "W_out"] = s[at + "mlp.dense_4h_to_h.weight"].T
        copy_present(c, s, {to + "b_O": at + "attention.dense.bias", to + "b_in": at + "mlp.dense_h_to_4h.bias",
                            to + "b_out": at + "mlp.dense_4h_to_h.bias"})
        for part, name in (("ln1", "input_layernorm"), ("ln2", "post_attention_layernorm")):
            copy_present(c, s, {f"{to}{part}.w": f"{at}{name}.weight", f"{to}{part}.b": f"{at}{name}.bias"})
    return s, c


def forward_neox(s, tokens, *, H=3, prefix="gpt_neox.", share=0.5, parallel=True):
    """Hugging Face's GPTNeoXModel: query_key_value is viewed as [head, 3 d_head], then cut in three."""
    def linear(x, name):
        return x @ s[name + ".weight"].T + s.get(name + ".bias", 0)

    x = s[prefix + "embed_in.weight"][tokens]
    d = x.shape[-1] // H
    n = int(d * share)
    cos, sin = rotary_tables(np.arange(len(tokens)), n, 10000)
    l = 0
    while f"{prefix}layers.{l}.input_layernorm.weight" in s:
        at = f"{prefix}layers.{l}."
        y = layer_norm(x, s[at + "input_layernorm.weight"], s[at + "input_layernorm.bias"])
        qkv = linear(y, at + "attention.query_key_value").reshape(len(tokens), H, 3 * d)
        q, k, v = (each.swapaxes(0, 1) for each in (qkv[..., :d], qkv[..., d:2 * d], qkv[..., 2 * d:]))
        q, k = (np.concatenate((y_[..., :n] * cos + rotate_half(y_[..., :n]) * sin, y_[..., n:]), -1) for y_ in (q, k))
        attention = linear(attend(q, k, v).swapaxes(0, 1).reshape(x.shape), at + "attention.dense")
        read = x if parallel else x + attention
        y = layer_norm(read, s[at + "post_attention_layernorm.weight"], s[at + "post_attention_layernorm.bias"])
        x = x + attention + linear(gelu(linear(y, at + "mlp.dense_h_to_4h")), at + "mlp.dense_4h_to_h")
        l += 1
    x = layer_norm(x, s[prefix + "final_layer_norm.weight"], s[prefix + "final_layer_norm.bias"])
    return x @ s["embed_out.weight"].T


def make_llama(seed, *, H=3, K=1, D=6, d=2, M=5, V=7, L=2, prefix="model.", biases=False, head=True, gemma=0, dtype="F32",
               lm_head="lm_head.weight"):
    m = Maker(seed, dtype)
    centre = 0.0 if gemma else 1.0
    m.add(prefix + "embed_tokens.weight", V, D)
    for l in range(L):
        at = f"{prefix}layers.{l}."
        for name, n in (("q", H), ("k", K), ("v", K)):
            m.add(f"{at}self_attn.{name}_proj.weight", n * d, D)
            if biases:
                m.add(f"{at}self_attn.{name}_proj.bias", n * d)
        m.add(at + "self_attn.o_proj.weight", D, H * d)
        m.add(at + "mlp.gate_proj.weight", M, D)
        m.add(at + "mlp.up_proj.weight", M, D)
        m.add(at + "mlp.down_proj.weight", D, M)
        for name in ["input", "post_attention"] + (["pre_feedforward", "post_feedforward"] if gemma == 2 else []):
            m.norm(f"{at}{name}_layernorm", D, ("weight",), centre)
    m.norm(prefix + "norm", D, ("weight",), centre)
    if head:
        m.add(lm_head, V, D)
    s, c = m.state, {}
    embedding = s[prefix + "embed_tokens.weight"]
    scale = round_to(np.float32(D) ** np.float32(0.5), dtype) if gemma else np.float32(1)
    gain = np.float32(1 if gemma else 0)
    c["W_E"] = embedding * scale if gemma else embedding
    c["W_U"] = s.get(lm_head, embedding).T
    c["ln_final.w"] = s[prefix + "norm.weight"] + gain
    for l in range(L):
        at, to = f"{prefix}layers.{l}.", f"blocks.{l}."
        for part, n in (("Q", H), ("K", K), ("V", K)):
            c[f"{to}W_{part}"] = rows_of_heads(s[f"{at}self_attn.{part.lower()}_proj.weight"], n)
            if biases:
                c[f"{to}b_{part}"] = cut(s[f"{at}self_attn.{part.lower()}_proj.bias"], n)
        c[to + "W_O"] = columns_of_heads(s[at + "self_attn.o_proj.weight"], H)
        for part, name in (("W_in", "up"), ("W_gate", "gate"), ("W_out", "down")):
            c[to + part] = s[f"{at}mlp.{name}_proj.weight"].T
        c[to + "ln1.w"] = s[at + "input_layernorm.weight"] + gain
        if gemma == 2:
            c[to + "ln1_post.w"] = s[at + "post_attention_layernorm.weight"] + gain
            c[to + "ln2.w"] = s[at + "pre_feedforward_layernorm.weight"] + gain
            c[to + "ln2_post.w"] = s[at + "post_feedforward_layernorm.weight"] + gain
        else:
            c[to + "ln2.w"] = s[at + "post_attention_layernorm.weight"] + gain
    return s, c


def forward_llama(s, tokens, *, H=3, K=1, prefix="model.", gemma=0, theta=10000, dtype="F32", lm_head="lm_head.weight"):
    """Hugging Face's LlamaModel, Qwen2Model, GemmaModel, Gemma2Model (its soft caps, which hold no weights, left out)."""
    def linear(x, name):
        return x @ s[name + ".weight"].T + s.get(name + ".bias", 0)

    def norm(x, name):
        w = s[name + ".weight"]
        return rms_norm(x, 1 + w if gemma else w)

    def heads(x, n):
        return x.reshape(len(x), n, -1).swapaxes(0, 1)

    act = gelu if gemma else silu
    x = s[prefix + "embed_tokens.weight"][tokens].astype(np.float64)
    D = x.shape[-1]
    if gemma:
        x = x * float(round_to(np.float32(D ** 0.5), dtype))
    l = 0
    while f"{prefix}layers.{l}.input_layernorm.weight" in s:
        at = f"{prefix}layers.{l}."
        y = norm(x, at + "input_layernorm")
        q, k, v = (heads(linear(y, f"{at}self_attn.{name}_proj"), n) for name, n in (("q", H), ("k", K), ("v", K)))
        cos, sin = rotary_tables(np.arange(len(tokens)), q.shape[-1], theta)
        q, k = (each * cos + rotate_half(each) * sin for each in (q, k))
        k, v = (np.repeat(each, H // K, axis=0) for each in (k, v))
        y = linear(attend(q, k, v).swapaxes(0, 1).reshape(len(tokens), -1), at + "self_attn.o_proj")
        x = x + (norm(y, at + "post_attention_layernorm") if gemma == 2 else y)
        y = norm(x, at + ("pre_feedforward_layernorm" if gemma == 2 else "post_attention_layernorm"))
        y = linear(act(linear(y, at + "mlp.gate_proj")) * linear(y, at + "mlp.up_proj"), at + "mlp.down_proj")
        x = x + (norm(y, at + "post_feedforward_layernorm") if gemma == 2 else y)
        l += 1
    return norm(x, prefix + "norm") @ s.get(lm_head, s[prefix + "embed_tokens.weight"]).T


def make_bert(seed, *, H=3, D=6, M=5, V=7, N=5, L=2, prefix="bert.", kinds=("weight", "bias"), head=True):
    m = Maker(seed)
    e = prefix + "embeddings."
    m.add(e + "word_embeddings.weight", V, D)
    m.add(e + "position_embeddings.weight", N, D)
    m.add(e + "token_type_embeddings.weight", 2, D)
    m.norm(e + "LayerNorm", D, kinds)
    m.state[e + "position_ids"] = np.arange(N)[None]
    for l in range(L):
        at = f"{prefix}encoder.layer.{l}."
        for name, shape in (("attention.self.query", (D, D)), ("attention.self.key", (D, D)), ("attention.self.value", (D, D)),
                            ("attention.output.dense", (D, D)), ("intermediate.dense", (M, D)), ("output.dense", (D, M))):
            m.add(f"{at}{name}.weight", *shape)
            m.add(f"{at}{name}.bias", shape[0])
        m.norm(at + "attention.output.LayerNorm", D, kinds)
        m.norm(at + "output.LayerNorm", D, kinds)
    if head:
        m.add("cls.predictions.transform.dense.weight", D, D)
        m.add("cls.predictions.transform.dense.bias", D)
        m.norm("cls.predictions.transform.LayerNorm", D, kinds)
        m.add("cls.predictions.bias", V)
    s = m.state
    w, b = kinds
    c = {"W_E": s[e + "word_embeddings.weight"], "W_pos": s[e + "position_embeddings.weight"],
         f"extra.{e}token_type_embeddings.weight": s[e + "token_type_embeddings.weight"],
         "ln_embed.w": s[f"{e}LayerNorm.{w}"], "ln_embed.b": s[f"{e}LayerNorm.{b}"]}
    if head:
        c["W_U"], c["b_U"] = s[e + "word_embeddings.weight"].T, s["cls.predictions.bias"]
    for l in range(L):
        at, to = f"{prefix}encoder.layer.{l}.", f"blocks.{l}."
        for part, name in (("Q", "query"), ("K", "key"), ("V", "value")):
            c[f"{to}W_{part}"] = rows_of_heads(s[f"{at}attention.self.{name}.weight"], H)
            c[f"{to}b_{part}"] = cut(s[f"{at}attention.self.{name}.bias"], H)
        c[to + "W_O"] = columns_of_heads(s[at + "attention.output.dense.weight"], H)
        c[to + "W_in"], c[to + "b_in"] = s[at + "intermediate.dense.weight"].T, s[at + "intermediate.dense.bias"]
        c[to + "W_out"], c[to + "b_out"] = s[at + "output.dense.weight"].T, s[at + "output.dense.bias"]
        c[to + "b_O"] = s[at + "attention.output.dense.bias"]
        for part, name in (("ln1", "attention.output"), ("ln2", "output")):
            c[f"{to}{part}.w"], c[f"{to}{part}.b"] = s[f"{at}{name}.LayerNorm.{w}"], s[f"{at}{name}.LayerNorm.{b}"]
    return s, c


def bert_head(s, kinds=("weight", "bias")):
    """The output head's transform; nothing without a head."""
    p = "cls.predictions.transform."

    def run(x):
        y = gelu(x @ s[p + "dense.weight"].T + s[p + "dense.bias"])
        return layer_norm(y, s[f"{p}LayerNorm.{kinds[0]}"], s[f"{p}LayerNorm.{kinds[1]}"])
    return run if p + "dense.weight" in s else lambda x: x


def forward_bert(s, tokens, *, H=3, prefix="bert.", kinds=("weight", "bias")):
    """Hugging Face's BertModel and its masked-language head: every position sees every other."""
    def linear(x, name):
        return x @ s[name + ".weight"].T + s[name + ".bias"]

    def norm(x, name):
        return layer_norm(x, s[f"{name}.LayerNorm.{kinds[0]}"], s[f"{name}.LayerNorm.{kinds[1]}"])

    def heads(x):
        return x.reshape(len(x), H, -1).swapaxes(0, 1)

    e = prefix + "embeddings."
    x = s[e + "word_embeddings.weight"][tokens] + s[e + "token_type_embeddings.weight"][[0] * len(tokens)]
    x = norm(x + s[e + "position_embeddings.weight"][: len(tokens)], prefix + "embeddings")
    l = 0
    while f"{prefix}encoder.layer.{l}.output.dense.weight" in s:
        at = f"{prefix}encoder.layer.{l}."
        q, k, v = (heads(linear(x, f"{at}attention.self.{name}")) for name in ("query", "key", "value"))
        y = attend(q, k, v, causal=False).swapaxes(0, 1).reshape(x.shape)
        x = norm(x + linear(y, at + "attention.output.dense"), at + "attention.output")
        y = linear(gelu(linear(x, at + "intermediate.dense")), at + "output.dense")
        x = norm(x + y, at + "output")
        l += 1
    x = bert_head(s, kinds)(x)
    return x @ s[e + "word_embeddings.weight"].T + s["cls.predictions.bias"] if "cls.predictions.bias" in s else x


# ---- all models ------------------------------------------------------------------------------------------------------

def read_llama_parts(s, at, to, H, K, fused_mlp=False):
    """A layer's matrices under Llama's names: canonical ones."""
    c = {}
    for part, n in (("Q", H), ("K", K), ("V", K)):
        name = f"{at}self_attn.{part.lower()}_proj"
        if name + ".weight" in s:
            c[f"{to}W_{part}"] = rows_of_heads(s[name + ".weight"], n)
        if name + ".bias" in s:
            c[f"{to}b_{part}"] = cut(s[name + ".bias"], n)
    if at + "self_attn.o_proj.weight" in s:
        c[to + "W_O"] = columns_of_heads(s[at + "self_attn.o_proj.weight"], H)
    copy_present(c, s, {to + "b_O": at + "self_attn.o_proj.bias"})
    for part, name in (("W_in", "mlp.up_proj"), ("W_gate", "mlp.gate_proj"), ("W_out", "mlp.down_proj")):
        if f"{at}{name}.weight" in s:
            c[to + part] = s[f"{at}{name}.weight"].T
    if fused_mlp:
        c[to + "W_gate"], c[to + "W_in"] = (each.T for each in np.split(s[at + "mlp.gate_up_proj.weight"], 2))
    return c


def read_norm(c, s, to, name):
    copy_present(c, s, {to + ".w": name + ".weight", to + ".b": name + ".bias"})


def described(**given):
    """What the reader must say of a model."""
    spec = {"n_layers": 2, "n_heads": 3, "n_key_value_heads": 3, "d_model": 6, "d_head": 2, "d_mlp": 5, "n_ctx": 5,
            "d_vocab": 7, "norm": "layer_norm", "placement": "before", "parallel": False, "rotary": 0, "theta": 10000.0,
            "tied": False, "act": "gelu", "causal": True, "dtypes": "F32"}
    spec.update(given)
    return spec


def gpt2_config(**more):
    return {"model_type": "gpt2", "n_layer": 2, "n_head": 3, "n_embd": 6, "n_positions": 5, "n_ctx": 5, "n_inner": None,
            "vocab_size": 7, "activation_function": "gelu_new", **more}


def llama_config(**more):
    return {"model_type": "llama", "num_hidden_layers": 2, "num_attention_heads": 3, "num_key_value_heads": 1,
            "hidden_size": 6, "intermediate_size": 5, "max_position_embeddings": 64, "vocab_size": 7, "hidden_act": "silu",
            "rope_theta": 10000.0, "rope_scaling": None, "tie_word_embeddings": False, "rms_norm_eps": EPSILON, **more}


def llama_spec(**more):
    return described(**{"scheme": "Llama", "n_key_value_heads": 1, "n_ctx": 64, "norm": "rms_norm", "rotary": 2, "act": "silu", **more})


def bert_config(**more):
    return {"model_type": "bert", "num_hidden_layers": 2, "num_attention_heads": 3, "hidden_size": 6, "intermediate_size": 5,
            "max_position_embeddings": 5, "vocab_size": 7, "hidden_act": "gelu", **more}


def lens_models():
    state, c = make_lens(1)
    yield "transformer_lens", state, c, lambda t: forward_lens(wide(state), t), described(scheme="TransformerLens"), None, {}
    state2, c2 = make_lens(2, H=4, K=2, D=8, d=2, M=8, norm="rms_norm", gated=True, biases=False, parallel=True)
    cfg = {"n_layers": 2, "n_heads": 4, "n_key_value_heads": 2, "d_model": 8, "d_head": 2, "d_mlp": 8, "n_ctx": 5, "d_vocab": 7,
           "normalization_type": "RMS", "gated_mlp": True, "act_fn": "silu", "positional_embedding_type": "rotary",
           "parallel_attn_mlp": True, "rotary_dim": 2, "rotary_base": 10000}
    yield ("transformer_lens_grouped", state2, c2,
           lambda t: forward_lens(wide(state2), t, norm="rms_norm", rotary=2, parallel=True),
           described(scheme="TransformerLens", n_heads=4, n_key_value_heads=2, d_model=8, d_mlp=8, norm="rms_norm", act="silu",
                     rotary=2, parallel=True), None, {"cfg": json.dumps(cfg)})
    state3, c3 = make_lens(3, gated=True, prefix="transformer.", decision=True)
    spec = described(scheme="decision transformer", act="silu", d_vocab=0, input=lambda t: wide(state3)["state_embedding.weight"].T[t])
    cfg = {"n_layers": 2, "n_heads": 3, "d_model": 6, "d_mlp": 5, "n_ctx": 5, "layer_norm": "LN", "gated_mlp": True}
    yield ("decision_transformer", state3, c3, lambda t: forward_lens(wide(state3), t, prefix="transformer."), spec, None,
           {"model_config": json.dumps(cfg)})
    state4, c4 = make_lens(4, norm="rms_norm", gated=True, biases=False, post=True, prefix="transformer.")
    yield ("transformer_lens_post", state4, c4, lambda t: forward_lens(wide(state4), t, norm="rms_norm", prefix="transformer."),
           described(scheme="TransformerLens", norm="rms_norm", act="silu", placement="both"), None, {})


def gpt2_models():
    for name, seed, spec, config, options in (
            ("gpt2", 11, {"scheme": "GPT-2", "tied": True}, gpt2_config(), {}),
            ("gpt2_prefix_f16", 12, {"scheme": "GPT-2", "n_heads": 2, "n_key_value_heads": 2, "d_head": 3, "d_mlp": 6, "dtypes": "F16"},
             gpt2_config(n_head=2, tie_word_embeddings=False),
             {"prefix": "transformer.", "H": 2, "M": 6, "head": "own", "dtype": "F16"}),
            ("nanogpt", 13, {"scheme": "nanoGPT"}, {"n_layer": 2, "n_head": 3, "n_embd": 6, "block_size": 5, "vocab_size": 7},
             {"prefix": "transformer.", "linear": True, "head": "lm_head.weight"}),
            ("nanogpt_no_bias", 14, {"scheme": "nanoGPT", "tied": True}, {"n_layer": 2, "n_head": 3},
             {"prefix": "_orig_mod.transformer.", "linear": True, "biases": False})):
        state, c = make_gpt2(seed, **options)
        forward = {k: v for k, v in options.items() if k in ("H", "prefix", "linear")}
        yield name, state, c, lambda t, s=state, o=forward: forward_gpt2(wide(s), t, **o), described(**spec), config, {"format": "pt"}


def neox_models():
    size = {"model_type": "gpt_neox", "num_hidden_layers": 2, "num_attention_heads": 3, "hidden_size": 12, "intermediate_size": 7,
            "max_position_embeddings": 32, "vocab_size": 7, "hidden_act": "gelu", "rotary_pct": 0.5, "rotary_emb_base": 10000}
    for name, seed, prefix, parallel, biases in (("gpt_neox", 21, "gpt_neox.", True, True), ("gpt_neox_sequential", 22, "", False, False)):
        state, c = make_neox(seed, prefix=prefix, biases=biases)
        spec = described(scheme="GPT-NeoX", d_model=12, d_head=4, d_mlp=7, n_ctx=32, parallel=parallel, rotary=2)
        yield (name, state, c, lambda t, s=state, p=prefix, q=parallel: forward_neox(wide(s), t, prefix=p, parallel=q), spec,
               {**size, **({} if parallel else {"use_parallel_residual": False})}, {"format": "pt"})


def llama_models():
    gemma = {"model_type": "gemma", "head_dim": 4, "num_attention_heads": 2, "hidden_activation": "gelu_pytorch_tanh"}
    gemma_spec = {"scheme": "Gemma", "n_heads": 2, "d_head": 4, "rotary": 4, "act": "gelu", "tied": True}
    untied = dict(gemma)
    untied["model_type"] = "gemma2"
    for values in gemma, untied:
        values["tie_word_embeddings"] = True
    for name, seed, spec, config, options in (
            ("llama", 31, {}, {}, {}),
            ("llama_tied", 32, {"n_heads": 4, "n_key_value_heads": 2, "tied": True, "theta": 500000.0},
             {"num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 2, "tie_word_embeddings": True, "rope_theta": 500000.0,
              "rope_scaling": None}, {"H": 4, "K": 2, "head": False, "prefix": ""}),
            ("mistral_bf16", 33, {"dtypes": "BF16"}, {"model_type": "mistral"}, {"dtype": "BF16"}),
            ("qwen2", 34, {"n_key_value_heads": 3, "d_mlp": 6}, {"model_type": "qwen2", "num_key_value_heads": 3, "intermediate_size": 6},
             {"K": 3, "M": 6, "biases": True}),
            ("gemma", 35, gemma_spec, gemma, {"H": 2, "d": 4, "head": False, "gemma": 1}),
            ("gemma_bf16", 36, {**gemma_spec, "dtypes": "BF16"}, gemma, {"H": 2, "d": 4, "head": False, "gemma": 1, "dtype": "BF16"}),
            ("gemma2", 37, {**gemma_spec, "scheme": "Gemma 2", "placement": "both"}, untied, {"H": 2, "d": 4, "head": False, "gemma": 2})):
        state, c = make_llama(seed, **options)
        forward = {k: v for k, v in options.items() if k in ("H", "K", "prefix", "gemma", "dtype")}
        spec = llama_spec(**spec)
        yield (name, state, c, lambda t, s=state, o=forward, theta=spec["theta"]: forward_llama(wide(s), t, theta=theta, **o), spec,
               llama_config(**config), {"format": "pt"})


def bert_models():
    for name, seed, options in (("bert", 41, {}), ("bert_no_head", 42, {"prefix": "", "kinds": ("gamma", "beta"), "head": False})):
        state, c = make_bert(seed, **options)
        forward = {k: v for k, v in options.items() if k in ("prefix", "kinds")}
        spec = described(scheme="BERT", placement="after", causal=False, tied=options.get("head", True),
                         head=bert_head(wide(state), options.get("kinds", ("weight", "bias"))),
                         also=wide(state)[options.get("prefix", "bert.") + "embeddings.token_type_embeddings.weight"][0])
        yield name, state, c, lambda t, s=state, o=forward: forward_bert(wide(s), t, **o), spec, bert_config(), {"format": "pt"}


def wide(tensors):
    return {name: values.astype(np.float64) if values.dtype.kind == "f" else values for name, values in tensors.items()}


def check(name, canonical, forward, spec):
    """The two forward passes agree."""
    mine, theirs = forward_canonical(wide(canonical), spec, spec.get("tokens", TOKENS)), forward(TOKENS)
    # Canonical gains, scaled embeddings and multiplied weights are float32: where something was computed, by one
    # rounding more.
    bound = 2e-6 if spec.get("computed") or "Gemma" in spec["scheme"] else 1e-12
    difference = np.abs(mine - theirs).max() / np.abs(theirs).max()
    assert difference < bound, (name, difference)
    print(f"{name}: outputs agree to {difference:.1e}")
    return theirs


def write_model(folder, state, canonical, spec, config, metadata):
    folder.mkdir(parents=True, exist_ok=True)
    write_safetensors(folder / "model.safetensors", state, metadata, spec["dtypes"])
    hidden = ("input", "also", "head", "act", "causal", "computed", "qk_norm", "config_name", "attention", "mlp", "logits",
              "no_logits", "feeds", "start", "between", "after", "readers", "tokens", "hidden")
    told = {key: str(value) for key, value in spec.items() if key not in hidden}
    write_safetensors(folder / "canonical.safetensors", {k: np.ascontiguousarray(v) for k, v in canonical.items()}, told)
    if config:
        (folder / spec.get("config_name", "config.json")).write_text(json.dumps(config, indent=1) + "\n")


def sight_of(spec):
    """Who sees whom, where it is not all that came before."""
    hidden = {"hidden": " ".join(map(str, spec["hidden"]))} if "hidden" in spec else {}
    return {**({} if spec["causal"] else {"causal": "False"}), **hidden}


def own_families():
    """The modules of `families/`, in the order of their names."""
    here = pathlib.Path(__file__).parent
    sys.path.insert(0, str(here))
    sys.modules.setdefault("make_architectures", sys.modules[__name__])
    for path in sorted((here / "families").glob("*.py")):
        yield importlib.import_module(f"families.{path.stem}").models


def main(wanted):
    folder = pathlib.Path(__file__).parent / "architectures"
    own = list(own_families())
    for family in [lens_models, gpt2_models, neox_models, llama_models, bert_models, *own]:
        for name, state, canonical, forward, spec, config, metadata in family():
            if wanted and name not in wanted:
                continue
            logits = check(name, canonical, forward, spec)
            write_model(folder / name, state, canonical, spec, config, metadata)
            if family in own and not spec.get("no_logits"):
                beyond = {**{"feed." + k: v for k, v in spec.get("feeds", {}).items()}, **spec.get("between", {}), **spec.get("after", {}),
                          **({"start": spec["start"]} if "start" in spec else {})}
                write_safetensors(folder / name / "logits.safetensors",
                                  {"logits": logits.astype(np.float32), "tokens": np.array(spec.get("tokens", TOKENS), np.int64),
                                   **spec.get("qk_norm", {}), **{k: v.astype(np.float32) for k, v in beyond.items()}},
                                  {"act": spec["act"], "thetas": " ".join(map(str, layer_thetas(spec))), **sight_of(spec),
                                   **spec.get("logits", {})})


if __name__ == "__main__":
    main(sys.argv[1:])
