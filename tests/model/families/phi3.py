"""Phi-3, 3.5 and 4. Tensors and forward pass as in Hugging Face's modeling_phi3.py; names and orders also in TransformerLens'
weight_conversions/phi3.py: queries, keys and values in one matrix, gates and inputs in another."""
import numpy as np

from make_architectures import (Maker, attend, columns_of_heads, described, heads_of, linear, llama_config, merged, read_llama_parts,
                                read_norm, rms_norm, silu, turned_halves, wide)

H, K, D, M, V, L = 4, 2, 8, 5, 7, 2
d = D // H


def make(seed, dtype):
    m = Maker(seed, dtype)
    m.add("model.embed_tokens.weight", V, D)
    for l in range(L):
        at = f"model.layers.{l}."
        m.add(at + "self_attn.qkv_proj.weight", (H + 2 * K) * d, D)
        m.add(at + "self_attn.o_proj.weight", D, H * d)
        m.add(at + "mlp.gate_up_proj.weight", 2 * M, D)
        m.add(at + "mlp.down_proj.weight", D, M)
        m.norm(at + "input_layernorm", D, ("weight",))
        m.norm(at + "post_attention_layernorm", D, ("weight",))
    m.norm("model.norm", D, ("weight",))
    m.add("lm_head.weight", V, D)
    return m.state


def take_apart(s):
    c = {"W_E": s["model.embed_tokens.weight"], "W_U": s["lm_head.weight"].T}
    read_norm(c, s, "ln_final", "model.norm")
    for l in range(L):
        at, to = f"model.layers.{l}.", f"blocks.{l}."
        fused = s[at + "self_attn.qkv_proj.weight"]
        rows = {"Q": range(H), "K": range(H, H + K), "V": range(H + K, H + 2 * K)}
        for part, heads in rows.items():
            c[f"{to}W_{part}"] = np.stack([fused[h * d:(h + 1) * d].T for h in heads])
        c.update(read_llama_parts(s, at, to, H, K, fused_mlp=True))
        read_norm(c, s, to + "ln1", at + "input_layernorm")
        read_norm(c, s, to + "ln2", at + "post_attention_layernorm")
    return c


def forward(s, tokens):
    x = s["model.embed_tokens.weight"][tokens]
    for l in range(L):
        at = f"model.layers.{l}."
        qkv = linear(s, rms_norm(x, s[at + "input_layernorm.weight"]), at + "self_attn.qkv_proj")
        q, k, v = (heads_of(each, n) for each, n in zip(np.split(qkv, [H * d, (H + K) * d], -1), (H, K, K)))
        q, k = (turned_halves(each, d, 10000) for each in (q, k))
        x = x + linear(s, merged(attend(q, k, v)), at + "self_attn.o_proj")
        gate, up = np.split(linear(s, rms_norm(x, s[at + "post_attention_layernorm.weight"]), at + "mlp.gate_up_proj"), 2, -1)
        x = x + linear(s, up * silu(gate), at + "mlp.down_proj")
    return linear(s, rms_norm(x, s["model.norm.weight"]), "lm_head")


def models():
    for name, seed, dtype in (("phi3", 55, "F32"), ("phi3_bf16", 56, "BF16")):
        s = make(seed, dtype)
        config = llama_config(model_type="phi3", num_attention_heads=H, num_key_value_heads=K, hidden_size=D)
        yield (name, s, take_apart(s), lambda t, s=s: forward(wide(s), t),
               described(scheme="Phi-3", n_heads=H, n_key_value_heads=K, d_model=D, d_head=d, n_ctx=64, norm="rms_norm", rotary=d,
                         act="silu", dtypes=dtype), config, {"format": "pt"})
