/// @file
/// The strongest paths, best first, by what the pass backwards allows them.
#ifndef SVDLENS_CIRCUIT_DETAIL_PATH_SEARCH_HPP
#define SVDLENS_CIRCUIT_DETAIL_PATH_SEARCH_HPP

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <queue>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "../../core/error.hpp"
#include "../../core/execution.hpp"
#include "../circuit_path.hpp"
#include "path_bounds.hpp"
#include "path_budget.hpp"
#include "path_nodes.hpp"

namespace svdlens::inline v0_2::detail {

/// The stronger path first; of equally strong ones that through fewer nodes, then by their numbers.
inline bool comes_before(const circuit_path& a, const circuit_path& b) {
    if (std::abs(a.score) != std::abs(b.score)) return std::abs(a.score) > std::abs(b.score);
    if (a.through.size() != b.through.size()) return a.through.size() < b.through.size();
    return std::tie(a.source, a.through, a.target) < std::tie(b.source, b.through, b.target);
}

/// The ways on from a node, the best first as far as they are known.
struct path_fan {
    struct way {
        std::uint32_t child;
        double product;   ///< ⟨v, u⟩
        double here;      ///< what a path can have at most this way, from the node on
        double from_here; ///< this way or a later one
    };
    std::vector<way> ways;
    double rest = 0; ///< what the ways that are not listed have at most

    double bound(std::size_t k) const { return k < ways.size() ? ways[k].from_here : rest; }

    void sum_up() {
        double largest = rest;
        for (std::size_t k = ways.size(); k-- > 0;)
            ways[k].from_here = largest = (std::max)(largest, ways[k].here);
    }
};

template <std::floating_point T>
class path_search {
  public:
    path_search(const path_nodes<T>& nodes, const path_bounds<T>& bounds, const top_path_options& options,
                const path_budget& budget, const execution& run) :
        nodes_(nodes),
        bounds_(bounds), options_(options), budget_(budget), run_(run) {}

    /// What the search holds at its beginning, and all ways on from one node as they are looked at.
    static std::uint64_t bytes_to_begin(const path_counts& of, const top_path_options& options) {
        const std::uint64_t roots =
            2 * (options.most - options.fewest + 1) * of.largest_source * sizeof(root);
        return roots + 2 * (std::max)(of.inner, of.largest_target) * sizeof(path_fan::way);
    }

    /// The strongest paths from one set of sources to one of targets.
    std::vector<circuit_path> strongest(std::size_t source_set, std::size_t target_set) {
        target_set_ = target_set;
        source_set_ = source_set;
        if (fans_.size() <= target_set) fans_.resize(target_set + 1);
        prefixes_.clear();
        roots_ = sorted_roots();
        queue_ = step_queue(later{this});
        if (!roots_.empty()) push({roots_.front().bound, step_kind::root});
        std::vector<circuit_path> found;
        while (!queue_.empty() && found.size() < options_.count) {
            run_.throw_if_stopped();
            budget_.require_more(held());
            const auto next = queue_.top();
            queue_.pop();
            if (next.kind == step_kind::root)
                begin_at(next);
            else if (next.kind == step_kind::node)
                go_on(next);
            else
                found.push_back(complete_[next.prefix]);
        }
        returned_ += found.size();
        complete_.clear();
        return found;
    }

  private:
    enum class step_kind : std::uint8_t { root, node, complete };

    /// What is to be looked at: a source, a way on from the end of a prefix, or a path.
    struct step {
        double bound;
        step_kind kind;
        std::uint32_t to_come = 0;
        std::size_t prefix = 0; ///< of a path its place among the complete ones
        std::size_t way = 0;    ///< of a root its place among the roots
    };

    struct prefix {
        std::size_t before; ///< itself where it is a source
        std::size_t writer;
        double product; ///< of hops and gains, the node's own among them
        double hop;     ///< into the node
    };

    struct root {
        double bound;
        std::uint32_t to_come;
        std::size_t writer;
    };

    /// Paths come out behind all that may still be as strong, in their order.
    struct later {
        const path_search* in;
        bool operator()(const step& a, const step& b) const {
            if (a.bound != b.bound) return a.bound < b.bound;
            const bool a_done = a.kind == step_kind::complete, b_done = b.kind == step_kind::complete;
            if (a_done != b_done) return a_done;
            if (a_done) return comes_before(in->complete_[b.prefix], in->complete_[a.prefix]);
            return std::tie(a.kind, a.prefix, a.way) > std::tie(b.kind, b.prefix, b.way);
        }
    };

    using step_queue = std::priority_queue<step, std::vector<step>, later>;

    /// Bytes of what was looked at, and of the paths of this search and those before.
    std::uint64_t held() const {
        const std::uint64_t path_bytes =
            sizeof(circuit_path) + options_.most * sizeof(path_node) + (options_.most + 1) * sizeof(double);
        return prefixes_.capacity() * sizeof(prefix) + queue_.size() * sizeof(step) +
               ways_ * sizeof(path_fan::way) + (returned_ + 2 * complete_.capacity()) * path_bytes;
    }

