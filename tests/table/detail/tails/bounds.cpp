#include "svdlens/table/detail/tails/bounds.hpp"

#include <cmath>
#include <cstddef>
#include <limits>
#include <type_traits>
#include <vector>

#include "support/catch.hpp"
#include "support/cut_source.hpp"
#include "support/numbers.hpp"
#include "support/random_scores.hpp"
#include "svdlens/table/detail/ask/question_loop.hpp"
#include "svdlens/table/detail/rows/row_question.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;

TEST_CASE("a float is below a bound where it is in double") {
    const auto least = std::numeric_limits<float>::denorm_min();
    const auto most = (std::numeric_limits<float>::max)();
    for (const float near : {0.1F, 1.0F, -0.1F, 0.0F, least, most, -most}) {
        const double exact = static_cast<double>(near);
        for (const double bound : {exact, std::nextafter(exact, inf), std::nextafter(exact, -inf)}) {
            const float limit = sl::detail::ceiling<float>(bound);
            for (const float score : {near, std::nextafter(near, INFINITY), std::nextafter(near, -INFINITY)})
                CHECK((score < limit) == (static_cast<double>(score) < bound));
        }
    }
    CHECK(std::isnan(sl::detail::ceiling<float>(not_a_number)));
}

TEST_CASE("a side without a bound keeps nothing") {
    using test = sl::detail::outside_test<float, sl::signed_score>;
    CHECK_FALSE(test(sl::score_bounds())(1e30F));
    CHECK_FALSE(test({.low = 0})(1));
    CHECK(test({.low = 0})(-1));
    CHECK_FALSE(test({.high = 0})(-1));
    CHECK(test({.high = 0})(1));
    CHECK_FALSE(test({.low = 0, .high = 0})(NAN));
}

TEST_CASE("rows that pass a test come in the order of blocks") {
    const auto scores = random_scores<float>(2 * 3 * 100, 3);
    const cut_source<float> cut(head_axes(2, 3, 100), scores, 5);
    const sl::detail::hits_of strong(sl::detail::outside_test<float, sl::magnitude>({.high = 0.9}));
    const sl::score_source_ref<float> source(cut);
    const auto find = [&](unsigned threads) {
        sl::detail::row_question<float, std::remove_const_t<decltype(strong)>> question(cut.axes(), strong);
        sl::detail::ask_of(source, question, {.threads = threads});
        return question.rows();
    };
    const auto one = find(1);
    for (const unsigned threads : {2U, 5U}) {
        const auto many = find(threads);
        CHECK(many.rows == one.rows);
        CHECK(many.scores == one.scores);
    }
    std::size_t wanted = 0;
    for (const float score : scores) wanted += std::abs(static_cast<double>(score)) > 0.9 ? 1 : 0;
    CHECK(one.size() == wanted);
}
