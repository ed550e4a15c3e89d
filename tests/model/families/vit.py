"""Vision transformers. Tensors and forward pass as in Hugging Face's modeling_vit.py; timm's names as in its vision_transformer.py. That
both are one model is in Hugging Face's convert_vit_timm_to_pytorch.py, too."""
import numpy as np

from make_architectures import (Maker, attend, columns_of_heads, copy_present, cut, described, gelu, heads_of, layer_norm, linear, merged,
                                read_norm, rows_of_heads, wide)

H, D, M, L, SIDE, CHANNELS, CLASSES = 3, 6, 5, 2, 2, 3, 4
PATCHES = 4
IMAGE = np.random.default_rng(7).standard_normal((CHANNELS, 2 * SIDE, 2 * SIDE))


def patches_of(image):
    """[channel, row, column] as one patch after the other: the top ones first."""
    n = image.shape[1] // SIDE
    return [image[:, i * SIDE:(i + 1) * SIDE, j * SIDE:(j + 1) * SIDE] for i in range(n) for j in range(n)]


def convolved(image, weight, bias=0.0):
    """A convolution whose stride is its size, number by number."""
    out = []
    for patch in patches_of(image):
        sums = np.zeros(len(weight)) + bias
        for c in range(CHANNELS):
            for y in range(SIDE):
                for x in range(SIDE):
                    sums = sums + weight[:, c, y, x] * patch[c, y, x]
        out.append(sums)
    return np.stack(out)


def pixel_feed():
    """What each position is given of the image, channel after channel and row after row; the class token nothing."""
    return np.concatenate((np.zeros((1, CHANNELS * SIDE * SIDE)), [patch.reshape(-1) for patch in patches_of(IMAGE)]))


def first(n=1):
    return np.eye(PATCHES + 1)[:, :n]


def make(seed, fused):
    m, p = Maker(seed), "" if fused else "vit."
    names = ("cls_token", "pos_embed", "patch_embed.proj") if fused else \
        (p + "embeddings.cls_token", p + "embeddings.position_embeddings", p + "embeddings.patch_embeddings.projection")
    m.add(names[0], 1, 1, D)
    m.add(names[1], 1, PATCHES + 1, D)
    m.add(names[2] + ".weight", D, CHANNELS, SIDE, SIDE)
    m.add(names[2] + ".bias", D)
    for l in range(L):
        at = f"blocks.{l}." if fused else f"{p}encoder.layer.{l}."
        attention = [("attn.qkv", 3 * D, D), ("attn.proj", D, D), ("mlp.fc1", M, D), ("mlp.fc2", D, M)] if fused else \
            [(f"attention.attention.{name}", D, D) for name in ("query", "key", "value")] + \
            [("attention.output.dense", D, D), ("intermediate.dense", M, D), ("output.dense", D, M)]
        for name, rows, columns in attention:
            m.add(f"{at}{name}.weight", rows, columns)
            m.add(f"{at}{name}.bias", rows)
        for name in ("norm1", "norm2") if fused else ("layernorm_before", "layernorm_after"):
            m.norm(at + name, D)
    m.norm("norm" if fused else p + "layernorm", D)
    head = "head" if fused else "classifier"
    m.add(head + ".weight", CLASSES, D)
    m.add(head + ".bias", CLASSES)
    return m.state


def take_apart(s):
    """Hugging Face's."""
    e = "vit.embeddings."
    pixels = e + "patch_embeddings.projection."
    c = {"W_pos": s[e + "position_embeddings"][0], f"extra.{e}cls_token": s[e + "cls_token"][0],
         f"extra.{pixels}weight": s[pixels + "weight"].reshape(D, -1).T, f"extra.{pixels}bias": s[pixels + "bias"],
         "extra.classifier.weight": s["classifier.weight"], "extra.classifier.bias": s["classifier.bias"]}
    read_norm(c, s, "ln_final", "vit.layernorm")
    for l in range(L):
        at, to = f"vit.encoder.layer.{l}.", f"blocks.{l}."
        for part, name in (("Q", "query"), ("K", "key"), ("V", "value")):
            c[f"{to}W_{part}"] = rows_of_heads(s[f"{at}attention.attention.{name}.weight"], H)
            c[f"{to}b_{part}"] = cut(s[f"{at}attention.attention.{name}.bias"], H)
        c[to + "W_O"] = columns_of_heads(s[at + "attention.output.dense.weight"], H)
        c[to + "W_in"], c[to + "W_out"] = s[at + "intermediate.dense.weight"].T, s[at + "output.dense.weight"].T
        copy_present(c, s, {to + "b_O": at + "attention.output.dense.bias", to + "b_in": at + "intermediate.dense.bias",
                            to + "b_out": at + "output.dense.bias"})
        read_norm(c, s, to + "ln1", at + "layernorm_before")
        read_norm(c, s, to + "ln2", at + "layernorm_after")
    return c


