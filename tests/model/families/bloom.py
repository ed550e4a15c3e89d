"""BLOOM. Tensors and forward pass as in Hugging Face's modeling_bloom.py; names and order also in TransformerLens'
weight_conversions/bloom.py."""
import numpy as np

from make_architectures import (Maker, columns_of_heads, copy_present, described, gelu, layer_norm, linear, merged, read_norm, softmax, wide)

H, D, M, V, L = 4, 8, 5, 7, 2
P = "transformer."


def slopes():
    """Of a number of heads that is a power of two."""
    return np.array([2.0 ** (-8 * (h + 1) / H) for h in range(H)])


def attend_by_distance(q, k, v):
    """Scores of a key at s from a query at p fall by slope * (p - s)."""
    n = q.shape[1]
    scores = q @ k.swapaxes(-1, -2) / np.sqrt(q.shape[-1])
    scores = scores + slopes()[:, None, None] * np.arange(n)  # the same but for a number a query
    scores = np.where(np.tril(np.ones((n, n), bool)), scores, -np.inf)
    return softmax(scores) @ v


def canonical_attention(c, x, at, usual):
    out, n = np.zeros_like(x) + c.get(at + "b_O", 0), len(x)
    distance = np.arange(n)[:, None] - np.arange(n)[None]
    for h in range(H):
        q, k, v = (x @ c[at + "W_" + part][h] + (c[at + "b_" + part][h] if at + "b_" + part in c else 0) for part in "QKV")
        scores = q @ k.T / np.sqrt(q.shape[-1]) - slopes()[h] * distance
        out += softmax(np.where(distance >= 0, scores, -np.inf)) @ v @ c[at + "W_O"][h]
    return out


def make(seed):
    m = Maker(seed)
    m.add(P + "word_embeddings.weight", V, D)
    m.norm(P + "word_embeddings_layernorm", D)
    for l in range(L):
        at = f"{P}h.{l}."
        m.norm(at + "input_layernorm", D)
        for name, rows, columns in (("self_attention.query_key_value", 3 * D, D), ("self_attention.dense", D, D),
                                    ("mlp.dense_h_to_4h", M, D), ("mlp.dense_4h_to_h", D, M)):
            m.add(f"{at}{name}.weight", rows, columns)
            m.add(f"{at}{name}.bias", rows)
        m.norm(at + "post_attention_layernorm", D)
    m.norm(P + "ln_f", D)
    return m.state


def take_apart(s):
    d = D // H
    c = {"W_E": s[P + "word_embeddings.weight"], "W_U": s[P + "word_embeddings.weight"].T}
    read_norm(c, s, "ln_embed", P + "word_embeddings_layernorm")
    read_norm(c, s, "ln_final", P + "ln_f")
    for l in range(L):
        at, to = f"{P}h.{l}.", f"blocks.{l}."
        fused = at + "self_attention.query_key_value"
        for k, part in enumerate("QKV"):
            first = [3 * d * h + k * d for h in range(H)]
            c[f"{to}W_{part}"] = np.stack([s[fused + ".weight"][f:f + d].T for f in first])
            c[f"{to}b_{part}"] = np.stack([s[fused + ".bias"][f:f + d] for f in first])
        c[to + "W_O"] = columns_of_heads(s[at + "self_attention.dense.weight"], H)
        c[to + "W_in"], c[to + "W_out"] = s[at + "mlp.dense_h_to_4h.weight"].T, s[at + "mlp.dense_4h_to_h.weight"].T
        copy_present(c, s, {to + "b_O": at + "self_attention.dense.bias", to + "b_in": at + "mlp.dense_h_to_4h.bias",
                            to + "b_out": at + "mlp.dense_4h_to_h.bias"})
        read_norm(c, s, to + "ln1", at + "input_layernorm")
        read_norm(c, s, to + "ln2", at + "post_attention_layernorm")
    return c


def forward(s, tokens):
    """query_key_value is viewed as [head, 3, d_head]."""
    def norm(x, name):
        return layer_norm(x, s[name + ".weight"], s[name + ".bias"])

    x = norm(s[P + "word_embeddings.weight"][tokens], P + "word_embeddings_layernorm")
    for l in range(L):
        at = f"{P}h.{l}."
        fused = linear(s, norm(x, at + "input_layernorm"), at + "self_attention.query_key_value").reshape(len(x), H, 3, -1)
        q, k, v = (fused[:, :, i].swapaxes(0, 1) for i in range(3))
        x = x + linear(s, merged(attend_by_distance(q, k, v)), at + "self_attention.dense")
        y = gelu(linear(s, norm(x, at + "post_attention_layernorm"), at + "mlp.dense_h_to_4h"))
        x = x + linear(s, y, at + "mlp.dense_4h_to_h")
    return norm(x, P + "ln_f") @ s[P + "word_embeddings.weight"].T


def models():
    s = make(123)
    config = {"model_type": "bloom", "n_layer": L, "n_head": H, "hidden_size": D, "vocab_size": V, "layer_norm_epsilon": 1e-5,
              "apply_residual_connection_post_layernorm": False, "slow_but_exact": False, "seq_length": 64}
    spec = described(scheme="BLOOM", n_heads=H, n_key_value_heads=H, d_model=D, n_ctx=0, tied=True, attention=canonical_attention,
                     qk_norm={f"blocks.{l}.slopes": slopes().astype(np.float32) for l in range(L)})
    yield "bloom", s, take_apart(s), lambda t: forward(wide(s), t), spec, config, {"format": "pt"}
