/// @file
/// The map of a model: every class of channel through the residual stream, from what writes to what reads, tested.
#ifndef SVDLENS_CIRCUIT_CHANNEL_MAP_HPP
#define SVDLENS_CIRCUIT_CHANNEL_MAP_HPP

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "../core/execution.hpp"
#include "../model/transformer_weights.hpp"
#include "../significance/findings.hpp"
#include "../significance/log_p.hpp"
#include "../table/score_columns.hpp"

namespace svdlens::inline v0_2 {

/// What writes at one end of a channel: heads and neurons one by one, an embedding and positions as a whole.
enum class channel_writer { head, neuron, embedding, positions };

/// What reads at the other: heads' queries, keys and values, neurons, and the unembedding as a whole.
enum class channel_reader { query, key, value, neuron, unembedding };

/// One class of channel, called `head_to_key`.
struct channel_class {
    channel_writer writer;
    channel_reader reader;

    friend bool operator==(const channel_class&, const channel_class&) = default;
};

/// All 18: of every writer with every reader, but for embedding and positions with the unembedding.
std::vector<channel_class> all_channel_classes();

/// `neuron_to_value`
std::string to_text(channel_class of);

/// The class of that name. @throws argument_error (invalid_argument), naming those there are
channel_class to_channel_class(std::string_view name);

struct channel_map_options {
    double q = 0.05;
    std::vector<channel_class> classes = all_channel_classes();
    std::uint64_t control_rows =
        10'000'000;             ///< products of two vectors that a control is made of, at least; 0: none
    std::size_t strongest = 10; ///< rows of each table that are kept whether they are found or not
    /// How far the query stands behind the key, for models with rotary positions.
    std::int64_t rotary_offset = 0;
};

/// One table of a class: a class has several where a model has neurons with gates, or experts.
struct channel_table {
    channel_class of;
    null_model null = null_model::share;
    /// Found rows. Columns `log10_p`, `q` and `share`, `cosine` of neurons with neurons, else `energy`: of shares, or
    /// of cosines (the square of ‖R W‖ / (‖R‖ ‖W‖)) where the null is isotropic.
    findings found;
    /// The most improbable rows, found or not: columns `log10_p` and as above, without `q`.
    score_columns strongest;

    /// Whether what is found is counted as found: that needs a null which trained weights do not break, and no control
    /// that says otherwise. The shares of whole heads are liberal where a few coordinates are large in all weights, since
    /// leading directions lean to them: without a control they do not count.
    bool counts() const {
        const bool by_heads = of.writer == channel_writer::head || of.reader == channel_reader::query ||
                              of.reader == channel_reader::key || of.reader == channel_reader::value;
        return null == null_model::share && !found.doubtful() && (!by_heads || found.control);
    }
};

/// What a model's weights connect beyond chance.
struct channel_map {
    std::vector<channel_table> tables;
    std::vector<std::string> left_out; ///< classes and parts that the model does not have, with the reason
    double q = 0;
    std::string provenance;

    /// How many channels were tested, and how many are found where that counts. @{
    std::uint64_t tested() const;
    /// Channels found in all tables that count.
    std::uint64_t found() const;
    /// @}
};

/// Charts all channels of the classes asked for. Heads and neurons are tested by their share of a target beside all others
/// of their kind, an embedding, positions and the unembedding as whole matrices against a direction at random: such p are
/// liberal on trained weights, whatever their q says, and do not count as found. Every table has its rate q and a control:
/// rows of the same sets that cannot be, or of two sets that both write, or both read. Dead heads and neurons have no part.
///
/// Behind a LayerNorm that is folded channels are inside P = I - 11ᵀ/d. Models with rotary positions have query and key
/// circuits at `rotary_offset` only; those that normalise queries or keys have none: said in `left_out`.
///
/// Of `channel_table` the shares of neurons are `score_kind::share`, energies those of `energies`. Nothing is stored that
/// goes with pairs but what is found: 48 bytes a row. Holds the writing directions of all heads and one set of what they
/// read; of the QK circuits both. The same bits for any number of threads.
/// @throws as `discoveries`, `ov_circuits`, `singular_directions`; cancelled_error
template <std::floating_point T>
channel_map chart_channels(const basic_transformer_weights<T>& weights,
                           const channel_map_options& options = {}, const execution& run = {});

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/channel_map.hpp"
#endif

#endif
