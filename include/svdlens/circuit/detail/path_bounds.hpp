/// @file
/// What paths can have at most from each node on, and which ways lead on from it: the pass backwards.
#ifndef SVDLENS_CIRCUIT_DETAIL_PATH_BOUNDS_HPP
#define SVDLENS_CIRCUIT_DETAIL_PATH_BOUNDS_HPP

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "../../core/error.hpp"
#include "../../core/execution.hpp"
#include "../../directions/vector_set.hpp"
#include "../../projection/projection.hpp"
#include "../../table/score_source.hpp"
#include "../circuit_path.hpp"
#include "path_budget.hpp"
#include "path_nodes.hpp"

namespace svdlens::inline v0_2::detail {

/// A node that paths lead on to, and what they can have at most that way.
struct path_child {
    double bound = 0;
    std::uint32_t child = 0;

    /// The larger bound first; of equal ones the child of the lower number.
    friend bool operator<(const path_child& a, const path_child& b) {
        return a.bound != b.bound ? a.bound > b.bound : a.child < b.child;
    }
};

/// How many children of a node the pass keeps.
inline constexpr std::size_t kept_children = 8;

/// Puts a child among the first ones, in order; the last makes room. True where it is one of them.
inline bool insert_child(path_child* kept, std::uint8_t& count, const path_child& added) {
    if (count == kept_children && !(added < kept[count - 1])) return false;
    std::size_t k = count < kept_children ? count++ : kept_children - 1;
    for (; k != 0 && added < kept[k - 1]; --k) kept[k] = kept[k - 1];
    kept[k] = added;
    return true;
}

/// The children of largest bounds of every node that writes.
class path_children {
  public:
    explicit path_children(std::size_t writers) :
        kept_(writers * kept_children), counts_(writers), floors_(writers) {}
    path_children(path_children&&) = default;
    path_children(const path_children&) = delete;

    void offer(std::size_t writer, const path_child& child) {
        insert_child(kept_.data() + writer * kept_children, counts_[writer], child);
        if (counts_[writer] == kept_children)
            floors_[writer].store(of(writer).back().bound, std::memory_order_relaxed);
    }
    /// Children of a lower bound need not be offered; from any thread, and a stale one only costs offers.
    double floor(std::size_t writer) const { return floors_[writer].load(std::memory_order_relaxed); }
    std::span<const path_child> of(std::size_t writer) const {
        return {kept_.data() + writer * kept_children, counts_[writer]};
    }
    double bound(std::size_t writer) const { return counts_[writer] == 0 ? 0 : of(writer)[0].bound; }

    /// What a node that writes takes.
    static constexpr std::uint64_t bytes =
        kept_children * sizeof(path_child) + sizeof(std::uint8_t) + sizeof(std::atomic<double>);

  private:
    std::vector<path_child> kept_;
    std::vector<std::uint8_t> counts_;
    std::vector<std::atomic<double>> floors_;
};

/// Bounds are rounded up by this: more than the products of a path can lose.
inline constexpr double bound_slack = 1 + 0x1p-40;

/// What the pass holds: the children of every node, for each set of targets and number of nodes to come, and what readers
/// count for. Lengths are those of `path_nodes`.
template <std::floating_point T>
std::uint64_t bytes_of_bounds(const path_counts& of, const top_path_options& options) {
    const std::uint64_t writers = of.inner + of.sources, levels = options.most + 1;
    const std::uint64_t children = of.target_sets * levels * writers * path_children::bytes;
    const std::uint64_t weights =
        (std::max)(of.largest_target, of.target_sets * options.most * of.largest_stage) * sizeof(T) +
        (std::max)(of.largest_target, of.largest_stage) * sizeof(double);
    const std::uint64_t lengths = (2 * of.inner + of.sources + of.targets) * sizeof(double);
    return children + weights + lengths;
}

/// The bounds of all nodes, by set of targets and by how many nodes are still to come before the target.
template <std::floating_point T>
class path_bounds {
  public:
    path_bounds(const path_nodes<T>& nodes, std::size_t fewest, std::size_t most, const execution& run) :
        nodes_(nodes), fewest_(fewest), most_(most), run_(run) {
        for (std::size_t t = 0; t < nodes.targets().size(); ++t) {
            auto& levels = levels_.emplace_back();
            for (std::size_t r = 0; r <= most; ++r) levels.emplace_back(nodes.writers());
        }
        plan();
        scan_targets();
        if (most > 1) scan_stages();
        if (most > 0) scan_sources();
    }

    const path_children& children(std::size_t target_set, std::size_t to_come) const {
        return levels_[target_set][to_come];
    }

  private:
    /// What a product with each reader counts for, at most 1, times `scale`; where the bounds go.
    struct weighting {
        std::vector<T> of_reader;
        double scale = 0;
        path_children* into = nullptr;
    };

    /// Some nodes that write, and the number of the first.
    struct writing_side {
        const path_vectors<T>* vectors;
        std::size_t first;
    };

