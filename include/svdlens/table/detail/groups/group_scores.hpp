/// @file
/// The scores of every group side by side in memory, as many groups at a time as a budget allows.
#ifndef SVDLENS_TABLE_DETAIL_GROUPS_GROUP_SCORES_HPP
#define SVDLENS_TABLE_DETAIL_GROUPS_GROUP_SCORES_HPP

#include <algorithm>
#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "../../../core/detail/without_progress.hpp"
#include "../../../core/error.hpp"
#include "../../../core/execution.hpp"
#include "../../../core/text.hpp"
#include "../../aggregates.hpp"
#include "../../question.hpp"
#include "../../score_key.hpp"
#include "../../score_source.hpp"
#include "../order/order_image.hpp"
#include "block_groups.hpp"
#include "group_states.hpp"
#include "grouping.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// How many numbers each group has, and which groups have rows at all.
struct group_sizes {
    std::vector<std::uint64_t> numbers;
    std::vector<row_number> present; ///< ascending
};

/// From states whose first aggregate is the count.
template <class Table>
group_sizes sizes_of(const Table& all, const grouping& groups) {
    group_sizes result;
    result.numbers.resize(static_cast<std::size_t>(groups.groups()));
    all.for_groups([&](std::uint64_t group, std::size_t place) {
        result.numbers[static_cast<std::size_t>(group)] = all.template states<0>()[place];
        result.present.push_back(group);
    });
    return result;
}

/// Neighbouring groups whose images are gathered in one pass.
template <std::floating_point T>
class group_batch {
  public:
    /// Takes groups from `first` on until their images are over `budget` bytes, and one at least.
    group_batch(const group_sizes& sizes, std::size_t first, std::uint64_t budget) : first_(first) {
        std::uint64_t room = budget / sizeof(image_type<T>);
        for (std::size_t g = first; g < sizes.numbers.size(); ++g) {
            if (g != first && sizes.numbers[g] > room) break;
            room -= (std::min)(room, sizes.numbers[g]);
            starts_.push_back(starts_.back() + static_cast<std::size_t>(sizes.numbers[g]));
        }
        images_ = std::make_unique_for_overwrite<image_type<T>[]>(starts_.back());
        next_ = std::vector<std::atomic<std::size_t>>(size());
        for (std::size_t k = 0; k < size(); ++k) next_[k].store(starts_[k], std::memory_order_relaxed);
    }

    std::size_t size() const { return starts_.size() - 1; }
    std::size_t end() const { return first_ + size(); }

    /// The images of the numbers of the k-th group of the batch, in no order.
    std::span<image_type<T>> images(std::size_t k) {
        return {images_.get() + starts_[k], starts_[k + 1] - starts_[k]};
    }

    /// Puts the numbers of a block where they belong. May be called by several threads, each with a list of its own.
    template <score_key Key>
    void put(const score_block<T>& block, const block_groups& groups, std::vector<std::size_t>& next) {
        count_numbers(block, groups, next);
        for (const auto& s : groups.segments()) reserve(s, next);
        for (const auto& p : groups.pieces()) put_piece<Key>(block.run(p.run).scores, p, next);
    }

  private:
    bool has(std::uint64_t group) const { return group >= first_ && group < end(); }

    /// How many numbers each group has in the block.
    static void count_numbers(const score_block<T>& block, const block_groups& groups,
                              std::vector<std::size_t>& numbers) {
        numbers.assign(groups.places(), 0);
        for (const auto& p : groups.pieces()) {
            const T* const x = block.run(p.run).scores.data() + p.begin;
            std::size_t* const out = numbers.data() + p.place;
            const std::size_t size = p.end - p.begin;
            std::size_t all = 0;
            if (p.step == 0)
                for (std::size_t k = 0; k < size; ++k) all += static_cast<std::size_t>(x[k] == x[k]);
            else
                for (std::size_t k = 0; k < size; ++k) out[k] += static_cast<std::size_t>(x[k] == x[k]);
            *out += all;
        }
    }

    /// From how many numbers groups have to where the first of them goes.
    void reserve(const block_groups::segment& s, std::vector<std::size_t>& next) {
        for (std::size_t k = 0; k < s.count; ++k) {
            auto& place = next[s.place + k];
            if (place != 0 && has(s.group + k))
                place = next_[static_cast<std::size_t>(s.group + k) - first_].fetch_add(
                    place, std::memory_order_relaxed);
        }
    }

    template <score_key Key>
    void put_piece(std::span<const T> scores, const block_groups::piece& p, std::vector<std::size_t>& next) {
        auto* const images = images_.get();
        if (p.step == 0) {
            if (!has(p.group)) return;
            std::size_t at = next[p.place];
            for (const T score : scores.subspan(p.begin, p.end - p.begin))
                if (score == score) images[at++] = order_image(Key{}(score));
            next[p.place] = at;
            return;
        }
        const std::uint64_t size = p.end - p.begin;
        const auto clipped = [&](std::uint64_t group) {
            return static_cast<std::size_t>((std::clamp)(group, p.group, p.group + size) - p.group);
        };
        for (std::size_t k = clipped(first_); k < clipped(end()); ++k)
            if (const T score = scores[p.begin + k]; score == score)
                images[next[p.place + k]++] = order_image(Key{}(score));
    }

