"""CLIP and SigLIP, tower by tower. Tensors and forward passes as in Hugging Face's modeling_clip.py and modeling_siglip.py, and in OpenAI's
clip/model.py; vision towers' names also in vLLM's clip.py and mlx-vlm's. Towers have sizes of their own."""
import numpy as np

from families.vit import CHANNELS, IMAGE, PATCHES, SIDE, convolved, first, pixel_feed
from make_architectures import (TOKENS, Maker, attend, columns_of_heads, copy_present, cut, described, gelu, heads_of, layer_norm, linear, merged,
                                read_norm, rows_of_heads, wide)

TEXT = {"H": 3, "D": 6, "M": 5, "L": 2, "V": 7, "N": 5}
VISION = {"H": 2, "D": 8, "M": 6, "L": 3}
SHARED = 4


def blocks(m, p, size):
    D, M = size["D"], size["M"]
    for l in range(size["L"]):
        at = f"{p}encoder.layers.{l}."
        for name, rows, columns in (("self_attn.k_proj", D, D), ("self_attn.v_proj", D, D), ("self_attn.q_proj", D, D),
                                    ("self_attn.out_proj", D, D), ("mlp.fc1", M, D), ("mlp.fc2", D, M)):
            m.add(f"{at}{name}.weight", rows, columns)
            m.add(f"{at}{name}.bias", rows)
        m.norm(at + "layer_norm1", D)
        m.norm(at + "layer_norm2", D)


def make_text(seed, siglip=False):
    m, D = Maker(seed), TEXT["D"]
    m.add("text_model.embeddings.token_embedding.weight", TEXT["V"], D)
    m.add("text_model.embeddings.position_embedding.weight", TEXT["N"], D)
    m.state["text_model.embeddings.position_ids"] = np.arange(TEXT["N"])[None]
    blocks(m, "text_model.", TEXT)
    m.norm("text_model.final_layer_norm", D)
    m.add("text_model.head.weight" if siglip else "text_projection.weight", SHARED, D)
    if siglip:
        m.add("text_model.head.bias", SHARED)
    return m.state


def make_vision(seed, siglip=False):
    m, D, p = Maker(seed), VISION["D"], "vision_model."
    if not siglip:
        m.add(p + "embeddings.class_embedding", D)
    m.add(p + "embeddings.patch_embedding.weight", D, CHANNELS, SIDE, SIDE)
    m.add(p + "embeddings.position_embedding.weight", PATCHES + (0 if siglip else 1), D)
    if siglip:
        m.add(p + "embeddings.patch_embedding.bias", D)
        m.add(p + "head.probe", 1, 1, D)
        m.add(p + "head.attention.in_proj_weight", 3 * D, D)
        m.add(p + "head.attention.in_proj_bias", 3 * D)
        for name, rows, columns in (("head.attention.out_proj", D, D), ("head.mlp.fc1", VISION["M"], D), ("head.mlp.fc2", D, VISION["M"])):
            m.add(f"{p}{name}.weight", rows, columns)
            m.add(f"{p}{name}.bias", rows)
        m.norm(p + "head.layernorm", D)
    else:
        m.norm(p + "pre_layrnorm", D)
        m.add("visual_projection.weight", SHARED, D)
    blocks(m, p, VISION)
    m.norm(p + "post_layernorm", D)
    return m.state


def take_blocks(c, s, p, size):
    for l in range(size["L"]):
        at, to = f"{p}encoder.layers.{l}.", f"blocks.{l}."
        for part in "QKV":
            c[f"{to}W_{part}"] = rows_of_heads(s[f"{at}self_attn.{part.lower()}_proj.weight"], size["H"])
            c[f"{to}b_{part}"] = cut(s[f"{at}self_attn.{part.lower()}_proj.bias"], size["H"])
        c[to + "W_O"] = columns_of_heads(s[at + "self_attn.out_proj.weight"], size["H"])
        c[to + "W_in"], c[to + "W_out"] = s[at + "mlp.fc1.weight"].T, s[at + "mlp.fc2.weight"].T
        copy_present(c, s, {to + "b_O": at + "self_attn.out_proj.bias", to + "b_in": at + "mlp.fc1.bias", to + "b_out": at + "mlp.fc2.bias"})
        read_norm(c, s, to + "ln1", at + "layer_norm1")
        read_norm(c, s, to + "ln2", at + "layer_norm2")


