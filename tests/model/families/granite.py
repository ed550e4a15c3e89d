"""Granite. Forward pass as in Hugging Face's modular_granite.py; the four multipliers also in llama.cpp's conversion/granite.py:
a Llama whose config multiplies embeddings, what is written, scores and logits."""
import numpy as np

from make_architectures import (attend, described, heads_of, linear, llama_config, make_llama, merged, rms_norm, silu, turned_halves,
                                wide)

H, K, L = 4, 2, 2
EMBEDDING, RESIDUAL, ATTENTION, LOGITS = 12.0, 0.22, 0.0625, 8.0


def multiplied(c):
    """The canonical weights of a Llama, multiplied in double and rounded once."""
    factors = {"W_E": EMBEDDING, "W_U": 1 / LOGITS}
    for l in range(L):
        factors.update({f"blocks.{l}.W_O": RESIDUAL, f"blocks.{l}.W_out": RESIDUAL})
    return {name: (values.astype(np.float64) * factors[name]).astype(np.float32) if name in factors else values
            for name, values in c.items()}


def forward(s, tokens):
    x = s["model.embed_tokens.weight"][tokens] * EMBEDDING
    for l in range(L):
        at = f"model.layers.{l}."
        y = rms_norm(x, s[at + "input_layernorm.weight"])
        q, k, v = (heads_of(linear(s, y, f"{at}self_attn.{name}_proj"), n) for name, n in (("q", H), ("k", K), ("v", K)))
        q, k = (turned_halves(each, 2, 10000) for each in (q, k))
        x = x + linear(s, merged(attend(q, k, v, scale=ATTENTION)), at + "self_attn.o_proj") * RESIDUAL
        y = rms_norm(x, s[at + "post_attention_layernorm.weight"])
        x = x + linear(s, silu(linear(s, y, at + "mlp.gate_proj")) * linear(s, y, at + "mlp.up_proj"), at + "mlp.down_proj") * RESIDUAL
    return rms_norm(x, s["model.norm.weight"]) @ s["model.embed_tokens.weight"].T / LOGITS


def models():
    s, c = make_llama(60, H=H, K=K, D=8, head=False)
    config = llama_config(model_type="granite", num_attention_heads=H, num_key_value_heads=K, hidden_size=8, tie_word_embeddings=True,
                          embedding_multiplier=EMBEDDING, residual_multiplier=RESIDUAL, attention_multiplier=ATTENTION,
                          logits_scaling=LOGITS, attention_bias=False, mlp_bias=False)
    yield ("granite", s, multiplied(c), lambda t: forward(wide(s), t),
           described(scheme="Granite", n_heads=H, n_key_value_heads=K, d_model=8, n_ctx=64, norm="rms_norm", rotary=2, act="silu",
                     tied=True, scale=ATTENTION, computed=True), config, {"format": "pt"})
