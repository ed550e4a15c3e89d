/// @file
/// Which groups occur, and where what is held of each lies.
#ifndef SVDLENS_TABLE_DETAIL_GROUPS_GROUP_PLACES_HPP
#define SVDLENS_TABLE_DETAIL_GROUPS_GROUP_PLACES_HPP

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "../../../core/detail/requirements.hpp"

namespace svdlens::inline v0_2::detail {

/// Places for what is held of groups, in pages of eight neighbours that come as their groups occur: memory goes with
/// the groups that there are, and neighbours lie side by side, so that loops over them vectorise.
///
/// A page is found by hashing, or without where groups come one after the other. 16 to 32 bytes a page.
class group_places {
  public:
    static constexpr std::size_t page_size = 8;

    /// Gives every group its own number as its place, where there are few; before any other has one.
    void cover(std::uint64_t groups) {
        covered_ = static_cast<std::size_t>((groups + page_size - 1) / page_size * page_size);
    }

    /// Places handed out so far: arrays of that size hold something for each.
    std::size_t size() const { return covered_ != 0 ? covered_ : numbers_.size() * page_size; }

    /// The place of a group, which is given one where it has none.
    std::size_t place(std::uint64_t group) {
        if (covered_ != 0) return static_cast<std::size_t>(group);
        const std::uint64_t number = group / page_size;
        const std::size_t page = is_page(last_, number)       ? last_
                                 : is_page(last_ + 1, number) ? last_ + 1
                                                              : find_or_add(number);
        last_ = page;
        return page * page_size + static_cast<std::size_t>(group % page_size);
    }

    /// The place of a group, or `size()` where it has none.
    std::size_t find(std::uint64_t group) const {
        if (covered_ != 0) return static_cast<std::size_t>(group);
        if (table_.empty()) return size();
        const std::size_t found = table_[slot(group / page_size)];
        return found == 0 ? size() : (found - 1) * page_size + static_cast<std::size_t>(group % page_size);
    }

    /// Calls `use(place, first, count)` for runs of the groups [group, group + count): the places of `count` of them, from
    /// the `first`-th on, lie side by side from `place` on. All of them have a place before the first call for them.
    template <class Use>
    void for_pages(std::uint64_t group, std::size_t count, Use use) {
        if (covered_ != 0) return use(static_cast<std::size_t>(group), std::size_t{0}, count);
        for (std::size_t first = 0; first < count;) {
            const std::size_t begin = place(group + first);
            std::size_t run = left_in_page(group + first, count - first);
            while (first + run < count && place(group + first + run) == begin + run)
                run += left_in_page(group + first + run, count - first - run);
            use(begin, first, run);
            first += run;
        }
    }

    /// Pages as they came: `use(group, place)` for the first group of each.
    template <class Use>
    void for_each_page(Use use) const {
        for (std::size_t k = 0; k < covered_; k += page_size) use(k, k);
        for (std::size_t k = 0; k < numbers_.size(); ++k) use(numbers_[k] * page_size, k * page_size);
    }

    /// Groups of pages, ascending: `use(group, place)`.
    template <class Use>
    void for_groups(Use use) const {
        for (std::size_t k = 0; k < covered_; ++k) use(k, k);
        std::vector<std::pair<std::uint64_t, std::size_t>> pages(numbers_.size());
        for (std::size_t k = 0; k < pages.size(); ++k) pages[k] = {numbers_[k], k};
        if (!std::is_sorted(pages.begin(), pages.end())) std::sort(pages.begin(), pages.end());
        for (const auto& [number, page] : pages)
            for (std::size_t k = 0; k < page_size; ++k) use(number * page_size + k, page * page_size + k);
    }

  private:
    static std::size_t left_in_page(std::uint64_t group, std::size_t count) {
        return (std::min)(page_size - static_cast<std::size_t>(group % page_size), count);
    }

    bool is_page(std::size_t page, std::uint64_t number) const {
        return page < numbers_.size() && numbers_[page] == number;
    }

    /// Where a page is entered, or can be.
    std::size_t slot(std::uint64_t number) const {
        constexpr std::uint64_t spread = 0x9e37'79b9'7f4a'7c15U; // 2^64 over the golden ratio
        const std::size_t mask = table_.size() - 1;
        auto at = static_cast<std::size_t>(number * spread >> 32) & mask;
        while (table_[at] != 0 && numbers_[table_[at] - 1] != number) at = (at + 1) & mask;
        return at;
    }

    std::size_t find_or_add(std::uint64_t number) {
        if (2 * (numbers_.size() + 1) > table_.size()) grow();
        auto& entry = table_[slot(number)];
        if (entry == 0) {
            numbers_.push_back(number);
            entry = numbers_.size();
        }
        return entry - 1;
    }

    void grow() {
        table_.assign((std::max<std::size_t>)(8, 2 * table_.size()), 0);
        for (std::size_t k = 0; k < numbers_.size(); ++k) table_[slot(numbers_[k])] = k + 1;
    }

    std::vector<std::uint64_t> numbers_; ///< of pages, as they came
    std::vector<std::size_t> table_;     ///< a power of two, half full at most: a page and one; 0: none
    std::size_t last_ = 0;
    std::size_t covered_ = 0; ///< places where every group has its number's; else 0
};

} // namespace svdlens::inline v0_2::detail

#endif
