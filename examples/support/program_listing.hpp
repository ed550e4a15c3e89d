/// @file
/// A small program in the words of a transformer: which heads attend where and copy what, and which neurons look
/// something up, over named coordinates of the residual stream. `program_weights.hpp` makes weights of it.
#ifndef SVDLENS_EXAMPLES_PROGRAM_LISTING_HPP
#define SVDLENS_EXAMPLES_PROGRAM_LISTING_HPP

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <numeric>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "counter_random.hpp"

namespace planted::compiler {

/// What stands around a program's weights.
enum class form {
    plain,      ///< no norms, ReLU, learned positions
    layer_norm, ///< as `plain` with LayerNorms
    rms_norm,   ///< RMSNorms, SwiGLU, rotary positions (Llama's names)
    grouped     ///< RMSNorms, ReLU, learned positions, two heads to a key/value head
};

/// Whether the values that a head's copies and matches are multiplied by differ: flat ones leave its singular
/// directions undetermined.
enum class spectra { graded, flat };

struct term {
    std::size_t coordinate;
    double weight = 1;
};
using pattern = std::vector<term>; ///< a vector over coordinates

/// What makes a head attend: `query` at one position meets `key` at another. An empty query is there always.
struct match {
    pattern query;
    pattern key;
    double logit = 1;       ///< where both stand at amplitude 1
    bool is_helper = false; ///< no answer needs it
};

/// What a head moves from the position that it attends to.
struct copy {
    pattern from;
    pattern to;
    double gain = 1;
};

struct attention {
    std::string part; ///< its name
    std::size_t layer;
    std::size_t slot; ///< 0 or 1: which of the layer's heads, before they are shuffled
    std::vector<match> matches = {};
    std::vector<copy> copies = {};
    std::optional<std::size_t> offset = {}; ///< attends to the position so far back
    double early = 0;                       ///< by how many logits a position is preferred to the next one
};

/// Writes `slope` · ReLU(what it reads - `threshold`) along `writes`.
struct neuron {
    std::string part; ///< the name of its bank
    std::size_t layer;
    pattern reads;
    double threshold;
    pattern writes;
    double slope;
    bool is_conjunction = true; ///< all that it reads is there, or it is silent; else a ramp
};

/// What an output token reads.
struct output {
    std::size_t token;
    pattern reads;
};

/// Asked at the last position. A choice is right where no token has a larger logit than `right`. A test is judged
/// by the area under the curve of logit(right) - logit(wrong) over `is_positive`.
struct question {
    std::vector<std::size_t> tokens;
    std::size_t right;
    std::size_t wrong = 0;
    bool is_positive = true;
};

enum class answer_kind { choice, test };

struct listing {
    std::string name;
    answer_kind kind = answer_kind::choice;
    std::size_t tokens = 0;    ///< that it uses, numbered from 0; token 0 begins every sequence
    std::size_t positions = 0; ///< of the longest sequence
    std::vector<std::string> coordinates = {};
    std::vector<double> amplitude = {}; ///< of each coordinate, where it is written
    std::size_t first_token = 0;        ///< coordinate of token 0
    std::size_t first_position = 0;     ///< coordinate of position 0
    std::vector<attention> heads = {};
    std::vector<neuron> neurons = {};
    std::vector<output> outputs = {};
    std::vector<std::string> essential = {}; ///< parts without any one of which the program answers wrong
    std::function<question(counter_random&)> ask = {};
};

/// A match of least strength against anything else, in logits.
inline constexpr double least_match = 18;
/// The least value of a graded spectrum over its largest.
inline constexpr double least_grade = 0.7;

/// How much of the last thing that a conjunction waits for opens it.
inline constexpr double open_at = 0.25;

inline double grade(std::size_t k, std::size_t count) {
    return count < 2 ? 1 : std::pow(least_grade, static_cast<double>(k) / static_cast<double>(count - 1));
}

/// The values of a spectrum, the largest for what is there with the smallest amplitude, so that products differ
/// little.
inline std::vector<double> graded(spectra kind, const std::vector<double>& amplitudes) {
    std::vector<double> values(amplitudes.size(), 1.0);
    if (kind == spectra::flat) return values;
    std::vector<std::size_t> order(values.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return amplitudes[a] < amplitudes[b]; });
    for (std::size_t k = 0; k < order.size(); ++k) values[order[k]] = grade(k, order.size());
    return values;
}