def take_text(s):
    c = {"W_E": s["text_model.embeddings.token_embedding.weight"], "W_pos": s["text_model.embeddings.position_embedding.weight"]}
    for name in ("text_projection.weight", "text_model.head.weight", "text_model.head.bias"):
        copy_present(c, s, {"extra." + name: name})
    read_norm(c, s, "ln_final", "text_model.final_layer_norm")
    take_blocks(c, s, "text_model.", TEXT)
    return c


def take_vision(s):
    e = "vision_model.embeddings."
    c = {"W_pos": s[e + "position_embedding.weight"],
         f"extra.{e}patch_embedding.weight": s[e + "patch_embedding.weight"].reshape(VISION["D"], -1).T}
    if e + "class_embedding" in s:
        c[f"extra.{e}class_embedding"] = s[e + "class_embedding"][None]
    copy_present(c, s, {f"extra.{e}patch_embedding.bias": e + "patch_embedding.bias", "extra.visual_projection.weight": "visual_projection.weight"})
    read_norm(c, s, "ln_embed", "vision_model.pre_layrnorm")
    read_norm(c, s, "ln_final", "vision_model.post_layernorm")
    take_blocks(c, s, "vision_model.", VISION)
    return c


def encoded(s, x, p, size, causal):
    def norm(x, name):
        return layer_norm(x, s[name + ".weight"], s[name + ".bias"])

    for l in range(size["L"]):
        at = f"{p}encoder.layers.{l}."
        y = norm(x, at + "layer_norm1")
        q, k, v = (heads_of(linear(s, y, f"{at}self_attn.{name}_proj"), size["H"]) for name in "qkv")
        x = x + linear(s, merged(attend(q, k, v, causal=causal)), at + "self_attn.out_proj")
        x = x + linear(s, gelu(linear(s, norm(x, at + "layer_norm2"), at + "mlp.fc1")), at + "mlp.fc2")
    return x


def forward_text(s, tokens, siglip=False):
    """What the projection would give of each token; the model takes the last one's. SigLIP's text sees all of itself."""
    x = s["text_model.embeddings.token_embedding.weight"][tokens] + s["text_model.embeddings.position_embedding.weight"]
    x = encoded(s, x, "text_model.", TEXT, causal=not siglip)
    x = layer_norm(x, s["text_model.final_layer_norm.weight"], s["text_model.final_layer_norm.bias"])
    return linear(s, x, "text_model.head" if siglip else "text_projection")


def forward_vision(s):
    p = "vision_model."
    x = np.concatenate((s[p + "embeddings.class_embedding"][None], convolved(IMAGE, s[p + "embeddings.patch_embedding.weight"])))
    x = layer_norm(x + s[p + "embeddings.position_embedding.weight"], s[p + "pre_layrnorm.weight"], s[p + "pre_layrnorm.bias"])
    x = encoded(s, x, p, VISION, causal=False)
    return linear(s, layer_norm(x, s[p + "post_layernorm.weight"], s[p + "post_layernorm.bias"]), "visual_projection")


def forward_siglip_vision(s):
    """What the pooling reads of each token."""
    p = "vision_model."
    x = convolved(IMAGE, s[p + "embeddings.patch_embedding.weight"], s[p + "embeddings.patch_embedding.bias"])
    x = encoded(s, x + s[p + "embeddings.position_embedding.weight"], p, VISION, causal=False)
    return layer_norm(x, s[p + "post_layernorm.weight"], s[p + "post_layernorm.bias"])


