"""SmolLM 2, a Llama of which heads share keys and values, and SmolLM 3, of which some layers know no positions. Forward passes as in
Hugging Face's modeling_llama.py and modular_smollm3.py; llama.cpp's converter takes SmolLM 3's names as Llama's, too."""
from make_architectures import (attend, described, heads_of, linear, llama_config, make_llama, merged, rms_norm, silu, turned_halves,
                                wide)

H, K, D, d, L = 3, 1, 12, 4, 2


def forward(s, tokens, theta, turning):
    x = s["model.embed_tokens.weight"][tokens]
    for l in range(L):
        at = f"model.layers.{l}."
        y = rms_norm(x, s[at + "input_layernorm.weight"])
        q, k, v = (heads_of(linear(s, y, f"{at}self_attn.{name}_proj"), n) for name, n in (("q", H), ("k", K), ("v", K)))
        if turning[l]:
            q, k = (turned_halves(each, d, theta) for each in (q, k))
        x = x + linear(s, merged(attend(q, k, v)), at + "self_attn.o_proj")
        y = rms_norm(x, s[at + "post_attention_layernorm.weight"])
        x = x + linear(s, silu(linear(s, y, at + "mlp.gate_proj")) * linear(s, y, at + "mlp.up_proj"), at + "mlp.down_proj")
    return rms_norm(x, s["model.norm.weight"]) @ s["model.embed_tokens.weight"].T


def models():
    for name, seed, scheme, kind, turning in (("smollm2", 74, "Llama", {"model_type": "llama"}, [1, 1]),
                                              ("smollm3", 75, "SmolLM 3", {"model_type": "smollm3", "no_rope_layers": [1, 0]}, [1, 0])):
        s, c = make_llama(seed, H=H, K=K, D=D, d=d, head=False)
        config = llama_config(num_attention_heads=H, num_key_value_heads=K, hidden_size=D, rope_theta=100000.0, tie_word_embeddings=True,
                              **kind)
        spec = {} if all(turning) else {"turning": turning, "conflict": True}
        yield (name, s, c, lambda t, s=s, turning=turning: forward(wide(s), t, 100000.0, turning),
               described(scheme=scheme, n_heads=H, n_key_value_heads=K, d_model=D, d_head=d, n_ctx=64, norm="rms_norm", rotary=d,
                         theta=100000.0, act="silu", tied=True, **spec), config, {"format": "pt"})