def take_apart_timm(s):
    c = {"W_pos": s["pos_embed"][0], "extra.cls_token": s["cls_token"][0],
         "extra.patch_embed.proj.weight": s["patch_embed.proj.weight"].reshape(D, -1).T, "extra.patch_embed.proj.bias": s["patch_embed.proj.bias"],
         "extra.head.weight": s["head.weight"], "extra.head.bias": s["head.bias"]}
    read_norm(c, s, "ln_final", "norm")
    d = D // H
    for l in range(L):
        at, to = f"blocks.{l}.", f"blocks.{l}."
        for k, part in enumerate("QKV"):
            rows = [[k * D + h * d + i for i in range(d)] for h in range(H)]
            c[f"{to}W_{part}"] = np.stack([s[at + "attn.qkv.weight"][each].T for each in rows])
            c[f"{to}b_{part}"] = np.stack([s[at + "attn.qkv.bias"][each] for each in rows])
        c[to + "W_O"] = columns_of_heads(s[at + "attn.proj.weight"], H)
        c[to + "W_in"], c[to + "W_out"] = s[at + "mlp.fc1.weight"].T, s[at + "mlp.fc2.weight"].T
        copy_present(c, s, {to + "b_O": at + "attn.proj.bias", to + "b_in": at + "mlp.fc1.bias", to + "b_out": at + "mlp.fc2.bias"})
        read_norm(c, s, to + "ln1", at + "norm1")
        read_norm(c, s, to + "ln2", at + "norm2")
    return c


def forward(s):
    def norm(x, name):
        return layer_norm(x, s[name + ".weight"], s[name + ".bias"])

    e = "vit.embeddings."
    x = convolved(IMAGE, s[e + "patch_embeddings.projection.weight"], s[e + "patch_embeddings.projection.bias"])
    x = np.concatenate((s[e + "cls_token"][0], x)) + s[e + "position_embeddings"][0]
    for l in range(L):
        at = f"vit.encoder.layer.{l}."
        y = norm(x, at + "layernorm_before")
        q, k, v = (heads_of(linear(s, y, f"{at}attention.attention.{name}"), H) for name in ("query", "key", "value"))
        x = x + linear(s, merged(attend(q, k, v, causal=False)), at + "attention.output.dense")
        y = norm(x, at + "layernorm_after")
        x = x + linear(s, gelu(linear(s, y, at + "intermediate.dense")), at + "output.dense")
    return linear(s, norm(x, "vit.layernorm"), "classifier")


def forward_timm(s):
    """qkv is reshaped as [position, 3, head, d]."""
    def norm(x, name):
        return layer_norm(x, s[name + ".weight"], s[name + ".bias"])

    x = np.concatenate((s["cls_token"][0], convolved(IMAGE, s["patch_embed.proj.weight"], s["patch_embed.proj.bias"]))) + s["pos_embed"][0]
    for l in range(L):
        at = f"blocks.{l}."
        qkv = linear(s, norm(x, at + "norm1"), at + "attn.qkv").reshape(len(x), 3, H, D // H).transpose(1, 2, 0, 3)
        x = x + linear(s, merged(attend(*qkv, causal=False)), at + "attn.proj")
        x = x + linear(s, gelu(linear(s, norm(x, at + "norm2"), at + "mlp.fc1")), at + "mlp.fc2")
    return linear(s, norm(x, "norm"), "head")


def models():
    s = make(151, False)
    e = "vit.embeddings."
    spec = described(scheme="ViT", n_ctx=PATCHES + 1, d_vocab=0, causal=False, readers=["classifier.weight"], tokens=list(range(PATCHES + 1)),
                     feeds={e + "patch_embeddings.projection.weight": pixel_feed(), e + "cls_token": first()})
    config = {"model_type": "vit", "num_hidden_layers": L, "num_attention_heads": H, "hidden_size": D, "intermediate_size": M,
              "image_size": 2 * SIDE, "patch_size": SIDE, "num_channels": CHANNELS, "qkv_bias": True, "hidden_act": "gelu",
              "id2label": {str(k): f"LABEL_{k}" for k in range(CLASSES)}}
    yield "vit", s, take_apart(s), lambda t: forward(wide(s)), spec, config, {"format": "pt"}
    s2 = make(152, True)
    spec = described(scheme="timm ViT", n_ctx=PATCHES + 1, d_vocab=0, causal=False, readers=["head.weight"], tokens=list(range(PATCHES + 1)),
                     feeds={"patch_embed.proj.weight": pixel_feed(), "cls_token": first()}, given_heads=H)
    config = {"architecture": "vit_tiny_patch2_4", "num_classes": CLASSES, "num_features": D, "global_pool": "token"}
    yield "timm_vit", s2, take_apart_timm(s2), lambda t: forward_timm(wide(s2)), spec, config, {"format": "pt"}
