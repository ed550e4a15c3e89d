#include "svdlens/linalg/assignment.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <set>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/random_model.hpp"

namespace sl = svdlens;

namespace {

sl::basic_matrix<double> drawn(std::size_t rows, std::size_t columns, std::uint64_t seed, bool with_ties) {
    svdlens_tests::random_numbers random(seed);
    std::vector<double> values(rows * columns);
    for (auto& each : values) {
        each = random.next();
        if (with_ties) each = std::round(2 * each);
    }
    return {std::move(values), rows, columns};
}

double sum_of(const sl::basic_matrix<double>& values, const std::vector<std::size_t>& columns) {
    double sum = 0;
    for (std::size_t i = 0; i < values.rows(); ++i) sum += values(i, columns[i]);
    return sum;
}

/// Over all orders of the columns.
double best_by_force(const sl::basic_matrix<double>& values) {
    std::vector<std::size_t> columns(values.columns());
    std::iota(columns.begin(), columns.end(), std::size_t{0});
    double best = -std::numeric_limits<double>::infinity();
    do best = std::max(best, sum_of(values, columns));
    while (std::next_permutation(columns.begin(), columns.end()));
    return best;
}

} // namespace

TEST_CASE("an assignment is the best of all, with ties, negative values and columns left over") {
    const std::vector<std::pair<std::size_t, std::size_t>> shapes{{1, 1}, {1, 4}, {2, 2}, {3, 5},
                                                                  {4, 4}, {5, 6}, {6, 6}};
    for (const auto& [rows, columns] : shapes)
        for (const bool with_ties : {false, true})
            for (std::uint64_t seed = 1; seed <= 4; ++seed) {
                const auto values = drawn(rows, columns, seed, with_ties);
                const auto found = sl::best_assignment(values);
                CHECK(std::set<std::size_t>(found.begin(), found.end()).size() == rows);
                CHECK(sum_of(values, found) == Approx(best_by_force(values)).margin(1e-12));
            }
    CHECK(sl::best_assignment({}).empty());
}

TEST_CASE("an assignment undoes a permutation of a large matrix, and is not greedy") {
    constexpr std::size_t n = 97;
    auto noise = drawn(n, n, 3, false);
    std::vector<double> values(n * n);
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < n; ++j)
            values[i * n + j] = 0.4 * noise(i, j) + (j == (i * 35 + 11) % n ? 1 : 0);
    const auto found = sl::best_assignment({values, n, n});
    for (std::size_t i = 0; i < n; ++i) CHECK(found[i] == (i * 35 + 11) % n);
    // The largest value of all, 5, would leave 0 for the other row.
    CHECK(sl::best_assignment({std::vector<double>{5, 4, 4, 0}, 2, 2}) == std::vector<std::size_t>{1, 0});
}

TEST_CASE("what cannot be assigned is refused") {
    CHECK(svdlens_tests::message_of([] {
              sl::best_assignment({std::vector<double>(6), 3, 2});
          }) == "best_assignment: expected at most as many rows as columns, found 3 x 2");
    const double nan = std::numeric_limits<double>::quiet_NaN();
    CHECK_THROWS_AS(sl::best_assignment({std::vector<double>{1, nan}, 1, 2}), sl::argument_error);
}
