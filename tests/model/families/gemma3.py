"""Gemma 3. Forward pass as in Hugging Face's modular_gemma3.py; names also in llama.cpp's tensor_mapping.py: Gemma 2
with normalised queries and keys, no caps, and another theta in windowed layers. Behind the prefix of models that see images."""
import numpy as np

from make_architectures import (attend, described, gelu, heads_of, linear, llama_config, make_llama, merged, rms_norm, round_to,
                                turned_halves, wide)

H, K, D, L, d = 4, 2, 6, 2, 4
SCALAR, LOCAL, GLOBAL = 9.0, 10000.0, 1000000.0


def forward(s, tokens, p, thetas):
    def norm(x, name):
        return rms_norm(x, 1 + s[name + ".weight"])

    x = s[p + "embed_tokens.weight"][tokens] * float(round_to(np.float32(D ** 0.5), "F32"))
    for l in range(L):
        at = f"{p}layers.{l}."
        y = norm(x, at + "input_layernorm")
        q, k, v = (heads_of(linear(s, y, f"{at}self_attn.{name}_proj"), n) for name, n in (("q", H), ("k", K), ("v", K)))
        q, k = norm(q, at + "self_attn.q_norm"), norm(k, at + "self_attn.k_norm")
        q, k = (turned_halves(each, d, thetas[l]) for each in (q, k))
        y = linear(s, merged(attend(q, k, v, scale=SCALAR ** -0.5)), at + "self_attn.o_proj")
        x = x + norm(y, at + "post_attention_layernorm")
        y = norm(x, at + "pre_feedforward_layernorm")
        y = linear(s, gelu(linear(s, y, at + "mlp.gate_proj")) * linear(s, y, at + "mlp.up_proj"), at + "mlp.down_proj")
        x = x + norm(y, at + "post_feedforward_layernorm")
    return norm(x, p + "norm") @ s[p + "embed_tokens.weight"].T


def models():
    text = {"num_attention_heads": H, "num_key_value_heads": K, "head_dim": d, "hidden_activation": "gelu_pytorch_tanh",
            "query_pre_attn_scalar": SCALAR, "rope_theta": GLOBAL, "rope_local_base_freq": LOCAL, "sliding_window": 512,
            "sliding_window_pattern": 2, "attn_logit_softcapping": None, "final_logit_softcapping": None, "tie_word_embeddings": True}
    for name, seed, prefix, outer in (("gemma3", 70, "model.", None), ("gemma3_images", 72, "language_model.model.", "gemma3")):
        s, c = make_llama(seed, H=H, K=K, D=D, d=d, head=False, gemma=2, prefix=prefix)
        random = np.random.default_rng(seed + 1)
        norms = {}
        for l in range(L):
            for part in "qk":
                stored = (random.standard_normal(d) * 0.5).astype(np.float32)
                s[f"{prefix}layers.{l}.self_attn.{part}_norm.weight"] = stored
                norms[f"blocks.{l}.{part}_norm"] = stored + np.float32(1)
        config = llama_config(model_type="gemma3_text", **text)
        yield (name, s, c, lambda t, s=s, p=prefix: forward(wide(s), t, p, [LOCAL, GLOBAL]),
               described(scheme="Gemma 2", n_heads=H, n_key_value_heads=K, d_head=d, n_ctx=64, norm="rms_norm", rotary=d,
                         thetas=[LOCAL, GLOBAL], act="gelu", placement="both", tied=True, scale=SCALAR ** -0.5, qk_norm=norms,
                         conflict=True),
               {"model_type": outer, "text_config": config, "tie_word_embeddings": True} if outer else config, {"format": "pt"})