def make_open(seed):
    """OpenAI's: text and image in one, the matrices of attention as torch's MultiheadAttention has them."""
    m = Maker(seed)
    for p, size in (("", TEXT), ("visual.", VISION)):
        D, M = size["D"], size["M"]
        for l in range(size["L"]):
            at = f"{p}transformer.resblocks.{l}."
            m.add(at + "attn.in_proj_weight", 3 * D, D)
            m.add(at + "attn.in_proj_bias", 3 * D)
            for name, rows, columns in (("attn.out_proj", D, D), ("mlp.c_fc", M, D), ("mlp.c_proj", D, M)):
                m.add(f"{at}{name}.weight", rows, columns)
                m.add(f"{at}{name}.bias", rows)
            m.norm(at + "ln_1", D)
            m.norm(at + "ln_2", D)
    D, Dv = TEXT["D"], VISION["D"]
    m.add("positional_embedding", TEXT["N"], D)
    m.add("token_embedding.weight", TEXT["V"], D)
    m.norm("ln_final", D)
    m.add("text_projection", D, SHARED)
    m.add("visual.class_embedding", Dv)
    m.add("visual.positional_embedding", PATCHES + 1, Dv)
    m.add("visual.proj", Dv, SHARED)
    m.add("visual.conv1.weight", Dv, CHANNELS, SIDE, SIDE)
    m.norm("visual.ln_pre", Dv)
    m.norm("visual.ln_post", Dv)
    m.state["logit_scale"] = np.array(4.6, np.float32)
    return m.state


def take_open(s, p, size):
    c, D, H = {"W_pos": s[p + "positional_embedding"]}, size["D"], size["H"]
    if p:
        c.update({"extra.visual.conv1.weight": s["visual.conv1.weight"].reshape(D, -1).T,
                  "extra.visual.class_embedding": s["visual.class_embedding"][None], "extra.visual.proj": s["visual.proj"].T})
        read_norm(c, s, "ln_embed", "visual.ln_pre")
        read_norm(c, s, "ln_final", "visual.ln_post")
    else:
        c.update({"W_E": s["token_embedding.weight"], "extra.text_projection": s["text_projection"].T})
        read_norm(c, s, "ln_final", "ln_final")
    for l in range(size["L"]):
        at, to = f"{p}transformer.resblocks.{l}.", f"blocks.{l}."
        for k, part in enumerate("QKV"):
            c[f"{to}W_{part}"] = rows_of_heads(s[at + "attn.in_proj_weight"][k * D:(k + 1) * D], H)
            c[f"{to}b_{part}"] = cut(s[at + "attn.in_proj_bias"][k * D:(k + 1) * D], H)
        c[to + "W_O"] = columns_of_heads(s[at + "attn.out_proj.weight"], H)
        c[to + "W_in"], c[to + "W_out"] = s[at + "mlp.c_fc.weight"].T, s[at + "mlp.c_proj.weight"].T
        copy_present(c, s, {to + "b_O": at + "attn.out_proj.bias", to + "b_in": at + "mlp.c_fc.bias", to + "b_out": at + "mlp.c_proj.bias"})
        read_norm(c, s, to + "ln1", at + "ln_1")
        read_norm(c, s, to + "ln2", at + "ln_2")
    return c


def forward_open(s, p, size, x):
    def norm(x, name):
        return layer_norm(x, s[p + name + ".weight"], s[p + name + ".bias"])

    for l in range(size["L"]):
        at = f"transformer.resblocks.{l}."
        y = norm(x, at + "ln_1") @ s[p + at + "attn.in_proj_weight"].T + s[p + at + "attn.in_proj_bias"]
        q, k, v = (heads_of(each, size["H"]) for each in np.split(y, 3, -1))
        x = x + linear(s, merged(attend(q, k, v, causal=not p)), p + at + "attn.out_proj")
        x = x + linear(s, gelu(linear(s, norm(x, at + "ln_2"), p + at + "mlp.c_fc")), p + at + "mlp.c_proj")
    return x


def forward_open_text(s, tokens):
    x = forward_open(s, "", TEXT, s["token_embedding.weight"][tokens] + s["positional_embedding"])
    return layer_norm(x, s["ln_final.weight"], s["ln_final.bias"]) @ s["text_projection"]


def forward_open_vision(s):
    x = np.concatenate((s["visual.class_embedding"][None], convolved(IMAGE, s["visual.conv1.weight"]))) + s["visual.positional_embedding"]
    x = forward_open(s, "visual.", VISION, layer_norm(x, s["visual.ln_pre.weight"], s["visual.ln_pre.bias"]))
    return layer_norm(x, s["visual.ln_post.weight"], s["visual.ln_post.bias"]) @ s["visual.proj"]