    void push(const step& next) {
        if (!std::isfinite(next.bound))
            throw numeric_error(errc::non_finite,
                                "top_paths: the products along paths are beyond double's range");
        if (next.bound > 0) queue_.push(next);
    }

    /// What a path can have at most from a node on.
    double bound_of(std::size_t to_come, std::size_t writer) const {
        const auto known = fans_[target_set_].find(key(to_come, writer));
        if (known != fans_[target_set_].end()) return known->second.bound(0);
        return bounds_.children(target_set_, to_come).bound(writer);
    }

    std::uint64_t key(std::size_t to_come, std::size_t writer) const {
        return (static_cast<std::uint64_t>(to_come) << 32) | writer;
    }

    std::vector<root> sorted_roots() const {
        std::vector<root> roots;
        const auto& sources = nodes_.sources()[source_set_];
        const std::size_t first = nodes_.first_of_source(source_set_);
        for (std::size_t r = options_.fewest; r <= options_.most; ++r)
            for (std::size_t k = 0; k < sources.count(); ++k) {
                const double bound = sources.length(k) == 0
                                         ? 0
                                         : std::abs(sources.gain(k)) * bound_of(r, first + k) * bound_slack;
                if (bound > 0) roots.push_back({bound, static_cast<std::uint32_t>(r), first + k});
            }
        std::stable_sort(roots.begin(), roots.end(),
                         [](const root& a, const root& b) { return a.bound > b.bound; });
        return roots;
    }

    void begin_at(const step& at) {
        const auto& from = roots_[at.way];
        if (at.way + 1 < roots_.size()) push({roots_[at.way + 1].bound, step_kind::root, 0, 0, at.way + 1});
        const auto place = nodes_.writer(from.writer);
        add_prefix({prefixes_.size(), from.writer, place.side->gain(place.number), 0}, from.to_come);
    }

    void add_prefix(const prefix& added, std::uint32_t to_come) {
        prefixes_.push_back(added);
        const double bound = std::abs(added.product) * bound_of(to_come, added.writer) * bound_slack;
        push({bound, step_kind::node, to_come, prefixes_.size() - 1, 0});
    }

    void go_on(step at) {
        const auto before = prefixes_[at.prefix];
        auto& fan = fan_of(at.to_come, before.writer);
        const auto bound = [&](std::size_t way) {
            return std::abs(before.product) * fan.bound(way) * bound_slack;
        };
        if (at.way == fan.ways.size() && fan.rest != 0) add_ways(fan, at.to_come, before.writer);
        if (bound(at.way) < at.bound) { // it is less than it was thought to be
            at.bound = bound(at.way);
            return push(at);
        }
        if (at.way == fan.ways.size()) return;
        const auto way = fan.ways[at.way];
        push({bound(at.way + 1), step_kind::node, at.to_come, at.prefix, at.way + 1});
        if (at.to_come == 0) return complete(at.prefix, way);
        const auto& stage = nodes_.stages()[nodes_.stage_of(way.child)];
        const double gain = stage.writes.gain(way.child - stage.first);
        add_prefix({at.prefix, way.child, before.product * way.product * gain, way.product}, at.to_come - 1);
    }

    void complete(std::size_t last, const path_fan::way& way) {
        const double gain = nodes_.targets()[target_set_].gain(way.child);
        circuit_path path;
        path.target = {target_set_, way.child};
        path.hops = {way.product};
        path.score = prefixes_[last].product * way.product * gain;
        for (; prefixes_[last].before != last; last = prefixes_[last].before) {
            const std::size_t stage = nodes_.stage_of(prefixes_[last].writer);
            path.through.push_back({stage, prefixes_[last].writer - nodes_.stages()[stage].first});
            path.hops.push_back(prefixes_[last].hop);
        }
        path.source = {source_set_, prefixes_[last].writer - nodes_.first_of_source(source_set_)};
        std::reverse(path.through.begin(), path.through.end());
        std::reverse(path.hops.begin(), path.hops.end());
        if (path.score == 0) return;
        complete_.push_back(std::move(path));
        push({std::abs(complete_.back().score), step_kind::complete, 0, complete_.size() - 1, 0});
    }

    path_fan& fan_of(std::size_t to_come, std::size_t writer) {
        const auto [at, is_new] = fans_[target_set_].try_emplace(key(to_come, writer));
        if (is_new) {
            fill_fan(at->second, to_come, writer);
            ways_ += at->second.ways.size() + 2; // and what the fan itself takes
        }
        return at->second;
    }

    /// The ways that the pass kept, with their products in double.
    void fill_fan(path_fan& fan, std::size_t to_come, std::size_t writer) const {
        const auto place = nodes_.writer(writer);
        const auto from = place.side->vector(place.number);
        const auto kept = bounds_.children(target_set_, to_come).of(writer);
        for (const auto& each : kept) {
            const auto to = reader_of(to_come, each.child);
            const auto way = way_to(to_come, each.child, path_dot(from.data(), to.data(), from.size()));
            if (way.here != 0) fan.ways.push_back(way);
        }
        std::sort(fan.ways.begin(), fan.ways.end(), is_better);
        if (kept.size() == kept_children) fan.rest = kept.back().bound;
        fan.sum_up();
    }