/// Builds a listing: allocates coordinates, grades what belongs together, keeps amplitudes.
class listing_builder {
  public:
    listing_builder(std::string name, answer_kind kind, spectra values, bool has_positions,
                    std::size_t tokens, std::size_t positions) :
        values_(values),
        has_positions_(has_positions) {
        result_.name = std::move(name);
        result_.kind = kind;
        result_.tokens = tokens;
        result_.positions = positions;
        result_.first_token = add("token", tokens);
        // So that what graded heads copy stands at one amplitude. Where a token stands alone a norm takes that away.
        if (values == spectra::graded && has_positions)
            for (std::size_t k = 2; k < tokens; ++k) stand_at(token(k), grade(k - 2, tokens - 2));
        if (has_positions) result_.first_position = add("position", positions);
    }

    /// The first of `count` new coordinates.
    std::size_t add(const std::string& name, std::size_t count = 1) {
        const std::size_t first = result_.coordinates.size();
        for (std::size_t k = 0; k < count; ++k) result_.coordinates.push_back(name + " " + std::to_string(k));
        result_.amplitude.resize(first + count, 1.0);
        return first;
    }

    std::size_t token(std::size_t k) const { return result_.first_token + k; }
    double amplitude(std::size_t coordinate) const { return result_.amplitude[coordinate]; }
    void stand_at(std::size_t coordinate, double amplitude) { result_.amplitude[coordinate] = amplitude; }

    attention& head(std::string part, std::size_t layer, std::size_t slot) {
        return result_.heads.emplace_back(attention{std::move(part), layer, slot});
    }

    /// Attends `offset` positions back. Answers read it at the positions named; at all where none is.
    void look_back(attention& by, std::size_t offset, const std::vector<std::size_t>& used = {}) const {
        by.offset = offset;
        if (!has_positions_) return;
        std::vector<match> all;
        for (std::size_t i = offset; i < result_.positions; ++i) {
            const bool is_used = used.empty() || std::find(used.begin(), used.end(), i) != used.end();
            all.push_back(
                {{{result_.first_position + i}}, {{result_.first_position + i - offset}}, 1, !is_used});
        }
        add_matches(by, std::move(all));
    }

    /// Each query meets its key; those that meet nothing look at the first position.
    void look_for(attention& by, std::vector<match> all) const {
        look_only_for(by, std::move(all));
        by.matches.push_back({{}, {{token(0)}}, 0.4 * least_match});
    }

    /// Each query meets its key, `times` as strongly as it has to.
    void look_only_for(attention& by, std::vector<match> all, double times = 1) const {
        add_matches(by, std::move(all), times);
    }

    /// Prefers early positions but for the first and last, whose tokens are named, `logits` a step. Steps are counted
    /// from the middle: what all positions share tells none from another and would only be noisy.
    void look_early(attention& by, double logits, std::size_t ending) const {
        by.early = logits;
        by.matches.push_back({{}, {{token(0)}, {token(ending)}}, -1.2 * least_match});
        if (!has_positions_) return;
        pattern falling;
        const double middle = static_cast<double>(result_.positions - 1) / 2;
        for (std::size_t i = 1; i + 1 < result_.positions; ++i)
            falling.push_back({result_.first_position + i, middle - static_cast<double>(i)});
        by.matches.push_back({{}, falling, logits});
    }