def text_config(kind, **more):
    return {"model_type": kind, "num_hidden_layers": TEXT["L"], "num_attention_heads": TEXT["H"], "hidden_size": TEXT["D"],
            "intermediate_size": TEXT["M"], "max_position_embeddings": TEXT["N"], "vocab_size": TEXT["V"], "projection_dim": SHARED,
            "hidden_act": "quick_gelu", **more}


def vision_config(kind, **more):
    return {"model_type": kind, "num_hidden_layers": VISION["L"], "num_attention_heads": VISION["H"], "hidden_size": VISION["D"],
            "intermediate_size": VISION["M"], "image_size": 2 * SIDE, "patch_size": SIDE, "num_channels": CHANNELS, "projection_dim": SHARED,
            "hidden_act": "quick_gelu", **more}


def text_spec(**more):
    return described(**{"scheme": "CLIP text", "n_ctx": TEXT["N"], "readers": ["text_projection.weight"], **more})


def vision_spec(**more):
    e = "vision_model.embeddings."
    return described(**{"scheme": "CLIP vision", "n_layers": VISION["L"], "n_heads": VISION["H"], "n_key_value_heads": VISION["H"],
                        "d_model": VISION["D"], "d_head": 4, "d_mlp": VISION["M"], "n_ctx": PATCHES + 1, "d_vocab": 0, "causal": False,
                        "readers": ["visual_projection.weight"], "tokens": list(range(PATCHES + 1)),
                        "feeds": {e + "patch_embedding.weight": pixel_feed(), e + "class_embedding": first()}, **more})


def models():
    text, vision = make_text(161), make_vision(162)
    yield ("clip_text", text, take_text(text), lambda t: forward_text(wide(text), t), text_spec(), text_config("clip_text_model"), {"format": "pt"})
    yield ("clip_vision", vision, take_vision(vision), lambda t: forward_vision(wide(vision)), vision_spec(),
           vision_config("clip_vision_model"), {"format": "pt"})
    both = {**text, **vision, "logit_scale": np.array(2.6592, np.float32)}
    config = {"model_type": "clip", "projection_dim": SHARED, "text_config": text_config("clip_text_model"),
              "vision_config": vision_config("clip_vision_model")}
    yield "clip", both, take_text(both), lambda t: forward_text(wide(both), t), text_spec(tower="text"), config, {"format": "pt"}

    text2, vision2 = make_text(163, True), make_vision(164, True)
    siglip = {**text2, **vision2, "logit_scale": np.array([4.7], np.float32), "logit_bias": np.array([-12.9], np.float32)}
    config = {"model_type": "siglip", "text_config": text_config("siglip_text_model"), "vision_config": vision_config("siglip_vision_model")}
    yield ("siglip", siglip, take_text(siglip), lambda t: forward_text(wide(siglip), t, True),
           text_spec(tower="text", causal=False, readers=["text_model.head.weight"]), config, {"format": "pt"})
    spec = vision_spec(n_ctx=PATCHES, tokens=list(range(PATCHES)), readers=[], feeds={"vision_model.embeddings.patch_embedding.weight": pixel_feed()[1:]})
    del spec["readers"]
    yield ("siglip_vision", vision2, take_vision(vision2), lambda t: forward_siglip_vision(wide(vision2)), spec,
           vision_config("siglip_vision_model"), {"format": "pt"})

    mine = make_open(165)
    yield ("openai_clip", mine, take_open(mine, "", TEXT), lambda t: forward_open_text(wide(mine), t),
           text_spec(scheme="OpenAI CLIP text", tower="text", given_heads=TEXT["H"], readers=["text_projection"]), None, {})
    eyes = {name: values for name, values in mine.items() if name.startswith("visual.")}
    yield ("openai_clip_vision", eyes, take_open(mine, "visual.", VISION), lambda t: forward_open_vision(wide(mine)),
           vision_spec(scheme="OpenAI CLIP vision", given_heads=VISION["H"], readers=["visual.proj"],
                       feeds={"visual.conv1.weight": pixel_feed(), "visual.class_embedding": first()}), None, {})
