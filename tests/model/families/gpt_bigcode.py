"""GPT-BigCode (SantaCoder, StarCoder). Tensors and forward pass as in Hugging Face's modeling_gpt_bigcode.py; the
order of queries, keys and values, in both modes, also in optimum-habana (gpt_bigcode) and in llama.cpp's convert_hf_to_gguf.py."""
from make_architectures import (Maker, attend, columns_of_heads, copy_present, described, gelu, gpt2_config, heads_of, layer_norm,
                                linear, merged, read_norm, wide)

import numpy as np

H, D, M, V, N, L = 3, 6, 5, 7, 8, 2
P = "transformer."


def make(seed, one):
    m, d = Maker(seed), D // H
    m.add(P + "wte.weight", V, D)
    m.add(P + "wpe.weight", N, D)
    for l in range(L):
        at = f"{P}h.{l}."
        for name, rows, columns in (("attn.c_attn", D + 2 * d if one else 3 * D, D), ("attn.c_proj", D, D), ("mlp.c_fc", M, D),
                                    ("mlp.c_proj", D, M)):
            m.add(f"{at}{name}.weight", rows, columns)
            m.add(f"{at}{name}.bias", rows)
        m.norm(at + "ln_1", D)
        m.norm(at + "ln_2", D)
    m.norm(P + "ln_f", D)
    m.state["lm_head.weight"] = m.state[P + "wte.weight"]
    return m.state


def take_apart(s, one):
    d = D // H
    c = {"W_E": s[P + "wte.weight"], "W_U": s[P + "wte.weight"].T, "W_pos": s[P + "wpe.weight"]}
    read_norm(c, s, "ln_final", P + "ln_f")
    for l in range(L):
        at, to = f"{P}h.{l}.", f"blocks.{l}."
        for k, part in enumerate("QKV"):
            if one:
                first = [h * d for h in range(H)] if k == 0 else [D + (k - 1) * d]
            else:
                first = [3 * d * h + k * d for h in range(H)]
            c[f"{to}W_{part}"] = np.stack([s[at + "attn.c_attn.weight"][f:f + d].T for f in first])
            c[f"{to}b_{part}"] = np.stack([s[at + "attn.c_attn.bias"][f:f + d] for f in first])
        c[to + "W_O"] = columns_of_heads(s[at + "attn.c_proj.weight"], H)
        c[to + "W_in"], c[to + "W_out"] = s[at + "mlp.c_fc.weight"].T, s[at + "mlp.c_proj.weight"].T
        copy_present(c, s, {to + "b_O": at + "attn.c_proj.bias", to + "b_in": at + "mlp.c_fc.bias", to + "b_out": at + "mlp.c_proj.bias"})
        read_norm(c, s, to + "ln1", at + "ln_1")
        read_norm(c, s, to + "ln2", at + "ln_2")
    return c


def forward(s, tokens, one):
    d = D // H

    def norm(x, name):
        return layer_norm(x, s[name + ".weight"], s[name + ".bias"])

    x = s[P + "wte.weight"][tokens] + s[P + "wpe.weight"][: len(tokens)]
    for l in range(L):
        at = f"{P}h.{l}."
        both = linear(s, norm(x, at + "ln_1"), at + "attn.c_attn")
        if one:
            q, kv = both[:, :D], both[:, D:]
            q, k, v = heads_of(q, H), np.repeat(kv[None, :, :d], H, 0), np.repeat(kv[None, :, d:], H, 0)
        else:
            each = both.reshape(len(x), H, 3 * d).swapaxes(0, 1)
            q, k, v = each[..., :d], each[..., d:2 * d], each[..., 2 * d:]
        x = x + linear(s, merged(attend(q, k, v)), at + "attn.c_proj")
        x = x + linear(s, gelu(linear(s, norm(x, at + "ln_2"), at + "mlp.c_fc")), at + "mlp.c_proj")
    return norm(x, P + "ln_f") @ s["lm_head.weight"].T


def models():
    for name, seed, one in (("gpt_bigcode", 121, True), ("gpt_bigcode_heads", 122, False)):
        s = make(seed, one)
        config = {**gpt2_config(model_type="gpt_bigcode", multi_query=one, attention_softmax_in_fp32=True,
                                scale_attention_softmax_in_fp32=True, activation_function="gelu_pytorch_tanh", n_positions=N, n_ctx=N), "n_inner": M}
        spec = described(scheme="GPT-BigCode" if one else "GPT-BigCode (a key each)", n_key_value_heads=1 if one else H, n_ctx=N)
        yield name, s, take_apart(s, one), lambda t, s=s, one=one: forward(wide(s), t, one), spec, config, {"format": "pt"}