    struct found_child {
        std::size_t weighting;
        std::size_t writer;
        path_child child;
    };
    struct slot {
        block_buffer<T> buffer;
        std::vector<found_child> found;
    };

    // How much there is to do, for reports of progress.
    void plan() {
        double readers = 0;
        for (const auto& each : nodes_.targets()) readers += static_cast<double>(each.count());
        const auto inner = static_cast<double>(nodes_.inner());
        const auto sources = static_cast<double>(nodes_.writers() - nodes_.inner());
        total_ = inner * (readers + inner) + sources * (inner + (fewest_ == 0 ? readers : 0));
    }

    execution next_run(const path_vectors<T>& writers, std::size_t readers) {
        const double begin = total_ == 0 ? 0 : done_ / total_;
        done_ += static_cast<double>(writers.count()) * static_cast<double>(readers);
        return part_of(run_, begin, total_ == 0 ? 1 : (std::min)(1.0, done_ / total_), 1'000'000);
    }

    void scan_targets() {
        for (std::size_t t = 0; t < nodes_.targets().size(); ++t) {
            const auto& readers = nodes_.targets()[t];
            std::vector<double> weights(readers.count());
            for (std::size_t k = 0; k < weights.size(); ++k)
                weights[k] = readers.length(k) == 0 ? 0 : readers.length(k) * std::abs(readers.gain(k));
            const std::vector<weighting> all{weighted(weights, levels_[t][0])};
            for (const auto& each : nodes_.stages())
                if (most_ != 0) scan({&each.writes, each.first}, readers, 0, {}, all);
            for (std::size_t s = 0; s < nodes_.sources().size(); ++s)
                if (fewest_ == 0) scan(source(s), readers, 0, {}, all);
        }
    }

    /// The later a layer reads the earlier: then what its nodes can have at most is known when it is their turn.
    void scan_stages() {
        struct group {
            std::int64_t reads_at;
            std::size_t stage, layer;
        };
        std::vector<group> groups;
        for (std::size_t s = 0; s < nodes_.stages().size(); ++s) {
            const auto& set = nodes_.stages()[s].reads.set();
            for (std::size_t l = 0; l < set.layers.size(); ++l)
                if (!set.lacks(l)) groups.push_back({set.port.at(l), s, l});
        }
        std::stable_sort(groups.begin(), groups.end(),
                         [](const group& a, const group& b) { return a.reads_at > b.reads_at; });
        for (const auto& each : groups) {
            const auto& reading = nodes_.stages()[each.stage];
            const auto weights = weightings(reading, 1, most_ - 1);
            projection_restriction only;
            if (reading.reads.set().layered()) only = {{"target_layer", {each.layer}}};
            for (const auto& writing : nodes_.stages())
                scan({&writing.writes, writing.first}, reading.reads, reading.first, only, weights);
        }
    }

    void scan_sources() {
        for (const auto& reading : nodes_.stages()) {
            const auto weights = weightings(reading, (std::max<std::size_t>)(fewest_, 1), most_);
            for (std::size_t s = 0; s < nodes_.sources().size(); ++s)
                scan(source(s), reading.reads, reading.first, {}, weights);
        }
    }

    writing_side source(std::size_t s) const { return {&nodes_.sources()[s], nodes_.first_of_source(s)}; }

    /// What nodes between count for, for each set of targets and number of nodes still to come, these included.
    std::vector<weighting> weightings(const path_stage_vectors<T>& stage, std::size_t from, std::size_t to) {
        std::vector<weighting> all;
        for (auto& levels : levels_)
            for (std::size_t r = from; r <= to; ++r) {
                std::vector<double> weights(stage.reads.count());
                for (std::size_t k = 0; k < weights.size(); ++k)
                    if (stage.reads.length(k) != 0)
                        weights[k] = stage.reads.length(k) * std::abs(stage.writes.gain(k)) *
                                     levels[r - 1].bound(stage.first + k);
                all.push_back(weighted(weights, levels[r]));
            }
        return all;
    }

    /// Rounded up, and none but zeros to 0: a bound is never below what it bounds.
    static weighting weighted(const std::vector<double>& weights, path_children& into) {
        weighting result{std::vector<T>(weights.size()), 0, &into};
        for (const double each : weights) {
            if (!std::isfinite(each))
                throw numeric_error(errc::non_finite,
                                    "top_paths: the products along paths are beyond double's range");
            result.scale = (std::max)(result.scale, each);
        }
        constexpr double up = 1 + 4 * static_cast<double>(std::numeric_limits<T>::epsilon());
        constexpr T least = (std::numeric_limits<T>::min)();
        for (std::size_t k = 0; k < weights.size(); ++k)
            if (weights[k] != 0)
                result.of_reader[k] = (std::max)(least, static_cast<T>(weights[k] / result.scale * up));
        return result;
    }

