"""Whisper, tower by tower. Tensors and forward pass as in Hugging Face's modeling_whisper.py; names and orders also in its
convert_openai_to_hf.py, and in OpenAI's whisper/model.py, whose names those of others map to. Keys have no bias. What the decoder's
attention to the encoder writes is handed to the comparison as it is: no part holds it."""
import numpy as np

from make_architectures import (TOKENS, Maker, attend, columns_of_heads, copy_present, cut, described, gelu, heads_of, layer_norm, linear, merged,
                                read_norm, rows_of_heads, wide)

D, M, V, N, FRAMES, MELS = 6, 5, 7, 5, 4, 3
SOUND = np.random.default_rng(9).standard_normal((MELS, 2 * FRAMES))


def make(seed, layers):
    m = Maker(seed)
    m.add("model.encoder.conv1.weight", D, MELS, 3)
    m.add("model.encoder.conv1.bias", D)
    m.add("model.encoder.conv2.weight", D, D, 3)
    m.add("model.encoder.conv2.bias", D)
    m.add("model.encoder.embed_positions.weight", FRAMES, D)
    m.add("model.decoder.embed_tokens.weight", V, D)
    m.add("model.decoder.embed_positions.weight", N, D)
    for tower in ("encoder", "decoder"):
        for l in range(layers[tower]):
            at = f"model.{tower}.layers.{l}."
            for attention in ("self_attn",) if tower == "encoder" else ("self_attn", "encoder_attn"):
                for name in ("k_proj", "v_proj", "q_proj", "out_proj"):
                    m.add(f"{at}{attention}.{name}.weight", D, D)
                    if name != "k_proj":
                        m.add(f"{at}{attention}.{name}.bias", D)
                m.norm(f"{at}{attention}_layer_norm", D)
            for name, rows, columns in (("fc1", M, D), ("fc2", D, M)):
                m.add(f"{at}{name}.weight", rows, columns)
                m.add(f"{at}{name}.bias", rows)
            m.norm(at + "final_layer_norm", D)
        m.norm(f"model.{tower}.layer_norm", D)
    return m.state


def take_apart(s, tower, H, layers):
    p = f"model.{tower}."
    c = {"W_pos": s[p + "embed_positions.weight"]}
    if tower == "decoder":
        c["W_E"], c["W_U"] = s[p + "embed_tokens.weight"], s[p + "embed_tokens.weight"].T
    read_norm(c, s, "ln_final", p + "layer_norm")
    for l in range(layers):
        at, to = f"{p}layers.{l}.", f"blocks.{l}."
        for part in "QKV":
            name = f"{at}self_attn.{part.lower()}_proj"
            c[f"{to}W_{part}"] = rows_of_heads(s[name + ".weight"], H)
            if name + ".bias" in s:
                c[f"{to}b_{part}"] = cut(s[name + ".bias"], H)
        c[to + "W_O"] = columns_of_heads(s[at + "self_attn.out_proj.weight"], H)
        c[to + "W_in"], c[to + "W_out"] = s[at + "fc1.weight"].T, s[at + "fc2.weight"].T
        copy_present(c, s, {to + "b_O": at + "self_attn.out_proj.bias", to + "b_in": at + "fc1.bias", to + "b_out": at + "fc2.bias"})
        read_norm(c, s, to + "ln1", at + "self_attn_layer_norm")
        read_norm(c, s, to + "ln2", at + "final_layer_norm")
    return c


def convolution(x, weight, bias, stride):
    """Three wide, with a zero on either side."""
    x = np.pad(x, ((0, 0), (1, 1)))
    return np.stack([np.einsum("oik,ik->o", weight, x[:, p:p + 3]) + bias for p in range(0, x.shape[1] - 2, stride)], -1)


def heard(s):
    e = "model.encoder."
    x = gelu(convolution(SOUND, s[e + "conv1.weight"], s[e + "conv1.bias"], 1))
    return gelu(convolution(x, s[e + "conv2.weight"], s[e + "conv2.bias"], 2)).T


def attention(s, name, read, seen, H, causal):
    q, k, v = (heads_of(linear(s, x, f"{name}.{part}_proj"), H) for part, x in (("q", read), ("k", seen), ("v", seen)))
    return linear(s, merged(attend(q, k, v, causal=causal)), name + ".out_proj")


def forward(s, H, layers, tokens):
    """What the encoder gives, what the decoder predicts, and what attention to the encoder writes in each layer."""
    def norm(x, name):
        return layer_norm(x, s[name + ".weight"], s[name + ".bias"])

    def think(x, at):
        return x + linear(s, gelu(linear(s, norm(x, at + "final_layer_norm"), at + "fc1")), at + "fc2")

    x = heard(s) + s["model.encoder.embed_positions.weight"]
    for l in range(layers["encoder"]):
        at = f"model.encoder.layers.{l}."
        y = norm(x, at + "self_attn_layer_norm")
        x = think(x + attention(s, at + "self_attn", y, y, H["encoder"], False), at)
    given = norm(x, "model.encoder.layer_norm")
    x = s["model.decoder.embed_tokens.weight"][tokens] + s["model.decoder.embed_positions.weight"][: len(tokens)]
    crossed = {}
    for l in range(layers["decoder"]):
        at = f"model.decoder.layers.{l}."
        y = norm(x, at + "self_attn_layer_norm")
        x = x + attention(s, at + "self_attn", y, y, H["decoder"], True)
        written = attention(s, at + "encoder_attn", norm(x, at + "encoder_attn_layer_norm"), given, H["decoder"], False)
        crossed[f"blocks.{l}.between"] = written
        x = think(x + written, at)
    return given, norm(x, "model.decoder.layer_norm") @ s["model.decoder.embed_tokens.weight"].T, crossed


def config_of(H, layers):
    return {"model_type": "whisper", "d_model": D, "encoder_layers": layers["encoder"], "decoder_layers": layers["decoder"],
            "num_hidden_layers": layers["encoder"], "encoder_attention_heads": H["encoder"], "decoder_attention_heads": H["decoder"],
            "encoder_ffn_dim": M, "decoder_ffn_dim": M, "vocab_size": V, "max_source_positions": FRAMES, "max_target_positions": N,
            "num_mel_bins": MELS, "activation_function": "gelu", "is_encoder_decoder": True, "scale_embedding": False}


def models():
    H, layers = {"encoder": 2, "decoder": 3}, {"encoder": 1, "decoder": 2}
    s = make(171, layers)
    spec = described(scheme="Whisper decoder", n_ctx=N, tied=True, tower="decoder", between=forward(wide(s), H, layers, TOKENS)[2])
    yield ("whisper", s, take_apart(s, "decoder", 3, 2), lambda t: forward(wide(s), H, layers, t)[1], spec, config_of(H, layers), {"format": "pt"})
    H2, layers2 = {"encoder": 2, "decoder": 3}, {"encoder": 3, "decoder": 1}
    s2 = make(172, layers2)
    spec = described(scheme="Whisper encoder", n_layers=3, n_heads=2, n_key_value_heads=2, d_head=3, n_ctx=FRAMES, d_vocab=0, tower="encoder",
                     causal=False, tokens=list(range(FRAMES)), start=heard(wide(s2)))
    yield ("whisper_encoder", s2, take_apart(s2, "encoder", 2, 3), lambda t: forward(wide(s2), H2, layers2, TOKENS)[0], spec,
           config_of(H2, layers2), {"format": "pt"})
