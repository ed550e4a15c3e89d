"""Falcon 7B (one key/value head), 40B (some), RW (one each; ALiBi). Tensors and forward pass as in Hugging Face's
modeling_falcon.py; the order of queries, keys and values also in lit-gpt's and llama.cpp's conversions."""
import numpy as np

from families.bloom import attend_by_distance, canonical_attention, slopes
from make_architectures import (Maker, attend, columns_of_heads, copy_present, described, gelu, heads_of, layer_norm, linear, merged,
                                read_norm, rotary_tables, rotate_half, wide)

H, D, M, V, L = 4, 16, 5, 7, 2
d = D // H
P = "transformer."
NORMS = {"7b": ("input_layernorm", "input_layernorm"), "40b": ("ln_attn", "ln_mlp"), "rw": ("input_layernorm", "post_attention_layernorm")}
SHARED = {"7b": 1, "40b": 2, "rw": H}


def make(seed, kind):
    m, biases = Maker(seed), kind == "rw"
    m.add(P + "word_embeddings.weight", V, D)
    for l in range(L):
        at = f"{P}h.{l}."
        for name in dict.fromkeys(NORMS[kind]):
            m.norm(at + name, D)
        for name, rows, columns in (("self_attention.query_key_value", (H + 2 * SHARED[kind]) * d, D), ("self_attention.dense", D, D),
                                    ("mlp.dense_h_to_4h", M, D), ("mlp.dense_4h_to_h", D, M)):
            m.add(f"{at}{name}.weight", rows, columns)
            if biases:
                m.add(f"{at}{name}.bias", rows)
    m.norm(P + "ln_f", D)
    return m.state


def first_rows(kind):
    """Of each head's queries, keys and values in query_key_value."""
    shared = SHARED[kind]
    group = H // shared
    each = (group + 2) * d
    return {"Q": [h // group * each + h % group * d for h in range(H)], "K": [k * each + group * d for k in range(shared)],
            "V": [k * each + (group + 1) * d for k in range(shared)]}


def take_apart(s, kind):
    c = {"W_E": s[P + "word_embeddings.weight"], "W_U": s[P + "word_embeddings.weight"].T}
    read_norm(c, s, "ln_final", P + "ln_f")
    for l in range(L):
        at, to = f"{P}h.{l}.", f"blocks.{l}."
        fused = at + "self_attention.query_key_value"
        for part, first in first_rows(kind).items():
            c[f"{to}W_{part}"] = np.stack([s[fused + ".weight"][f:f + d].T for f in first])
            if fused + ".bias" in s:
                c[f"{to}b_{part}"] = np.stack([s[fused + ".bias"][f:f + d] for f in first])
        c[to + "W_O"] = columns_of_heads(s[at + "self_attention.dense.weight"], H)
        c[to + "W_in"], c[to + "W_out"] = s[at + "mlp.dense_h_to_4h.weight"].T, s[at + "mlp.dense_4h_to_h.weight"].T
        copy_present(c, s, {to + "b_O": at + "self_attention.dense.bias", to + "b_in": at + "mlp.dense_h_to_4h.bias",
                            to + "b_out": at + "mlp.dense_4h_to_h.bias"})
        for part, name in zip(("ln1", "ln2"), NORMS[kind]):
            read_norm(c, s, to + part, at + name)
    return c


def split(fused, kind):
    """As _split_heads does it: queries, keys and values [head, position, d_head], keys and values repeated."""
    n = len(fused)
    if kind == "40b":
        x = fused.reshape(n, -1, H // SHARED[kind] + 2, d)
        q, k, v = x[:, :, :-2], x[:, :, [-2]], x[:, :, [-1]]
        k, v = np.broadcast_to(k, q.shape), np.broadcast_to(v, q.shape)
        return (each.reshape(n, H, d).swapaxes(0, 1) for each in (q, k, v))
    if kind == "rw":
        x = fused.reshape(n, H, 3, d)
        return (x[:, :, i].swapaxes(0, 1) for i in range(3))
    x = fused.reshape(n, H + 2, d).swapaxes(0, 1)
    return x[:-2], np.repeat(x[[-2]], H, 0), np.repeat(x[[-1]], H, 0)


def forward(s, tokens, kind):
    def norm(x, name):
        return layer_norm(x, s[name + ".weight"], s[name + ".bias"])

    x = s[P + "word_embeddings.weight"][tokens]
    cos, sin = rotary_tables(np.arange(len(tokens)), d, 10000)
    for l in range(L):
        at = f"{P}h.{l}."
        q, k, v = split(linear(s, norm(x, at + NORMS[kind][0]), at + "self_attention.query_key_value"), kind)
        if kind == "rw":
            mixed = attend_by_distance(q, k, v)
        else:
            mixed = attend(*(each * cos + rotate_half(each) * sin for each in (q, k)), v)
        attention = linear(s, merged(mixed), at + "self_attention.dense")
        y = norm(x + attention if kind == "rw" else x, at + NORMS[kind][1])
        x = x + attention + linear(s, gelu(linear(s, y, at + "mlp.dense_h_to_4h")), at + "mlp.dense_4h_to_h")
    return norm(x, P + "ln_f") @ s[P + "word_embeddings.weight"].T


def models():
    for kind, seed in (("7b", 131), ("40b", 132), ("rw", 133)):
        s = make(seed, kind)
        config = {"model_type": "falcon", "num_hidden_layers": L, "num_attention_heads": H, "hidden_size": D, "vocab_size": V,
                  "num_kv_heads": 2 if kind == "40b" else H, "multi_query": kind != "rw", "new_decoder_architecture": kind == "40b",
                  "parallel_attn": kind != "rw", "alibi": kind == "rw", "bias": kind == "rw", "layer_norm_epsilon": 1e-5}
        spec = described(scheme="Falcon (a key each)" if kind == "rw" else "Falcon", n_heads=H, n_key_value_heads=SHARED[kind], d_model=D,
                         d_head=d, n_ctx=0, tied=True, parallel=kind != "rw", rotary=0 if kind == "rw" else d)
        if kind == "rw":
            spec.update(attention=canonical_attention, qk_norm={f"blocks.{l}.slopes": slopes().astype(np.float32) for l in range(L)})
        yield f"falcon_{kind}", s, take_apart(s, kind), lambda t, s=s, k=kind: forward(wide(s), t, k), spec, config, {"format": "pt"}