    void scan(const writing_side& writers, const path_vectors<T>& readers, std::size_t first_reader,
              const projection_restriction& only, const std::vector<weighting>& all) {
        const auto part =
            next_run(*writers.vectors, only.parts().empty() ? readers.count() : readers.set().size());
        const auto is_empty = [](const weighting& each) { return each.scale == 0; };
        if (std::all_of(all.begin(), all.end(), is_empty) || writers.vectors->count() == 0) return;
        const auto products = project(writers.vectors->set(), readers.set(),
                                      {.score = score_kind::cosine, .only = only}, run_quietly());
        const auto compute = [&](std::size_t i, slot& s) {
            s.found.clear();
            const auto block = products.block(i, s.buffer);
            for (std::size_t k = 0; k < block.runs; ++k)
                for_each_line(block.run(k), readers.set().size(),
                              [&](row_number row, std::span<const T> cosines) {
                                  look_at(row, cosines, writers, readers, first_reader, all, s.found);
                              });
        };
        const auto merge = [&](std::size_t, slot& s) {
            for (const auto& each : s.found) all[each.weighting].into->offer(each.writer, each.child);
        };
        for_blocks_in_order<slot>(products.blocks(), products.max_rows(), part, compute, merge);
    }

    execution run_quietly() const {
        execution quiet = run_;
        quiet.progress = {};
        return quiet;
    }

    /// How far the cosine of a table is from that of the vectors, at most: d products and sums, and what lengths and
    /// factors are rounded to.
    double margin(std::size_t d_model) const {
        const double rounds =
            static_cast<double>(d_model + 32) * static_cast<double>(std::numeric_limits<T>::epsilon()) / 2;
        return rounds / (1 - rounds);
    }

    /// Calls `use(first row, cosines)` for each line of a run: where whole lines stand behind each other, a run has
    /// several.
    template <class Use>
    static void for_each_line(const score_run<T>& run, std::size_t line, Use use) {
        for (std::size_t k = 0; k < run.scores.size();) {
            const auto left = line - static_cast<std::size_t>(run.row(k) % line);
            const std::size_t count = (std::min)(run.scores.size() - k, left);
            use(run.row(k), run.scores.subspan(k, count));
            k += count;
        }
    }

    void look_at(row_number row, std::span<const T> cosines, const writing_side& writers,
                 const path_vectors<T>& readers, std::size_t first_reader, const std::vector<weighting>& all,
                 std::vector<found_child>& found) const {
        const auto& writing = writers.vectors->set();
        const auto& reading = readers.set();
        const std::uint64_t line = row / reading.size(), lines = writers.vectors->count();
        const auto writer = static_cast<std::size_t>(line % lines);
        const auto reader = static_cast<std::size_t>(line / lines * reading.size() + row % reading.size());
        const double length = writers.vectors->length(writer);
        if (length == 0) return;
        const auto pad = static_cast<T>(margin(writing.d_model()) * 1.001);
        for (std::size_t w = 0; w < all.size(); ++w) {
            if (all[w].scale == 0) continue;
            std::array<path_child, kept_children> best;
            std::uint8_t count = 0;
            const double factor = length * all[w].scale * (1 + 0x1p-20);
            // Less by more than what the bound's way there and back may round.
            const double floor =
                (std::min)(all[w].into->floor(writers.first + writer) / factor * (1 - 0x1p-18),
                           static_cast<double>((std::numeric_limits<T>::max)()));
            collect(cosines, all[w].of_reader.data() + reader, pad, static_cast<T>(floor), best, count);
            for (std::size_t k = 0; k < count; ++k)
                found.push_back({w,
                                 writers.first + writer,
                                 {best[k].bound * factor,
                                  static_cast<std::uint32_t>(first_reader + reader + best[k].child)}});
        }
    }

    /// The largest of (|cosine| + pad) · weight that are above `low`, by place in the run.
    static void collect(std::span<const T> cosines, const T* weights, T pad, T low,
                        std::array<path_child, kept_children>& best, std::uint8_t& count) {
        constexpr std::size_t strip = 32;
        for (std::size_t first = 0; first < cosines.size(); first += strip) {
            const std::size_t last = (std::min)(first + strip, cosines.size());
            unsigned above = 0;
            for (std::size_t k = first; k < last; ++k)
                above |= static_cast<unsigned>((std::abs(cosines[k]) + pad) * weights[k] > low);
            if (above == 0) continue;
            for (std::size_t k = first; k < last; ++k) {
                const T bound = (std::abs(cosines[k]) + pad) * weights[k];
                if (!(bound > low)) continue;
                insert_child(best.data(), count, {static_cast<double>(bound), static_cast<std::uint32_t>(k)});
                if (count == kept_children) low = static_cast<T>(best[count - 1].bound);
            }
        }
    }

    const path_nodes<T>& nodes_;
    std::size_t fewest_, most_;
    const execution& run_;
    double total_ = 0, done_ = 0;
    std::vector<std::vector<path_children>> levels_; // by set of targets, then by nodes still to come
};

} // namespace svdlens::inline v0_2::detail

#endif