    std::size_t first_;
    std::vector<std::size_t> starts_{0};
    std::unique_ptr<image_type<T>[]> images_;    // written first by the threads that put numbers there
    std::vector<std::atomic<std::size_t>> next_; ///< where each group's next number goes
};

/// @throws argument_error (invalid_argument) where a group does not fit alone
inline void check_groups_fit(const std::string& verb, const group_sizes& sizes, std::size_t bytes,
                             std::uint64_t budget) {
    if (sizes.numbers.empty()) return;
    const auto largest = *std::max_element(sizes.numbers.begin(), sizes.numbers.end());
    if (largest <= budget / bytes) return;
    throw argument_error(errc::invalid_argument,
                         verb + ": the " + to_text(largest) + " scores of one group, " + to_text(bytes) +
                             " bytes each, are over what the memory budget leaves for scores, " +
                             to_text(budget) +
                             " bytes; group by more columns or raise execution::memory_budget");
}

/// Calls `use(group, images)` for every group of a batch, by several threads.
template <std::floating_point T, class Use>
void use_batch(group_batch<T>& batch, std::size_t first, const execution& run, Use use) {
    struct nothing {};
    const std::size_t together = batch.size() / 1024 + 1; // many small groups are one piece of work
    for_blocks<nothing>((batch.size() + together - 1) / together, batch.size(), run,
                        [&](std::size_t i, nothing&) {
                            const std::size_t last = (std::min)((i + 1) * together, batch.size());
                            for (std::size_t k = i * together; k < last; ++k) use(first + k, batch.images(k));
                        });
}

/// The scores of every group side by side, as a question: one pass counts the groups' numbers, then one for each part
/// of the budget gathers images of scores. `gathered.begin(counts, sizes)` is called between these; then
/// `gathered.use(group, images)` once for every group, by several threads: the images of all its numbers, in an order
/// that depends on threads; it may move them about. Groups without rows come too. `gathered.result()` at last.
/// `More` are what is found beside the count in the first pass.
template <std::floating_point T, score_key Key, class Gathered, aggregate... More>
class group_images_question {
  public:
    using counting = group_question<T, aggregates::count, More...>;
    struct state {
        typename counting::state counts;
        block_groups groups;
        std::vector<std::size_t> next;
    };
    struct plan {};

    /// @param bytes that the verb holds a group
    /// @throws argument_error (invalid_argument) for more groups than the budget holds
    group_images_question(const std::string& verb, const asked_table<T>& table, const grouping& groups,
                          std::uint64_t bytes, Gathered gathered) :
        verb_(verb),
        groups_(groups), run_(&table.run), left_(budget_left(verb, groups, bytes, table.run)),
        bytes_(table.run.memory_budget - left_ + scores_bytes(table.max_rows)),
        counts_(verb, table, groups, {}, bytes), gathered_(std::move(gathered)) {}

    merge_order order = counting::order;

    unsigned passes_left() const {
        if (is_counting_) return 2;
        return next_ < sizes_.numbers.size() ? passes_from_next() : 0;
    }
    std::uint64_t bytes() const { return bytes_; }

    plan begin_pass() {
        if (!is_counting_) batch_ = std::make_unique<group_batch<T>>(sizes_, next_, left_);
        return {};
    }

    void look(const plan&, const score_block<T>& block, state& mine) const {
        if (is_counting_) return counts_.look({}, block, mine.counts);
        mine.groups.cut(block, groups_);
        batch_->template put<Key>(block, mine.groups, mine.next);
    }

    void merge(state& into, state& later) const {
        if (is_counting_) counts_.merge(into.counts, later.counts);
    }

    void end_pass(state& all) {
        if (!is_counting_) {
            use_batch(
                *batch_, next_, without_progress(*run_),
                [&](std::size_t group, std::span<image_type<T>> images) { gathered_.use(group, images); });
            next_ = batch_->end();
            batch_.reset();
            return;
        }
        counts_.end_pass(all.counts);
        const auto counts = counts_.result();
        sizes_ = sizes_of(counts, groups_);
        check_groups_fit(verb_, sizes_, sizeof(T), left_);
        gathered_.begin(counts, sizes_);
        is_counting_ = false;
        order = merge_order::any;
    }

    const grouping& groups() const { return groups_; }
    auto result() { return gathered_.result(); }

  private:
    static std::uint64_t budget_left(const std::string& verb, const grouping& groups, std::uint64_t bytes,
                                     const execution& run) {
        check_budget(verb, "groups", groups.groups(), bytes, run);
        return run.memory_budget - groups.groups() * bytes;
    }

    std::uint64_t scores_bytes(std::uint64_t rows) const {
        return rows > left_ / sizeof(T) ? left_ : rows * sizeof(T);
    }

    unsigned passes_from_next() const {
        std::uint64_t numbers = 0;
        for (std::size_t k = next_; k < sizes_.numbers.size(); ++k) numbers += sizes_.numbers[k];
        const std::uint64_t room = (std::max<std::uint64_t>)(1, left_ / sizeof(T));
        return static_cast<unsigned>((std::min<std::uint64_t>)(1 + numbers / room, 1U << 20));
    }

    std::string verb_;
    grouping groups_;
    const execution* run_;
    std::uint64_t left_;
    std::uint64_t bytes_;
    counting counts_;
    Gathered gathered_;
    bool is_counting_ = true;
    group_sizes sizes_;
    std::size_t next_ = 0; ///< the first group that is not gathered yet
    std::unique_ptr<group_batch<T>> batch_;
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
