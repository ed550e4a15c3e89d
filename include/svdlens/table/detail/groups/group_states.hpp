/// @file
/// The one pass of all grouped verbs: aggregates of the groups of any score source that occur.
#ifndef SVDLENS_TABLE_DETAIL_GROUPS_GROUP_STATES_HPP
#define SVDLENS_TABLE_DETAIL_GROUPS_GROUP_STATES_HPP

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "../../../core/error.hpp"
#include "../../../core/execution.hpp"
#include "../../../core/text.hpp"
#include "../../aggregates.hpp"
#include "../../question.hpp"
#include "../../score_source.hpp"
#include "../ask/question_loop.hpp"
#include "add_scores.hpp"
#include "block_groups.hpp"
#include "group_places.hpp"
#include "grouping.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// @throws argument_error (invalid_argument) when `count` things of `bytes` each are over the budget
inline void check_budget(const std::string& verb, const std::string& things, std::uint64_t count,
                         std::uint64_t bytes, const execution& run) {
    if (count <= run.memory_budget / bytes) return;
    throw argument_error(errc::invalid_argument,
                         verb + ": " + to_text(count) + " " + things + " of " + to_text(bytes) +
                             " bytes each are over the memory budget of " + to_text(run.memory_budget) +
                             " bytes; " + (things == "groups" ? "group by fewer columns or " : "") +
                             "raise execution::memory_budget");
}

/// The states of some groups for each of the aggregates, side by side, and which groups have rows.
template <std::floating_point T, aggregate... A>
class group_states {
  public:
    static constexpr std::size_t count = sizeof...(A);
    /// Bytes a group.
    static constexpr std::size_t bytes = (sizeof(aggregate_state<A, T>) + ... + sizeof(unsigned char));

    void reset(std::size_t groups) {
        present_.assign(groups, 0);
        for_each_index<count>([&](auto k) {
            auto& states = std::get<k>(states_);
            states.assign(groups, {});
        });
    }

    /// Adds the scores of a block that was cut into pieces. Lines of the same groups are added some at a time.
    void add(const std::tuple<A...>& aggregates, const score_block<T>& block,
             const std::vector<block_groups::piece>& pieces) {
        for (std::size_t k = 0; k < pieces.size();) {
            if (begins_lines(pieces, k)) {
                add_lines_of(aggregates, block, pieces.data() + k);
                k += lines_together;
            } else {
                add_piece(aggregates, block.run(pieces[k].run), pieces[k]);
                ++k;
            }
        }
    }

    /// Room for that many groups, those that are there kept.
    void grow(std::size_t groups) {
        present_.resize(groups, 0);
        for_each_index<count>([&](auto k) { std::get<k>(states_).resize(groups); });
    }

    /// Adds states of later rows: those of `part` from `from` on to `groups` ones from `place` on.
    void merge(const std::tuple<A...>& aggregates, std::size_t place, const group_states& part,
               std::size_t from, std::size_t groups) {
        auto* const mine_present = present_.data() + place; // a byte's store would have the vectors read anew
        const auto* const theirs_present = part.present_.data() + from;
        for (std::size_t j = 0; j < groups; ++j) mine_present[j] |= theirs_present[j];
        for_each_index<count>([&](auto k) {
            const auto& a = std::get<k>(aggregates);
            auto* const mine = std::get<k>(states_).data() + place;
            const auto* const theirs = std::get<k>(part.states_).data() + from;
            for (std::size_t j = 0; j < groups; ++j) a.merge(mine[j], theirs[j]);
        });
    }

    /// Takes over the states of `part` from `from` on for `groups` ones from `place` on.
    void copy(std::size_t place, const group_states& part, std::size_t from, std::size_t groups) {
        std::copy_n(part.present_.data() + from, groups, present_.data() + place);
        for_each_index<count>([&](auto k) {
            std::copy_n(std::get<k>(part.states_).data() + from, groups, std::get<k>(states_).data() + place);
        });
    }

    std::size_t size() const { return present_.size(); }
    bool has(std::size_t group) const { return present_[group] != 0; }
    std::size_t count_present() const {
        return static_cast<std::size_t>(std::count(present_.begin(), present_.end(), 1));
    }

    /// The states of the k-th aggregate.
    template <std::size_t K>
    const auto& states() const {
        return std::get<K>(states_);
    }

  private:
    /// Whether the next pieces are lines of the same groups.
    static bool begins_lines(const std::vector<block_groups::piece>& pieces, std::size_t first) {
        if (first + lines_together > pieces.size() || pieces[first].step == 0) return false;
        const auto size = [&](std::size_t k) { return pieces[k].end - pieces[k].begin; };
        for (std::size_t k = first + 1; k < first + lines_together; ++k)
            if (pieces[k].place != pieces[first].place || pieces[k].step == 0 || size(k) != size(first))
                return false;
        return true;
    }