    static bool is_better(const path_fan::way& a, const path_fan::way& b) {
        return a.here != b.here ? a.here > b.here : a.child < b.child;
    }

    std::vector<T> reader_of(std::size_t to_come, std::uint32_t child) const {
        if (to_come == 0) return nodes_.targets()[target_set_].vector(child);
        const auto& stage = nodes_.stages()[nodes_.stage_of(child)];
        return stage.reads.vector(child - stage.first);
    }

    path_fan::way way_to(std::size_t to_come, std::uint32_t child, double product) const {
        double then = 0;
        if (to_come == 0) {
            then = std::abs(nodes_.targets()[target_set_].gain(child));
        } else {
            const auto& stage = nodes_.stages()[nodes_.stage_of(child)];
            then = std::abs(stage.writes.gain(child - stage.first)) * bound_of(to_come - 1, child);
        }
        return {child, product, std::abs(product) * then * bound_slack, 0};
    }

    /// The next best ways, four times as many as are known: all are looked at again, in double.
    void add_ways(path_fan& fan, std::size_t to_come, std::size_t writer) {
        std::unordered_set<std::uint32_t> known;
        for (const auto& each : fan.ways) known.insert(each.child);
        auto ways = all_ways(to_come, writer);
        std::erase_if(ways, [&](const path_fan::way& each) { return known.contains(each.child); });
        const std::size_t more = (std::min)(ways.size(), (std::max<std::size_t>)(64, 3 * fan.ways.size()));
        const auto middle = ways.begin() + static_cast<std::ptrdiff_t>(more);
        std::partial_sort(ways.begin(), middle, ways.end(), is_better);
        fan.rest = 0;
        for (auto k = middle; k != ways.end(); ++k) fan.rest = (std::max)(fan.rest, k->here);
        fan.ways.insert(fan.ways.end(), ways.begin(), middle);
        ways_ += more;
        fan.sum_up();
    }

    /// Every way on from a node, with what a path can have at most that way; none that have nothing.
    std::vector<path_fan::way> all_ways(std::size_t to_come, std::size_t writer) const {
        const auto place = nodes_.writer(writer);
        const auto from = place.side->vector(place.number);
        const auto written_at = place.side->position(place.number);
        std::vector<path_fan::way> ways;
        if (to_come == 0) {
            add_ways_to(nodes_.targets()[target_set_], 0, to_come, from, written_at, ways);
            return ways;
        }
        for (const auto& stage : nodes_.stages())
            add_ways_to(stage.reads, stage.first, to_come, from, written_at, ways);
        return ways;
    }

    struct strip {
        std::size_t layer, first, count;
    };
    struct strip_slot {
        std::vector<T> values;
        std::vector<path_fan::way> ways;
    };

    void add_ways_to(const path_vectors<T>& readers, std::size_t first_child, std::size_t to_come,
                     const std::vector<T>& from, std::int64_t written_at,
                     std::vector<path_fan::way>& ways) const {
        const auto& set = readers.set();
        std::vector<strip> strips;
        for (std::size_t l = 0; l < set.layers.size(); ++l)
            for (std::size_t k = 0; set.port.at(l) > written_at && k < set.layers[l].rows();
                 k += copied_vectors)
                strips.push_back({l, k, (std::min)(copied_vectors, set.layers[l].rows() - k)});
        const auto compute = [&](std::size_t i, strip_slot& s) {
            const auto& at = strips[i];
            s.ways.clear();
            s.values.resize(copied_vectors * from.size());
            copy_vectors(set.layers[at.layer].row_range(at.first, at.count), s.values.data());
            for (std::size_t k = 0; k < at.count; ++k) {
                const std::size_t number = at.layer * set.size() + at.first + k;
                if (readers.length(number) == 0) continue;
                const double product = path_dot(from.data(), s.values.data() + k * from.size(), from.size());
                const auto way = way_to(to_come, static_cast<std::uint32_t>(first_child + number), product);
                if (way.here != 0) s.ways.push_back(way);
            }
        };
        const auto merge = [&](std::size_t, strip_slot& s) {
            ways.insert(ways.end(), s.ways.begin(), s.ways.end());
        };
        execution quiet = run_;
        quiet.progress = {};
        for_blocks_in_order<strip_slot>(strips.size(), strips.size(), quiet, compute, merge);
    }

    const path_nodes<T>& nodes_;
    const path_bounds<T>& bounds_;
    const top_path_options& options_;
    const path_budget& budget_;
    const execution& run_;
    std::uint64_t ways_ = 0;     // of all fans
    std::uint64_t returned_ = 0; // paths
    std::size_t source_set_ = 0, target_set_ = 0;
    std::vector<root> roots_;
    std::vector<prefix> prefixes_;
    std::vector<circuit_path> complete_;
    step_queue queue_{later{this}};
    std::vector<std::unordered_map<std::uint64_t, path_fan>> fans_; // by set of targets
};

} // namespace svdlens::inline v0_2::detail

#endif
