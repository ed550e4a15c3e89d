"""The Trajectory Transformer, and minGPT, which it is made of. Tensors and forward pass as in jannerm/trajectory-transformer
(trajectory/models/transformers.py, ein.py); Hugging Face's names (modeling_trajectory_transformer.py) differ in those of the MLP. minGPT's old names
are the same but for the head."""
import numpy as np

from make_architectures import (TOKENS, Maker, attend, columns_of_heads, copy_present, cut, described, gelu, heads_of, layer_norm, linear, merged,
                                read_norm, rows_of_heads, wide)

H, D, M, V, N, L, T = 3, 6, 24, 6, 9, 2, 3


def make(seed, first, second, stacked):
    m = Maker(seed)
    m.add("tok_emb.weight", V * T + 1 if stacked else V, D)
    m.add("pos_emb", 1, N, D)
    for l in range(L):
        at = f"blocks.{l}."
        for name, rows, columns in (("attn.key", D, D), ("attn.query", D, D), ("attn.value", D, D), ("attn.proj", D, D), (first, M, D), (second, D, M)):
            m.add(f"{at}{name}.weight", rows, columns)
            m.add(f"{at}{name}.bias", rows)
        m.norm(at + "ln1", D)
        m.norm(at + "ln2", D)
        m.state[at + "attn.mask"] = np.tril(np.ones((1, 1, N, N), np.float32))
    m.norm("ln_f", D)
    m.add("head.weight", *((T, V + 1, D) if stacked else (V, D)))
    return m.state


def take_apart(s, first, second):
    c = {"W_E": s["tok_emb.weight"], "W_pos": s["pos_emb"][0]}
    if s["head.weight"].ndim == 3:
        c["extra.head.weight"] = s["head.weight"].reshape(-1, D)
    else:
        c["W_U"] = s["head.weight"].T
    read_norm(c, s, "ln_final", "ln_f")
    for l in range(L):
        at = to = f"blocks.{l}."
        for part, name in (("Q", "query"), ("K", "key"), ("V", "value")):
            c[f"{to}W_{part}"] = rows_of_heads(s[f"{at}attn.{name}.weight"], H)
            c[f"{to}b_{part}"] = cut(s[f"{at}attn.{name}.bias"], H)
        c[to + "W_O"] = columns_of_heads(s[at + "attn.proj.weight"], H)
        c[to + "W_in"], c[to + "W_out"] = s[f"{at}{first}.weight"].T, s[f"{at}{second}.weight"].T
        copy_present(c, s, {to + "b_O": at + "attn.proj.bias", to + "b_in": f"{at}{first}.bias", to + "b_out": f"{at}{second}.bias"})
        read_norm(c, s, to + "ln1", at + "ln1")
        read_norm(c, s, to + "ln2", at + "ln2")
    return c


def offset_tokens(tokens):
    """The tokens of each dimension of a transition follow those of the one before."""
    return [token + (p % T) * V for p, token in enumerate(tokens)]


def forward(s, tokens, first, second, hidden):
    def norm(x, name):
        return layer_norm(x, s[name + ".weight"], s[name + ".bias"])

    x = s["tok_emb.weight"][tokens] + s["pos_emb"][0][: len(tokens)]
    for l in range(L):
        at = f"blocks.{l}."
        y = norm(x, at + "ln1")
        q, k, v = (heads_of(linear(s, y, f"{at}attn.{name}"), H) for name in ("query", "key", "value"))
        x = x + linear(s, merged(attend(q, k, v, hidden=hidden)), at + "attn.proj")
        x = x + linear(s, gelu(linear(s, norm(x, at + "ln2"), at + first)), at + second)
    return norm(x, "ln_f")


def predictions(s, first, second):
    """Of all predictors at all positions, of which the model takes one at each: the one of the position's dimension."""
    x = forward(s, offset_tokens(TOKENS), first, second, [T - 1])
    padded = np.concatenate((x, np.zeros((-len(x) % T, D)))).reshape(-1, T, D)
    taken = np.einsum("eoi,bei->beo", s["head.weight"], padded).reshape(-1, V + 1)[: len(x)]
    every = np.einsum("eoi,pi->peo", s["head.weight"], x)
    assert np.allclose(taken, every[np.arange(len(x)), np.arange(len(x)) % T])
    return every.reshape(len(x), -1)


def models():
    sizes = {"n_layer": L, "n_head": H, "n_embd": D, "block_size": N, "vocab_size": V}
    hf = {**sizes, "model_type": "trajectory_transformer", "transition_dim": T, "observation_dim": 1, "action_dim": 0}
    for name, seed, first, second, config in (("trajectory_transformer", 191, "l1", "l2", hf), ("trajectory_original", 192, "mlp.0", "mlp.2", None)):
        s = make(seed, first, second, True)
        spec = described(scheme="Trajectory Transformer", d_mlp=M, d_vocab=V * T + 1, n_ctx=N, readers=["head.weight"], hidden=[T - 1],
                         tokens=offset_tokens(TOKENS), **({} if config else {"given_heads": H}))
        yield (name, s, take_apart(s, first, second), lambda t, s=s, a=first, b=second: predictions(wide(s), a, b), spec, config, {"format": "pt"})
    s = make(193, "mlp.0", "mlp.2", False)
    yield ("min_gpt", s, take_apart(s, "mlp.0", "mlp.2"), lambda t, s=s: forward(wide(s), t, "mlp.0", "mlp.2", []) @ wide(s)["head.weight"].T,
           described(scheme="minGPT", d_mlp=M, d_vocab=V, n_ctx=N, given_heads=H), None, {"format": "pt"})
