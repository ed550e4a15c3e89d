"""StableLM. Tensors and forward pass as in Hugging Face's modeling_stablelm.py; names also in llama.cpp's
tensor_mapping.py and MLX's stablelm.py: a Llama with LayerNorms, a part of each head rotary, side by side with one norm where the config says so."""
from make_architectures import (Maker, attend, described, heads_of, layer_norm, linear, llama_config, merged, read_llama_parts, read_norm,
                                silu, turned_halves, wide)

H, K, D, M, V, L = 3, 1, 12, 5, 7, 2
d = D // H


def make(seed, parallel, biases):
    m = Maker(seed)
    m.add("model.embed_tokens.weight", V, D)
    for l in range(L):
        at = f"model.layers.{l}."
        for name, n in (("q", H), ("k", K), ("v", K)):
            m.add(f"{at}self_attn.{name}_proj.weight", n * d, D)
            if biases:
                m.add(f"{at}self_attn.{name}_proj.bias", n * d)
        m.add(at + "self_attn.o_proj.weight", D, D)
        for name, shape in (("gate", (M, D)), ("up", (M, D)), ("down", (D, M))):
            m.add(f"{at}mlp.{name}_proj.weight", *shape)
        m.norm(at + "input_layernorm", D)
        if not parallel:
            m.norm(at + "post_attention_layernorm", D)
    m.norm("model.norm", D)
    m.add("lm_head.weight", V, D)
    return m.state


def take_apart(s, parallel):
    c = {"W_E": s["model.embed_tokens.weight"], "W_U": s["lm_head.weight"].T}
    read_norm(c, s, "ln_final", "model.norm")
    for l in range(L):
        at, to = f"model.layers.{l}.", f"blocks.{l}."
        c.update(read_llama_parts(s, at, to, H, K))
        read_norm(c, s, to + "ln1", at + "input_layernorm")
        read_norm(c, s, to + "ln2", at + ("input_layernorm" if parallel else "post_attention_layernorm"))
    return c


def forward(s, tokens, parallel):
    def norm(x, name):
        return layer_norm(x, s[name + ".weight"], s[name + ".bias"])

    x = s["model.embed_tokens.weight"][tokens]
    for l in range(L):
        at = f"model.layers.{l}."
        y = norm(x, at + "input_layernorm")
        q, k, v = (heads_of(linear(s, y, f"{at}self_attn.{name}_proj"), n) for name, n in (("q", H), ("k", K), ("v", K)))
        q, k = (turned_halves(each, 2, 10000) for each in (q, k))
        attention = linear(s, merged(attend(q, k, v)), at + "self_attn.o_proj")
        if not parallel:
            y = norm(x + attention, at + "post_attention_layernorm")
        mlp = linear(s, silu(linear(s, y, at + "mlp.gate_proj")) * linear(s, y, at + "mlp.up_proj"), at + "mlp.down_proj")
        x = x + attention + mlp
    return linear(s, norm(x, "model.norm"), "lm_head")


def models():
    for name, seed, parallel, biases in (("stablelm", 58, False, True), ("stablelm_parallel", 59, True, False)):
        s = make(seed, parallel, biases)
        config = llama_config(model_type="stablelm", hidden_size=D, partial_rotary_factor=0.5, use_qkv_bias=biases,
                              use_parallel_residual=parallel, qk_layernorm=False, layer_norm_eps=1e-5)
        yield (name, s, take_apart(s, parallel), lambda t, s=s, p=parallel: forward(wide(s), t, p),
               described(scheme="StableLM", n_key_value_heads=K, d_model=D, d_head=d, n_ctx=64, parallel=parallel, rotary=2, act="silu"),
               config, {"format": "pt"})