    void add_lines_of(const std::tuple<A...>& aggregates, const score_block<T>& block,
                      const block_groups::piece* pieces) {
        const std::size_t place = pieces->place, size = pieces->end - pieces->begin;
        std::array<const T*, lines_together> lines;
        for (std::size_t k = 0; k < lines.size(); ++k)
            lines[k] = block.run(pieces[k].run).scores.data() + pieces[k].begin;
        std::fill_n(present_.data() + place, size, static_cast<unsigned char>(1));
        for_each_index<count>([&](auto k) {
            add_lines(std::get<k>(aggregates), std::get<k>(states_).data() + place, lines, size);
        });
    }

    void add_piece(const std::tuple<A...>& aggregates, const score_run<T>& run,
                   const block_groups::piece& p) {
        const auto scores = run.scores.subspan(p.begin, p.end - p.begin);
        const std::size_t groups = p.step == 0 ? 1 : scores.size();
        std::fill_n(present_.data() + p.place, groups, static_cast<unsigned char>(1));
        for_each_index<count>([&](auto k) {
            auto* const states = std::get<k>(states_).data() + p.place;
            if (p.step == 0)
                add_all(std::get<k>(aggregates), *states, scores);
            else
                add_each(std::get<k>(aggregates), states, scores);
        });
    }

    std::vector<unsigned char> present_; // not bool: bytes are filled and merged many at a time
    std::tuple<std::vector<aggregate_state<A, T>>...> states_;
};

/// A worker's part: the states of one block.
template <std::floating_point T, aggregate... A>
struct block_states {
    block_groups groups;
    group_states<T, A...> states;
};

/// The states of the groups that occur. Memory: `group_states::bytes` a group and 4 more, up to eight times as much
/// where few of their neighbours occur.
template <std::floating_point T, aggregate... A>
class group_table {
  public:
    using states_type = group_states<T, A...>;

    /// Adds the states of a block. O(groups that it touches)
    void merge(const std::tuple<A...>& aggregates, const block_states<T, A...>& block) {
        for (const auto& s : block.groups.segments())
            places_.for_pages(s.group, s.count,
                              [&](std::size_t place, std::size_t first, std::size_t groups) {
                                  add(aggregates, place, block.states, s.place + first, groups);
                              });
    }

    /// Adds later states. O(groups that these hold)
    void merge(const std::tuple<A...>& aggregates, const group_table& later) {
        later.places_.for_each_page([&](std::uint64_t group, std::size_t from) {
            add(aggregates, places_.place(group), later.states_, from, group_places::page_size);
        });
    }

    /// A place for every group, where there are few.
    void cover(std::uint64_t groups) { places_.cover(groups); }

    bool is_covered() const { return places_.is_covered(); }

    /// Gives every group a place, keeping what is there: where many occur.
    void spread(std::uint64_t groups) {
        group_table all;
        all.cover(groups);
        all.states_.grow(all.places_.size());
        places_.for_each_page([&](std::uint64_t group, std::size_t from) {
            all.states_.copy(static_cast<std::size_t>(group), states_, from, group_places::page_size);
        });
        *this = std::move(all);
    }

    /// How many places there are, more than groups.
    std::size_t size() const { return places_.size(); }
    bool empty() const { return size() == 0; }

    /// The place of a group that occurs.
    std::optional<std::size_t> find(std::uint64_t group) const {
        const auto place = places_.find(group);
        if (place >= places_.size() || !states_.has(place)) return std::nullopt;
        return place;
    }

    /// The groups that occur, ascending, each with its place: `use(group, place)`.
    template <class Use>
    void for_groups(Use use) const {
        if (states_.size() == 0) return; // nothing was added
        places_.for_groups([&](std::uint64_t group, std::size_t place) {
            if (states_.has(place)) use(group, place);
        });
    }
    std::size_t count_present() const { return states_.count_present(); }

    /// The states of the k-th aggregate, by place.
    template <std::size_t K>
    const auto& states() const {
        return states_.template states<K>();
    }

  private:
    void add(const std::tuple<A...>& aggregates, std::size_t place, const states_type& part, std::size_t from,
             std::size_t groups) {
        if (places_.size() > states_.size()) states_.grow((std::max)(places_.size(), 2 * states_.size()));
        states_.merge(aggregates, place, part, from, groups);
    }

    group_places places_;
    states_type states_;
};

/// What a worker has found: a block that is looked at last, and all before it.
template <std::floating_point T, aggregate... A>
struct group_part {
    block_states<T, A...> block;
    group_table<T, A...> before;
    bool has_block = false;
};

