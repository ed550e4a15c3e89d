/// @file
/// The nodes of paths by number, with their vectors, lengths and gains.
#ifndef SVDLENS_CIRCUIT_DETAIL_PATH_NODES_HPP
#define SVDLENS_CIRCUIT_DETAIL_PATH_NODES_HPP

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "../../core/error.hpp"
#include "../../core/text.hpp"
#include "../../directions/vector_set.hpp"
#include "../../linalg/matrix.hpp"
#include "../path_places.hpp"

namespace svdlens::inline v0_2::detail {

/// Σ a_i b_i in double, always in the same order: wherever a product of a path is taken, it has the same bits.
template <std::floating_point T>
double path_dot(const T* a, const T* b, std::size_t size) {
    constexpr std::size_t lanes = 8;
    double sums[lanes] = {};
    std::size_t i = 0;
    for (; i + lanes <= size; i += lanes)
        for (std::size_t k = 0; k < lanes; ++k)
            sums[k] += static_cast<double>(a[i + k]) * static_cast<double>(b[i + k]);
    for (std::size_t k = 0; i < size; ++i, ++k)
        sums[k] += static_cast<double>(a[i]) * static_cast<double>(b[i]);
    double sum = 0;
    for (const double each : sums) sum += each;
    return sum;
}

/// Copies vectors, one a row. Whole rows of transposed matrices would leave the cache at every value.
template <std::floating_point T>
void copy_vectors(const basic_matrix<T>& made, T* out) {
    const auto m = made.resident();
    const std::size_t rows = m.rows(), columns = m.columns(), down = m.row_stride(),
                      across = m.column_stride();
    const T* const from = m.data();
    if (across == 1) {
        for (std::size_t k = 0; k < rows; ++k) std::copy_n(from + k * down, columns, out + k * columns);
        return;
    }
    constexpr std::size_t some = 16; // which fill a line of the cache
    for (std::size_t first = 0; first < rows; first += some)
        for (std::size_t i = 0; i < columns; ++i)
            for (std::size_t k = first; k < (std::min)(first + some, rows); ++k)
                out[k * columns + i] = from[k * down + i * across];
}

/// How many vectors are copied at a time.
inline constexpr std::size_t copied_vectors = 128;

/// A set's vectors by number, layer · size + k: the row in the set's axes.
template <std::floating_point T>
class path_vectors {
  public:
    explicit path_vectors(const basic_vector_set<T>& set) :
        set_(&set), lengths_(set.layers.size() * set.size()) {
        std::vector<T> values(copied_vectors * set.d_model());
        for (std::size_t l = 0; l < set.layers.size(); ++l)
            for (std::size_t k = 0; k < set.layers[l].rows(); k += copied_vectors)
                measure(l, k, (std::min)(copied_vectors, set.layers[l].rows() - k), values);
    }

    const basic_vector_set<T>& set() const { return *set_; }
    std::size_t count() const { return lengths_.size(); }
    std::size_t layer_of(std::uint64_t number) const {
        return static_cast<std::size_t>(number) / set_->size();
    }
    std::int64_t position(std::uint64_t number) const { return set_->port.at(layer_of(number)); }

    /// 0 for zero vectors and those that have no part: dead ones, null space, and what a layer lacks.
    double length(std::uint64_t number) const { return lengths_[static_cast<std::size_t>(number)]; }

    double gain(std::uint64_t number) const {
        return static_cast<double>(set_->singular_value(layer_of(number), index_of(number)));
    }

    std::vector<T> vector(std::uint64_t number) const {
        std::vector<T> values(set_->d_model());
        copy_vectors(set_->layers[layer_of(number)].row_range(index_of(number), 1), values.data());
        return values;
    }

    void leave_out(std::size_t number) { lengths_[number] = 0; }

  private:
    std::size_t index_of(std::uint64_t number) const {
        return static_cast<std::size_t>(number) % set_->size();
    }

    void measure(std::size_t layer, std::size_t first, std::size_t count, std::vector<T>& values) {
        const std::size_t d = set_->d_model();
        copy_vectors(set_->layers[layer].row_range(first, count), values.data());
        for (std::size_t k = 0; k < count; ++k) {
            if (set_->is_null(layer, first + k) || set_->is_dead(layer, first + k)) continue;
            const T* const v = values.data() + k * d;
            const double length = std::sqrt(path_dot(v, v, d));
            if (!std::isfinite(length) ||
                !std::isfinite(static_cast<double>(set_->singular_value(layer, first + k))))
                throw numeric_error(errc::non_finite,
                                    set_->provenance + ": " + quoted(set_->name) + ": vector " +
                                        to_text(layer * set_->size() + first + k) +
                                        " is not finite, or its length is beyond double's range");
            lengths_[layer * set_->size() + first + k] = length;
        }
    }

