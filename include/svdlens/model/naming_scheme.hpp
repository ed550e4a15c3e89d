/// @file
/// How a family of checkpoints names and lays out its weights.
#ifndef SVDLENS_MODEL_NAMING_SCHEME_HPP
#define SVDLENS_MODEL_NAMING_SCHEME_HPP

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "../directions/vector_set.hpp"
#include "../io/low_rank_adapter.hpp"
#include "../io/model_config.hpp"
#include "architecture.hpp"
#include "stored_axes.hpp"
#include "transformer_parts.hpp"

namespace svdlens::inline v0_2 {

namespace schemes {

/// The parts that a scheme gives names to.
enum class weight_part {
    W_E,
    W_pos,
    W_U,
    b_U,
    ln_embed_w,
    ln_embed_b,
    ln_final_w,
    ln_final_b,
    ln1_w,
    ln1_b,
    W_Q,
    W_K,
    W_V,
    W_O,
    b_Q,
    b_K,
    b_V,
    b_O,
    ln1_post_w,
    ln2_w,
    ln2_b,
    W_in,
    W_gate,
    W_out,
    b_in,
    b_gate,
    b_out,
    ln2_post_w,
    W_router, ///< what chooses each token's experts
    b_router,
    expert_W_in, ///< of all experts in one tensor, or, with `{expert}` in the pattern, of one
    expert_W_gate,
    expert_W_out,
    expert_b_in,
    expert_b_gate,
    expert_b_out,
    shared_W_in, ///< of the experts that every token goes to
    shared_W_gate,
    shared_W_out,
    W_shared_router, ///< how much of them each token takes
    W_latent,        ///< what the latent that W_V reads is made with, where there is one
    ln_latent_w,     ///< the norm between the two
};

/// Where a row's pattern begins.
enum class name_root {
    prefix, ///< behind all that stands before the scheme's names
    file,   ///< beside it: behind nothing, or behind any leading part of that (`lm_head.weight`)
};

/// One row of a scheme's table. In a pattern `{layer}` stands for the layer's number; `{head}` for a head's,
/// where queries, keys, values, outputs or their biases are a tensor a head: its axes are those of one head, and
/// names tell how many there are (of K, V and their biases: key/value heads); `{expert}` for an expert's, where
/// each expert of a mixture has tensors of its own. Where a part has several rows, the first that any tensor
/// follows counts, in all layers. One tensor may be several parts: the one norm of what attention and MLP of a
/// parallel block read. A matrix stored (out, in) is read transposed, a part
/// of a fused one as a slice: its axes say so.
struct part_name {
    weight_part part;
    std::string_view pattern;
    stored_axes axes;
    name_root root = name_root::prefix;
};

/// A matrix besides the usual ones; its bias, if any, is called `....bias` for `....weight`. An embedding
/// table (rows are vectors) that has a bias is a linear layer instead, and stored the other way round. Its axes
/// are d_model and `any`; several `any` side by side are its rows together, labelled by their numbers (a
/// convolution over patches); d_model alone is one vector.
struct extra_name {
    std::string_view pattern;
    stored_axes axes;
    svdlens::flow flow;
    std::string_view axis;
    matrix_role role = matrix_role::other;
    name_root root = name_root::file;
};

/// What the presence of a tensor says of a model.
enum class tensor_hint {
    buffer,         ///< nothing: no weight
    rotary,         ///< queries and keys are rotated by their position
    qk_norm,        ///< queries or keys are normalised after their projection
    attention_sink, ///< a head's attention weights sum to less than 1
    other_layer,    ///< its layer is none of the blocks, but predicts further tokens: it is left out
    output_head,    ///< the unembedding does not read the stream, but what this makes of it
    left_out,       ///< does something besides, which no part holds: a note says what (`reason`)
    unsupported,    ///< the model computes something that this library would get wrong
};

/// A tensor that is not read, and why.
struct hint_name {
    std::string_view pattern;
    tensor_hint hint;
    std::string_view reason = {};
    name_root root = name_root::prefix;
};

/// A matrix' shape, which tells apart files that name their tensors alike.
enum class matrix_form {
    any,
    wide,           ///< more columns than rows
    tall,           ///< more rows than columns
    thrice_as_tall, ///< three times as many rows as columns
    flat,           ///< two dimensions
    stacked,        ///< three dimensions
};

/// A tensor that only files of a scheme have.
struct scheme_marker {
    std::string_view pattern;
    matrix_form form = matrix_form::any;
    name_root root = name_root::prefix;
};

/// What makes a file one of a scheme.
enum class recognition {
    by_names, ///< its tensors
    by_type,  ///< its tensors, and a config that says one of the scheme's `model_types`
};

} // namespace schemes

/// How one family of checkpoints names its tensors. A file follows it when, behind a wrapper, it has a W_O
/// and a W_V of some layer and, where there are `markers`, one of them; behind one of the `prefixes` any
/// tensor of a layer will do. A wrapper is nothing or whole components of names (`module.student.model.`),
/// the same before all names of the model. When the file's config has a model type, that must be one of
/// `model_types`, if there are any. In the modules that the scheme reads from, its blocks first, every tensor
/// is in one of the tables: one that is not makes the model another. Spans view tables that must outlive the
/// scheme.
struct naming_scheme {
    std::string_view name;
    /// The usual wrappers, which no note mentions; none given: nothing. One may end without a dot.
    std::span<const std::string_view> prefixes = {};
    std::span<const schemes::part_name> parts = {};
    std::span<const schemes::extra_name> extras = {};
    std::span<const schemes::hint_name> hints = {};
    std::span<const schemes::scheme_marker> markers = {};
    std::span<const std::string_view> model_types = {};
    std::string_view namesakes =
        {}; ///< architectures of the same names that no tensor tells apart, for a note
    schemes::recognition recognised = schemes::recognition::by_names;
    schemes::architecture_traits architecture = {};
    /// Which of the towers of a model that has several (`text`, `vision`, `encoder`): one of them is read.
    std::string_view tower = {};
};

/// How a checkpoint is read:
/// @code
/// transformer_weights(file, {.config = {.n_heads = 12}});  // neither metadata nor config.json tell it
/// transformer_weights(file, {.schemes = {&my_scheme, 1}}); // names that the library does not know
/// transformer_weights(file, {.adapters = {open_adapter("my_lora")}});
/// @endcode
struct transformer_options {
    model_config config = {};                    ///< its fields come before those of the file's config
    std::span<const naming_scheme> schemes = {}; ///< tried before the known ones
    /// What is added to the file's matrices, and replaces tensors of it: {open_adapter("folder")}
    std::vector<low_rank_adapter> adapters = {};
    /// Which of several models in one file: what stands before its names ("student."), or the first
    /// components of that.
    std::optional<std::string> prefix = {};
    /// Which of a model's towers: `text` or `vision` of CLIP, `encoder` or `decoder` of Whisper; a scheme of your own
    /// may name others. A file that holds several is refused without it.
    std::optional<std::string> tower = {};
};

} // namespace svdlens::inline v0_2

#endif
