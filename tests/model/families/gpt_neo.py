"""GPT-Neo (TinyStories). Tensors and forward pass as in Hugging Face's modeling_gpt_neo.py; names and orders also in
TransformerLens' weight_conversions/neo.py: scores are not scaled, every second layer sees a window."""
import numpy as np

from make_architectures import (Maker, attend, columns_of_heads, copy_present, described, gelu, heads_of, layer_norm, linear, merged,
                                read_norm, rows_of_heads, wide)

H, D, M, V, N, L = 3, 6, 5, 7, 9, 2


def make(seed, window):
    m = Maker(seed)
    m.add("transformer.wte.weight", V, D)
    m.add("transformer.wpe.weight", N, D)
    for l in range(L):
        at = f"transformer.h.{l}."
        m.norm(at + "ln_1", D)
        for name in ("k_proj", "v_proj", "q_proj", "out_proj"):
            m.add(f"{at}attn.attention.{name}.weight", D, D)
        m.add(at + "attn.attention.out_proj.bias", D)
        mask = np.tril(np.ones((N, N), bool))
        m.state[at + "attn.attention.bias"] = (mask ^ np.tril(mask, -window) if l % 2 else mask)[None, None]
        m.state[at + "attn.attention.masked_bias"] = np.array(-1e9, np.float32)
        m.norm(at + "ln_2", D)
        for name, shape in (("c_fc", (M, D)), ("c_proj", (D, M))):
            m.add(f"{at}mlp.{name}.weight", *shape)
            m.add(f"{at}mlp.{name}.bias", shape[0])
    m.norm("transformer.ln_f", D)
    return m.state


def take_apart(s):
    t = "transformer."
    c = {"W_E": s[t + "wte.weight"], "W_U": s[t + "wte.weight"].T, "W_pos": s[t + "wpe.weight"]}
    read_norm(c, s, "ln_final", t + "ln_f")
    for l in range(L):
        at, to = f"{t}h.{l}.", f"blocks.{l}."
        for part in "QKV":
            c[f"{to}W_{part}"] = rows_of_heads(s[f"{at}attn.attention.{part.lower()}_proj.weight"], H)
        c[to + "W_O"] = columns_of_heads(s[at + "attn.attention.out_proj.weight"], H)
        c[to + "W_in"], c[to + "W_out"] = s[at + "mlp.c_fc.weight"].T, s[at + "mlp.c_proj.weight"].T
        copy_present(c, s, {to + "b_O": at + "attn.attention.out_proj.bias", to + "b_in": at + "mlp.c_fc.bias",
                            to + "b_out": at + "mlp.c_proj.bias"})
        read_norm(c, s, to + "ln1", at + "ln_1")
        read_norm(c, s, to + "ln2", at + "ln_2")
    return c


def forward(s, tokens, window):
    t = "transformer."
    x = s[t + "wte.weight"][tokens] + s[t + "wpe.weight"][: len(tokens)]
    for l in range(L):
        at = f"{t}h.{l}."
        y = layer_norm(x, s[at + "ln_1.weight"], s[at + "ln_1.bias"])
        q, k, v = (heads_of(linear(s, y, f"{at}attn.attention.{name}_proj"), H) for name in "qkv")
        x = x + linear(s, merged(attend(q, k, v, scale=1, window=window if l % 2 else None)), at + "attn.attention.out_proj")
        y = layer_norm(x, s[at + "ln_2.weight"], s[at + "ln_2.bias"])
        x = x + linear(s, gelu(linear(s, y, at + "mlp.c_fc")), at + "mlp.c_proj")
    return layer_norm(x, s[t + "ln_f.weight"], s[t + "ln_f.bias"]) @ s[t + "wte.weight"].T


def models():
    window = 8  # over the test's positions, as in the files it is over most texts'
    s = make(51, window)
    config = {"model_type": "gpt_neo", "num_layers": L, "num_heads": H, "hidden_size": D, "intermediate_size": M,
              "max_position_embeddings": N, "vocab_size": V, "activation_function": "gelu_new", "window_size": window,
              "attention_types": [[["global", "local"], 1]], "attention_layers": ["global", "local"]}
    yield ("gpt_neo", s, take_apart(s), lambda t: forward(wide(s), t, window),
           described(scheme="GPT-Neo", n_ctx=N, tied=True, scale=1.0), config, {"format": "pt"})
