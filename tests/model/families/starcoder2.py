"""StarCoder 2. Tensors and forward pass as in Hugging Face's modeling_starcoder2.py; names also in llama.cpp's
tensor_mapping.py: Llama's attention, a plain MLP, LayerNorms and biases."""
from make_architectures import (Maker, attend, copy_present, described, gelu, heads_of, layer_norm, linear, llama_config, merged,
                                read_llama_parts, read_norm, turned_halves, wide)

H, K, D, M, V, L = 4, 2, 8, 5, 7, 2
d = D // H


def make(seed):
    m = Maker(seed)
    m.add("model.embed_tokens.weight", V, D)
    for l in range(L):
        at = f"model.layers.{l}."
        for name, shape in (("self_attn.q_proj", (H * d, D)), ("self_attn.k_proj", (K * d, D)), ("self_attn.v_proj", (K * d, D)),
                            ("self_attn.o_proj", (D, H * d)), ("mlp.c_fc", (M, D)), ("mlp.c_proj", (D, M))):
            m.add(f"{at}{name}.weight", *shape)
            m.add(f"{at}{name}.bias", shape[0])
        m.norm(at + "input_layernorm", D)
        m.norm(at + "post_attention_layernorm", D)
    m.norm("model.norm", D)
    return m.state


def take_apart(s):
    c = {"W_E": s["model.embed_tokens.weight"], "W_U": s["model.embed_tokens.weight"].T}
    read_norm(c, s, "ln_final", "model.norm")
    for l in range(L):
        at, to = f"model.layers.{l}.", f"blocks.{l}."
        c.update(read_llama_parts(s, at, to, H, K))
        c[to + "W_in"], c[to + "W_out"] = s[at + "mlp.c_fc.weight"].T, s[at + "mlp.c_proj.weight"].T
        copy_present(c, s, {to + "b_in": at + "mlp.c_fc.bias", to + "b_out": at + "mlp.c_proj.bias"})
        read_norm(c, s, to + "ln1", at + "input_layernorm")
        read_norm(c, s, to + "ln2", at + "post_attention_layernorm")
    return c


def forward(s, tokens, theta):
    def norm(x, name):
        return layer_norm(x, s[name + ".weight"], s[name + ".bias"])

    x = s["model.embed_tokens.weight"][tokens]
    for l in range(L):
        at = f"model.layers.{l}."
        y = norm(x, at + "input_layernorm")
        q, k, v = (heads_of(linear(s, y, f"{at}self_attn.{name}_proj"), n) for name, n in (("q", H), ("k", K), ("v", K)))
        q, k = (turned_halves(each, d, theta) for each in (q, k))
        x = x + linear(s, merged(attend(q, k, v)), at + "self_attn.o_proj")
        x = x + linear(s, gelu(linear(s, norm(x, at + "post_attention_layernorm"), at + "mlp.c_fc")), at + "mlp.c_proj")
    return norm(x, "model.norm") @ s["model.embed_tokens.weight"].T


def models():
    s = make(57)
    config = llama_config(model_type="starcoder2", num_attention_heads=H, num_key_value_heads=K, hidden_size=D, rope_theta=100000.0,
                          hidden_act="gelu_pytorch_tanh", use_bias=True, sliding_window=4096, norm_type="layer_norm", mlp_type="default",
                          tie_word_embeddings=True)
    yield ("starcoder2", s, take_apart(s), lambda t: forward(wide(s), t, 100000.0),
           described(scheme="StarCoder 2", n_heads=H, n_key_value_heads=K, d_model=D, d_head=d, n_ctx=64, rotary=d, theta=100000.0,
                     tied=True), config, {"format": "pt"})
