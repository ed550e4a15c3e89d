#include "svdlens/table/detail/groups/group_scores.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/cut_source.hpp"
#include "support/message_of.hpp"
#include "support/random_scores.hpp"
#include "svdlens/table/detail/ask/question_loop.hpp"
#include "svdlens/table/detail/order/order_image.hpp"
#include "svdlens/table/score_key.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;

namespace {

using lists = std::vector<std::vector<std::uint32_t>>;

/// Lists what it is given, sorted, and how often.
struct listing {
    std::mutex* mutex;
    lists* found;
    std::vector<int>* times;

    template <class Counts>
    void begin(const Counts&, const sl::detail::group_sizes&) const {}
    void use(std::size_t group, std::span<std::uint32_t> images) const {
        const std::lock_guard lock(*mutex);
        ++(*times)[group];
        (*found)[group].assign(images.begin(), images.end());
        std::sort((*found)[group].begin(), (*found)[group].end());
    }
    void result() const {}
};

/// The images of every group, sorted, by a plain loop.
lists plain_lists(const std::vector<float>& scores, const sl::detail::grouping& groups) {
    lists result(static_cast<std::size_t>(groups.groups()));
    for (std::size_t row = 0; row < scores.size(); ++row)
        if (!std::isnan(scores[row]))
            result[static_cast<std::size_t>(groups.group(row))].push_back(
                sl::detail::order_image(scores[row]));
    for (auto& list : result) std::sort(list.begin(), list.end());
    return result;
}

} // namespace

TEST_CASE("every group comes once with all its numbers, whatever the budget, cut and threads") {
    const auto scores = awkward_scores<float>(3 * 4 * 50, 17);
    const auto columns = head_axes(3, 4, 50);
    for (const auto& names : {sl::by("layer", "head"), sl::by("neuron"), sl::by("layer"), sl::by()}) {
        const sl::detail::grouping groups(columns, names);
        const auto wanted = plain_lists(scores, groups);
        std::uint64_t largest = 0;
        for (const auto& list : wanted) largest = (std::max<std::uint64_t>)(largest, list.size());
        for (const std::uint64_t budget : {largest * 4 + groups.groups(), std::uint64_t{1} << 20}) {
            for (const unsigned threads : {1U, 2U, 5U}) {
                const cut_source<float> cut(columns, scores, threads);
                lists found(wanted.size());
                std::vector<int> times(wanted.size());
                std::mutex mutex;
                const sl::score_source_ref<float> source(cut);
                const sl::execution run{.threads = threads, .memory_budget = budget};
                sl::detail::group_images_question<float, sl::signed_score, listing> question(
                    "verb", sl::detail::to_asked_table(source, run), groups, 1, {&mutex, &found, &times});
                sl::detail::ask_of(source, question, run);
                CHECK(found == wanted);
                CHECK(std::all_of(times.begin(), times.end(), [](int t) { return t == 1; }));
            }
        }
    }
}

TEST_CASE("a batch takes what fits and one group at least") {
    const sl::detail::group_sizes sizes{{3, 4, 0, 9, 1}, {0, 1, 3, 4}};
    CHECK(sl::detail::group_batch<float>(sizes, 0, 7 * 4).end() == 3);
    CHECK(sl::detail::group_batch<float>(sizes, 0, 6 * 4).end() == 1);
    CHECK(sl::detail::group_batch<float>(sizes, 3, 1).end() == 4);
    CHECK(sl::detail::group_batch<float>(sizes, 3, 1000).end() == 5);
    CHECK(sl::detail::group_batch<double>(sizes, 0, 7 * 4).end() == 1);
}

TEST_CASE("a group that does not fit is an error that says so") {
    const sl::detail::group_sizes sizes{{3, 10}, {0, 1}};
    sl::detail::check_groups_fit("verb", sizes, 4, 40);
    CHECK(message_of([&] { sl::detail::check_groups_fit("verb", sizes, 4, 39); }) ==
          "verb: the 10 scores of one group, 4 bytes each, are over what the memory budget leaves for "
          "scores, 39 "
          "bytes; group by more columns or raise execution::memory_budget");
}
