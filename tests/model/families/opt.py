"""OPT. Tensors and forward pass as in Hugging Face's modeling_opt.py; names and orders also in TransformerLens'
weight_conversions/opt.py: positions begin at row 2 of their table."""
import numpy as np

from make_architectures import (Maker, attend, columns_of_heads, copy_present, cut, described, heads_of, layer_norm, linear, merged,
                                read_norm, rows_of_heads, wide)

H, D, M, V, N, L = 3, 6, 5, 7, 8, 2
P = "model.decoder."


def make(seed):
    m = Maker(seed)
    m.add(P + "embed_tokens.weight", V, D)
    m.add(P + "embed_positions.weight", N + 2, D)
    for l in range(L):
        at = f"{P}layers.{l}."
        for name in ("k_proj", "v_proj", "q_proj", "out_proj"):
            m.add(f"{at}self_attn.{name}.weight", D, D)
            m.add(f"{at}self_attn.{name}.bias", D)
        m.norm(at + "self_attn_layer_norm", D)
        for name, shape in (("fc1", (M, D)), ("fc2", (D, M))):
            m.add(f"{at}{name}.weight", *shape)
            m.add(f"{at}{name}.bias", shape[0])
        m.norm(at + "final_layer_norm", D)
    m.norm(P + "final_layer_norm", D)
    return m.state


def take_apart(s):
    c = {"W_E": s[P + "embed_tokens.weight"], "W_U": s[P + "embed_tokens.weight"].T, "W_pos": s[P + "embed_positions.weight"][2:]}
    read_norm(c, s, "ln_final", P + "final_layer_norm")
    for l in range(L):
        at, to = f"{P}layers.{l}.", f"blocks.{l}."
        for part in "QKV":
            c[f"{to}W_{part}"] = rows_of_heads(s[f"{at}self_attn.{part.lower()}_proj.weight"], H)
            c[f"{to}b_{part}"] = cut(s[f"{at}self_attn.{part.lower()}_proj.bias"], H)
        c[to + "W_O"] = columns_of_heads(s[at + "self_attn.out_proj.weight"], H)
        c[to + "W_in"], c[to + "W_out"] = s[at + "fc1.weight"].T, s[at + "fc2.weight"].T
        copy_present(c, s, {to + "b_O": at + "self_attn.out_proj.bias", to + "b_in": at + "fc1.bias", to + "b_out": at + "fc2.bias"})
        read_norm(c, s, to + "ln1", at + "self_attn_layer_norm")
        read_norm(c, s, to + "ln2", at + "final_layer_norm")
    return c


def forward(s, tokens):
    def norm(x, name):
        return layer_norm(x, s[name + ".weight"], s[name + ".bias"])

    x = s[P + "embed_tokens.weight"][tokens] + s[P + "embed_positions.weight"][np.arange(len(tokens)) + 2]
    for l in range(L):
        at = f"{P}layers.{l}."
        y = norm(x, at + "self_attn_layer_norm")
        q, k, v = (heads_of(linear(s, y, f"{at}self_attn.{name}_proj"), H) for name in "qkv")
        x = x + linear(s, merged(attend(q, k, v)), at + "self_attn.out_proj")
        y = norm(x, at + "final_layer_norm")
        x = x + linear(s, np.maximum(linear(s, y, at + "fc1"), 0), at + "fc2")
    return norm(x, P + "final_layer_norm") @ s[P + "embed_tokens.weight"].T


def models():
    s = make(53)
    config = {"model_type": "opt", "num_hidden_layers": L, "num_attention_heads": H, "hidden_size": D, "ffn_dim": M,
              "max_position_embeddings": N, "vocab_size": V, "word_embed_proj_dim": D, "activation_function": "relu",
              "do_layer_norm_before": True, "_remove_final_layer_norm": False}
    yield ("opt", s, take_apart(s), lambda t: forward(wide(s), t), described(scheme="OPT", n_ctx=N, tied=True, act="relu"), config,
           {"format": "pt"})
