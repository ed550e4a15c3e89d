"""Qwen 3. Forward pass as in Hugging Face's modular_qwen3.py; names also in llama.cpp's tensor_mapping.py: a Llama whose heads are
wider than d_model / n_heads, and whose queries and keys are normalised, each head's for itself."""
import numpy as np

from make_architectures import (attend, described, heads_of, linear, llama_config, make_llama, merged, rms_norm, silu, turned_halves,
                                wide)

H, K, D, L, d = 4, 2, 6, 2, 4


def forward(s, tokens, theta):
    x = s["model.embed_tokens.weight"][tokens]
    for l in range(L):
        at = f"model.layers.{l}."
        y = rms_norm(x, s[at + "input_layernorm.weight"])
        q, k, v = (heads_of(linear(s, y, f"{at}self_attn.{name}_proj"), n) for name, n in (("q", H), ("k", K), ("v", K)))
        q, k = rms_norm(q, s[at + "self_attn.q_norm.weight"]), rms_norm(k, s[at + "self_attn.k_norm.weight"])
        q, k = (turned_halves(each, d, theta) for each in (q, k))
        x = x + linear(s, merged(attend(q, k, v)), at + "self_attn.o_proj")
        y = rms_norm(x, s[at + "post_attention_layernorm.weight"])
        x = x + linear(s, silu(linear(s, y, at + "mlp.gate_proj")) * linear(s, y, at + "mlp.up_proj"), at + "mlp.down_proj")
    return rms_norm(x, s["model.norm.weight"]) @ s["model.embed_tokens.weight"].T


def models():
    s, c = make_llama(68, H=H, K=K, D=D, d=d, head=False)
    random = np.random.default_rng(69)
    norms = {}
    for l in range(L):
        for name in "qk":
            gain = (1 + random.standard_normal(d) * 0.5).astype(np.float32)
            s[f"model.layers.{l}.self_attn.{name}_norm.weight"] = norms[f"blocks.{l}.{name}_norm"] = gain
    config = llama_config(model_type="qwen3", num_attention_heads=H, num_key_value_heads=K, head_dim=d, rope_theta=1000000.0,
                          tie_word_embeddings=True, attention_bias=False, use_sliding_window=False)
    yield ("qwen3", s, c, lambda t: forward(wide(s), t, 1000000.0),
           described(scheme="Llama", n_heads=H, n_key_value_heads=K, d_head=d, n_ctx=64, norm="rms_norm", rotary=d, theta=1000000.0,
                     act="silu", tied=True, qk_norm=norms), config, {"format": "pt"})
