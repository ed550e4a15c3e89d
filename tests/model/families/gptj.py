"""GPT-J. Tensors and forward pass as in Hugging Face's modeling_gptj.py; names and orders also in TransformerLens'
weight_conversions/gptj.py: one norm for attention and MLP side by side, neighbouring rotary pairs, a bias of lm_head."""
import numpy as np

from make_architectures import (Maker, attend, columns_of_heads, copy_present, described, gelu, heads_of, layer_norm, linear, merged,
                                read_norm, rows_of_heads, turned_pairs, wide)

H, D, M, V, L, TURNING = 2, 12, 7, 7, 2, 4


def make(seed):
    m = Maker(seed)
    m.add("transformer.wte.weight", V, D)
    for l in range(L):
        at = f"transformer.h.{l}."
        m.norm(at + "ln_1", D)
        for name in ("k_proj", "v_proj", "q_proj", "out_proj"):
            m.add(f"{at}attn.{name}.weight", D, D)
        m.state[at + "attn.bias"] = np.tril(np.ones((1, 1, 5, 5), bool))
        m.state[at + "attn.masked_bias"] = np.array(-1e9, np.float32)
        for name, shape in (("fc_in", (M, D)), ("fc_out", (D, M))):
            m.add(f"{at}mlp.{name}.weight", *shape)
            m.add(f"{at}mlp.{name}.bias", shape[0])
    m.norm("transformer.ln_f", D)
    m.add("lm_head.weight", V, D)
    m.add("lm_head.bias", V)
    return m.state


def take_apart(s):
    c = {"W_E": s["transformer.wte.weight"], "W_U": s["lm_head.weight"].T, "b_U": s["lm_head.bias"]}
    read_norm(c, s, "ln_final", "transformer.ln_f")
    for l in range(L):
        at, to = f"transformer.h.{l}.", f"blocks.{l}."
        for part in "QKV":
            c[f"{to}W_{part}"] = rows_of_heads(s[f"{at}attn.{part.lower()}_proj.weight"], H)
        c[to + "W_O"] = columns_of_heads(s[at + "attn.out_proj.weight"], H)
        c[to + "W_in"], c[to + "W_out"] = s[at + "mlp.fc_in.weight"].T, s[at + "mlp.fc_out.weight"].T
        copy_present(c, s, {to + "b_in": at + "mlp.fc_in.bias", to + "b_out": at + "mlp.fc_out.bias"})
        read_norm(c, s, to + "ln1", at + "ln_1")
        read_norm(c, s, to + "ln2", at + "ln_1")
    return c


def forward(s, tokens):
    x = s["transformer.wte.weight"][tokens]
    for l in range(L):
        at = f"transformer.h.{l}."
        y = layer_norm(x, s[at + "ln_1.weight"], s[at + "ln_1.bias"])
        q, k, v = (heads_of(linear(s, y, f"{at}attn.{name}_proj"), H) for name in "qkv")
        q, k = (turned_pairs(each, TURNING, 10000) for each in (q, k))
        x = x + linear(s, merged(attend(q, k, v)), at + "attn.out_proj") + \
            linear(s, gelu(linear(s, y, at + "mlp.fc_in")), at + "mlp.fc_out")
    return linear(s, layer_norm(x, s["transformer.ln_f.weight"], s["transformer.ln_f.bias"]), "lm_head")


def models():
    s = make(52)
    config = {"model_type": "gptj", "n_layer": L, "n_head": H, "n_embd": D, "n_inner": None, "n_positions": 64, "vocab_size": V,
              "activation_function": "gelu_new", "rotary_dim": TURNING, "tie_word_embeddings": False, "rotary": True}
    yield ("gptj", s, take_apart(s), lambda t: forward(wide(s), t),
           described(scheme="GPT-J", n_heads=H, n_key_value_heads=H, d_model=D, d_head=D // H, d_mlp=M, n_ctx=64, parallel=True,
                     rotary=TURNING, pairing="interleaved"), config, {"format": "pt"})