    /// Copies `from` to `to`, one to one, with gains of at least `least_gain`, where the head attends by `share` to each.
    void move(attention& by, const std::vector<pattern>& from, const std::vector<pattern>& to,
              double least_gain = 1, double share = 1) {
        std::vector<double> amplitudes;
        for (const auto& each : from) amplitudes.push_back(strength(each));
        const auto gains = graded(values_, amplitudes);
        const double scale = least_gain / *std::min_element(gains.begin(), gains.end());
        for (std::size_t k = 0; k < from.size(); ++k) {
            by.copies.push_back({from[k], to[k], scale * gains[k]});
            for (const auto& t : to[k])
                stand_at(t.coordinate, scale * gains[k] * amplitudes[k] * share * std::abs(t.weight));
        }
    }

    /// A neuron that writes 1 along `writes` where all that it reads is there. What is written with a large amplitude is
    /// read a little less, so that a norm's changes matter less. `opens_at`: how much of the last thing opens it.
    void look_up(const std::string& bank, std::size_t layer, pattern reads, pattern writes,
                 double opens_at = open_at) {
        double all = 0, least = 1e300;
        for (auto& t : reads) {
            const double root = std::sqrt(amplitude(t.coordinate));
            t.weight = 1 / root;
            all += root;
            least = std::min(least, root);
        }
        const double excess = (1 - (reads.size() > 1 ? opens_at : 0.1)) * least;
        result_.neurons.push_back(
            {bank, layer, std::move(reads), all - excess, std::move(writes), 1 / excess});
    }

    /// A neuron that writes `slope` times what exceeds a threshold.
    void ramp(const std::string& bank, std::size_t layer, pattern reads, double threshold, pattern writes,
              double slope) {
        result_.neurons.push_back(
            {bank, layer, std::move(reads), threshold, std::move(writes), slope, false});
    }

    void predict(std::size_t token, std::size_t coordinate) {
        result_.outputs.push_back({token, {{coordinate}}});
    }

    listing finish(std::vector<std::string> essential, std::function<question(counter_random&)> ask) {
        result_.essential = std::move(essential);
        result_.ask = std::move(ask);
        return std::move(result_);
    }

  private:
    double strength(const pattern& of) const {
        double least = 1e300;
        for (const auto& t : of) least = std::min(least, std::abs(t.weight) * amplitude(t.coordinate));
        return of.empty() ? 1 : least;
    }

    void add_matches(attention& to, std::vector<match> all, double times = 1) const {
        std::vector<double> amplitudes;
        for (const auto& each : all) amplitudes.push_back(strength(each.query) * strength(each.key));
        const auto gains = graded(values_, amplitudes);
        double least = 1e300;
        for (std::size_t k = 0; k < all.size(); ++k) least = std::min(least, gains[k] * amplitudes[k]);
        for (std::size_t k = 0; k < all.size(); ++k) {
            all[k].logit = times * least_match * gains[k] / least;
            to.matches.push_back(std::move(all[k]));
        }
    }

    spectra values_;
    bool has_positions_;
    listing result_;
};

/// One coordinate a pattern: first, first + 1, ...
inline std::vector<pattern> each_of(std::size_t first, std::size_t count, double weight = 1) {
    std::vector<pattern> all;
    for (std::size_t k = 0; k < count; ++k) all.push_back({{first + k, weight}});
    return all;
}

/// The k-th of one meets the k-th of the other.
inline std::vector<match> pairs_of(const std::vector<pattern>& queries, const std::vector<pattern>& keys) {
    std::vector<match> all;
    for (std::size_t k = 0; k < queries.size(); ++k) all.push_back({queries[k], keys[k]});
    return all;
}

/// `count` different numbers below `n`, in random order.
inline std::vector<std::size_t> draw_different(counter_random& random, std::size_t count, std::size_t n) {
    std::vector<std::size_t> all(n);
    std::iota(all.begin(), all.end(), std::size_t{0});
    for (std::size_t k = 0; k < count; ++k) std::swap(all[k], all[k + random.below(n - k)]);
    all.resize(count);
    return all;
}

} // namespace planted::compiler

#endif
