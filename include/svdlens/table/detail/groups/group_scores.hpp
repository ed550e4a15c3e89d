/// @file
/// The scores of every group side by side in memory, as many groups at a time as a budget allows.
#ifndef SVDLENS_TABLE_DETAIL_GROUPS_GROUP_SCORES_HPP
#define SVDLENS_TABLE_DETAIL_GROUPS_GROUP_SCORES_HPP

#include <algorithm>
#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "../../../core/error.hpp"
#include "../../../core/execution.hpp"
#include "../../../core/text.hpp"
#include "../../aggregates.hpp"
#include "../../scan.hpp"
#include "../../score_key.hpp"
#include "../../score_source.hpp"
#include "../order/order_image.hpp"
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
template <class States>
group_sizes sizes_of(const States& all) {
    group_sizes result;
    result.numbers = all.template states<0>();
    for (std::size_t g = 0; g < all.size(); ++g)
        if (all.has(g)) result.present.push_back(g);
    return result;
}

/// One pass.
template <score_source S>
group_sizes count_groups(const S& source, const grouping& groups, const execution& run) {
    return sizes_of(aggregate_groups(source, groups, std::tuple<aggregates::count>(), run));
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
        images_.resize(starts_.back());
        next_ = std::vector<std::atomic<std::size_t>>(size());
        for (std::size_t k = 0; k < size(); ++k) next_[k].store(starts_[k], std::memory_order_relaxed);
    }

    std::size_t size() const { return starts_.size() - 1; }
    std::size_t end() const { return first_ + size(); }

    /// The images of the numbers of the k-th group of the batch, in no order.
    std::span<image_type<T>> images(std::size_t k) {
        return std::span(images_).subspan(starts_[k], starts_[k + 1] - starts_[k]);
    }

    /// Puts the numbers of a piece of a block where they belong. May be called by several threads.
    template <score_key Key>
    void put(const score_run<T>& run, const group_stretch& s) {
        if (s.step == 0) {
            if (has(s.group)) put_span<Key>(run.scores.subspan(s.begin, s.size()), s.group);
            return;
        }
        for (std::size_t k = s.begin; k < s.end; ++k)
            if (has(s.group + (k - s.begin)))
                put_span<Key>(run.scores.subspan(k, 1), s.group + (k - s.begin));
    }

  private:
    bool has(std::uint64_t group) const { return group >= first_ && group < end(); }

    template <score_key Key>
    void put_span(std::span<const T> scores, std::uint64_t group) {
        std::size_t numbers = 0;
        for (const T score : scores) numbers += static_cast<std::size_t>(score == score);
        auto& next = next_[static_cast<std::size_t>(group) - first_];
        auto* out = images_.data() + next.fetch_add(numbers, std::memory_order_relaxed);
        for (const T score : scores)
            if (score == score) *out++ = order_image(Key{}(score));
    }

    std::size_t first_;
    std::vector<std::size_t> starts_{0};
    std::vector<image_type<T>> images_;
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

/// Calls `use(group, images)` once for every group, by several threads: the images of all its numbers, in an
/// order that depends on threads; `use` may move them about. Groups without rows come too. One pass for each
/// `budget` bytes of images.
template <score_key Key, score_source S, class Use>
void for_group_images(const S& source, const grouping& groups, const group_sizes& sizes, std::uint64_t budget,
                      const execution& run, Use use) {
    using T = typename S::value_type;
    struct nothing {};
    const double count = static_cast<double>(sizes.numbers.size());
    for (std::size_t first = 0; first < sizes.numbers.size();) {
        group_batch<T> batch(sizes, first, budget);
        const double begin = static_cast<double>(first) / count,
                     end = static_cast<double>(batch.end()) / count;
        scan<nothing>(
            source, part_of(run, begin, (begin + end) / 2),
            [&](const auto& block, nothing&) {
                for (std::size_t r = 0; r < block.runs; ++r) {
                    const auto piece = block.run(r);
                    groups.for_stretches(piece,
                                         [&](const group_stretch& s) { batch.template put<Key>(piece, s); });
                }
            },
            [](nothing&) {});
        const std::size_t together = batch.size() / 1024 + 1; // many small groups are one piece of work
        for_blocks<nothing>((batch.size() + together - 1) / together, source.max_rows(),
                            part_of(run, (begin + end) / 2, end), [&](std::size_t i, nothing&) {
                                const std::size_t last = (std::min)((i + 1) * together, batch.size());
                                for (std::size_t k = i * together; k < last; ++k)
                                    use(first + k, batch.images(k));
                            });
        first = batch.end();
    }
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