/// Aggregates of the groups that occur: one pass. Blocks are merged in their order, so the bits do not depend on threads.
template <std::floating_point T, aggregate... A>
class group_question {
  public:
    using state = group_part<T, A...>;
    using table_type = group_table<T, A...>;
    static constexpr merge_order order = merge_order::blocks;
    struct plan {};

    /// @param bytes that the verb holds a group
    /// @throws argument_error (invalid_argument) where it is known already that groups are over the budget
    group_question(std::string verb, const asked_table<T>& table, grouping groups,
                   std::tuple<A...> aggregates, std::uint64_t bytes) :
        verb_(std::move(verb)),
        groups_(std::move(groups)), aggregates_(std::move(aggregates)), bytes_(bytes), run_(&table.run) {
        const auto most = (std::min)(groups_.groups(), table.max_rows);
        most_bytes_ = most > run_->memory_budget / bytes_ ? run_->memory_budget : most * bytes_;
        is_few_ = groups_.groups() <= (std::min)({few_groups, table.max_rows, run_->memory_budget / bytes_});
        if (table.in_memory || table.tiles != nullptr) check(most); // its rows are all there
    }

    unsigned passes_left() const { return is_done_ ? 0 : 1; }
    std::uint64_t bytes() const { return most_bytes_; }
    plan begin_pass() const { return {}; }

    void look(const plan&, const score_block<T>& block, state& mine) const {
        add_block(mine);
        mine.block.groups.cut(block, groups_);
        mine.block.states.reset(mine.block.groups.places());
        mine.block.states.add(aggregates_, block, mine.block.groups.pieces());
        mine.has_block = true;
    }

    void merge(state& into, state& later) const {
        if (!into.has_block && into.before.empty()) {
            std::swap(into, later);
            return;
        }
        add_block(into);
        if (!later.before.empty()) {
            if (into.before.empty() && is_few_) into.before.cover(groups_.groups());
            into.before.merge(aggregates_, later.before);
            later.before = {};
            check_held(into.before);
        }
        if (later.has_block) add_block(into.before, later);
    }

    void end_pass(state& all) {
        add_block(all);
        all_ = std::move(all.before);
        is_done_ = true;
    }

    const grouping& groups() const { return groups_; }
    const std::tuple<A...>& aggregates() const { return aggregates_; }
    table_type result() { return std::move(all_); }

  private:
    static constexpr std::uint64_t few_groups = 4096;

    void add_block(state& mine) const {
        if (mine.has_block) add_block(mine.before, mine);
    }

    void add_block(table_type& into, state& later) const {
        if (into.empty() && is_few_) into.cover(groups_.groups());
        into.merge(aggregates_, later.block);
        later.has_block = false;
        check_held(into);
    }

    void check(std::uint64_t groups) const { check_budget(verb_, "groups", groups, bytes_, *run_); }

    /// Where an eighth of the groups occurs, or seems to, all get their places.
    void check_held(table_type& held) const {
        check((std::min<std::uint64_t>)(held.size(), groups_.groups()));
        if (!held.is_covered() && held.size() >= groups_.groups() / 8 &&
            groups_.groups() <= run_->memory_budget / bytes_)
            held.spread(groups_.groups());
    }

    std::string verb_;
    grouping groups_;
    std::tuple<A...> aggregates_;
    std::uint64_t bytes_;
    std::uint64_t most_bytes_;
    bool is_few_; ///< groups: each has its place from the start
    const execution* run_;
    table_type all_;
    bool is_done_ = false;
};

/// The aggregates of the groups of any source.
template <std::floating_point T, aggregate... A>
group_table<T, A...> aggregate_groups(const std::string& verb, const score_source_ref<T>& source,
                                      const grouping& groups, const std::tuple<A...>& aggregates,
                                      const execution& run) {
    group_question<T, A...> question(verb, to_asked_table(source, run), groups, aggregates,
                                     group_states<T, A...>::bytes);
    return answer(source, question, run);
}

/// The values of one aggregate by the number of the group; NaN where there is no row. Memory: 8 bytes for every group
/// that could be, which the budget holds.
template <std::floating_point T, aggregate A>
std::vector<double> group_values(const std::string& verb, const score_source_ref<T>& source,
                                 const grouping& groups, const A& a, const execution& run) {
    check_budget(verb, "groups", groups.groups(), sizeof(double), run);
    const auto all = aggregate_groups(verb, source, groups, std::tuple<A>(a), run);
    std::vector<double> values(static_cast<std::size_t>(groups.groups()),
                               std::numeric_limits<double>::quiet_NaN());
    all.for_groups([&](std::uint64_t group, std::size_t place) {
        values[static_cast<std::size_t>(group)] = a.value(all.template states<0>()[place]);
    });
    return values;
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
