"""Phi-1, 1.5 and 2. Tensors and forward pass as in Hugging Face's modular_phi.py; names and orders also in TransformerLens'
weight_conversions/phi.py: one norm for attention and MLP side by side, a part of each head rotary, a bias of lm_head."""
from make_architectures import (Maker, attend, columns_of_heads, copy_present, cut, described, gelu, heads_of, layer_norm, linear, merged,
                                read_norm, rows_of_heads, turned_halves, wide)

H, K, D, M, V, L = 4, 2, 16, 7, 7, 2


def make(seed):
    m = Maker(seed)
    m.add("model.embed_tokens.weight", V, D)
    d = D // H
    for l in range(L):
        at = f"model.layers.{l}."
        for name, shape in (("self_attn.q_proj", (H * d, D)), ("self_attn.k_proj", (K * d, D)), ("self_attn.v_proj", (K * d, D)),
                            ("self_attn.dense", (D, H * d)), ("mlp.fc1", (M, D)), ("mlp.fc2", (D, M))):
            m.add(f"{at}{name}.weight", *shape)
            m.add(f"{at}{name}.bias", shape[0])
        m.norm(at + "input_layernorm", D)
    m.norm("model.final_layernorm", D)
    m.add("lm_head.weight", V, D)
    m.add("lm_head.bias", V)
    return m.state


def take_apart(s):
    c = {"W_E": s["model.embed_tokens.weight"], "W_U": s["lm_head.weight"].T, "b_U": s["lm_head.bias"]}
    read_norm(c, s, "ln_final", "model.final_layernorm")
    for l in range(L):
        at, to = f"model.layers.{l}.", f"blocks.{l}."
        for part, n in (("Q", H), ("K", K), ("V", K)):
            c[f"{to}W_{part}"] = rows_of_heads(s[f"{at}self_attn.{part.lower()}_proj.weight"], n)
            c[f"{to}b_{part}"] = cut(s[f"{at}self_attn.{part.lower()}_proj.bias"], n)
        c[to + "W_O"] = columns_of_heads(s[at + "self_attn.dense.weight"], H)
        c[to + "W_in"], c[to + "W_out"] = s[at + "mlp.fc1.weight"].T, s[at + "mlp.fc2.weight"].T
        copy_present(c, s, {to + "b_O": at + "self_attn.dense.bias", to + "b_in": at + "mlp.fc1.bias", to + "b_out": at + "mlp.fc2.bias"})
        read_norm(c, s, to + "ln1", at + "input_layernorm")
        read_norm(c, s, to + "ln2", at + "input_layernorm")
    return c


def forward(s, tokens):
    x = s["model.embed_tokens.weight"][tokens]
    for l in range(L):
        at = f"model.layers.{l}."
        y = layer_norm(x, s[at + "input_layernorm.weight"], s[at + "input_layernorm.bias"])
        q, k, v = (heads_of(linear(s, y, f"{at}self_attn.{name}_proj"), n) for name, n in (("q", H), ("k", K), ("v", K)))
        q, k = (turned_halves(each, 2, 10000) for each in (q, k))
        x = x + linear(s, merged(attend(q, k, v)), at + "self_attn.dense") + \
            linear(s, gelu(linear(s, y, at + "mlp.fc1")), at + "mlp.fc2")
    return linear(s, layer_norm(x, s["model.final_layernorm.weight"], s["model.final_layernorm.bias"]), "lm_head")


def models():
    s = make(54)
    config = {"model_type": "phi", "num_hidden_layers": L, "num_attention_heads": H, "num_key_value_heads": K, "hidden_size": D,
              "intermediate_size": M, "max_position_embeddings": 64, "vocab_size": V, "hidden_act": "gelu_new", "rope_theta": 10000.0,
              "partial_rotary_factor": 0.5, "qk_layernorm": False, "tie_word_embeddings": False}
    yield ("phi", s, take_apart(s), lambda t: forward(wide(s), t),
           described(scheme="Phi", n_heads=H, n_key_value_heads=K, d_model=D, d_head=D // H, d_mlp=M, n_ctx=64, parallel=True, rotary=2),
           config, {"format": "pt"})