    const basic_vector_set<T>* set_;
    std::vector<double> lengths_;
};

/// A stage's two sides.
template <std::floating_point T>
struct path_stage_vectors {
    path_vectors<T> reads;
    path_vectors<T> writes;
    std::size_t first; ///< the number of its first node among all nodes between
};

/// All vectors of paths. Nodes between sources and targets have numbers of their own, stage after stage; nodes that write
/// are these and then all sources.
template <std::floating_point T>
class path_nodes {
  public:
    explicit path_nodes(const basic_path_places<T>& places) {
        for (const auto& each : places.through) add_stage(each);
        for (const auto& each : places.sources) {
            require(each, flow::writes, "source");
            first_of_source_.push_back(writers_);
            sources_.emplace_back(each);
            writers_ += sources_.back().count();
        }
        for (const auto& each : places.targets) {
            require(each, flow::reads, "target");
            targets_.emplace_back(each);
            require_few(targets_.back().count());
        }
        require_few(writers_);
    }

    const std::vector<path_vectors<T>>& sources() const { return sources_; }
    const std::vector<path_stage_vectors<T>>& stages() const { return stages_; }
    const std::vector<path_vectors<T>>& targets() const { return targets_; }

    std::size_t inner() const { return inner_; }
    std::size_t writers() const { return writers_; }
    /// The number of a set's first source among nodes that write.
    std::size_t first_of_source(std::size_t set) const { return first_of_source_[set]; }
    bool is_source(std::size_t writer) const { return writer >= inner_; }

    /// The stage of a node between.
    std::size_t stage_of(std::size_t node) const {
        std::size_t s = stages_.size() - 1;
        while (stages_[s].first > node) --s;
        return s;
    }

    struct writer_place {
        const path_vectors<T>* side;
        std::size_t number;
    };
    writer_place writer(std::size_t number) const {
        if (!is_source(number)) {
            const auto& stage = stages_[stage_of(number)];
            return {&stage.writes, number - stage.first};
        }
        std::size_t s = sources_.size() - 1;
        while (first_of_source_[s] > number) --s;
        return {&sources_[s], number - first_of_source_[s]};
    }

  private:
    void add_stage(const basic_path_stage<T>& stage) {
        require(stage.reads, flow::reads, "reading side of a stage");
        require(stage.writes, flow::writes, "writing side of a stage");
        require_same(stage);
        stages_.push_back({path_vectors<T>(stage.reads), path_vectors<T>(stage.writes), inner_});
        auto& added = stages_.back();
        for (std::size_t k = 0; k < added.reads.count(); ++k) {
            if (added.reads.length(k) == 0) added.writes.leave_out(k);
            if (added.writes.length(k) == 0) added.reads.leave_out(k);
        }
        inner_ += added.reads.count();
        writers_ = inner_;
    }

    static void require(const basic_vector_set<T>& set, flow wanted, const std::string& as) {
        const std::string what = "top_paths: " + quoted(set.name) + " as " + as + ": expected ";
        if (set.port.flow != wanted)
            throw argument_error(errc::invalid_argument,
                                 what + (wanted == flow::reads ? "what reads from" : "what writes to") +
                                     " the residual stream");
        if (set.layers.size() * set.size() != set.axes.shape_rows())
            throw argument_error(errc::invalid_axes, what + to_text(set.axes.shape_rows()) +
                                                         " vectors as its axes have, found " +
                                                         to_text(set.layers.size() * set.size()));
    }

    static void require_same(const basic_path_stage<T>& stage) {
        const auto &reads = stage.reads, &writes = stage.writes;
        const std::string what =
            "top_paths: a stage that reads " + quoted(reads.name) + " and writes " + quoted(writes.name);
        if (reads.layers.size() != writes.layers.size() || reads.size() != writes.size())
            throw argument_error(errc::invalid_argument, what + ": expected the same nodes on both sides");
        for (std::size_t l = 0; l < reads.layers.size(); ++l) {
            if (writes.layers[l].rows() != reads.layers[l].rows())
                throw argument_error(errc::invalid_argument,
                                     what + ": expected the same nodes on both sides");
            if (writes.port.at(l) < reads.port.at(l))
                throw argument_error(errc::invalid_argument, what + ": expected nodes that read first");
            for (std::size_t k = 0; k < reads.layers[l].rows(); ++k)
                if (reads.singular_value(l, k) != writes.singular_value(l, k))
                    throw argument_error(errc::invalid_argument,
                                         what + ": expected the same singular values on both sides");
        }
    }

    static void require_few(std::size_t count) {
        if (count > (std::numeric_limits<std::uint32_t>::max)())
            throw argument_error(errc::invalid_argument,
                                 "top_paths: expected at most 2^32 - 1 nodes of a kind, found " +
                                     to_text(count));
    }

    std::vector<path_vectors<T>> sources_;
    std::vector<path_stage_vectors<T>> stages_;
    std::vector<path_vectors<T>> targets_;
    std::vector<std::size_t> first_of_source_;
    std::size_t inner_ = 0;
    std::size_t writers_ = 0;
};

} // namespace svdlens::inline v0_2::detail

#endif
