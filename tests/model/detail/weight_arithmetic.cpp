#include "svdlens/model/detail/weight_arithmetic.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "linalg/matrix_parts.hpp"
#include "support/catch.hpp"
#include "support/random_model.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;
using sl::detail::centring;

namespace {

// Every number comes from a float, so that products of two are exact in double: the same bits, whether a
// compiler fuses multiplying and adding or not.

template <class T>
std::vector<T> numbers(std::size_t count, std::uint64_t seed) {
    random_numbers random(seed);
    std::vector<T> values(count);
    for (auto& each : values) each = static_cast<T>(static_cast<float>(random.next()));
    return values;
}

enum class storage { by_rows, by_columns, by_rows_deferred, by_columns_deferred };

/// Values of its own, row by row.
template <class T>
sl::basic_matrix<T> copied(const sl::basic_matrix<T>& m) {
    return {whole(m).values, m.rows(), m.columns()};
}

/// The same random values, however they storage.
template <class T>
sl::basic_matrix<T> make_matrix(std::size_t rows, std::size_t columns, storage how) {
    const auto values = numbers<T>(rows * columns, 3);
    sl::basic_matrix<T> m(values, rows, columns);
    if (how == storage::by_columns || how == storage::by_columns_deferred) {
        const auto turned = make_expected<T>(columns, rows, [&](auto i, auto j) { return m(j, i); });
        m = sl::basic_matrix<T>(turned.values, columns, rows).transposed();
    }
    if (how == storage::by_rows || how == storage::by_columns) return m;
    return sl::deferred_matrix<T>(rows, columns, [m, how](const sl::matrix_part& part) {
        const auto from = m.row_range(part.row, part.rows).column_range(part.column, part.columns);
        return how == storage::by_rows_deferred ? copied(from) : copied(from.transposed()).transposed();
    });
}

template <class T>
double factor_of(const std::vector<T>& gain, std::size_t i) {
    return gain.empty() ? 1.0 : static_cast<double>(gain[i]);
}

/// The mean of column j of diag(gain) W.
template <class T>
double naive_mean(const sl::basic_matrix<T>& W, const std::vector<T>& gain, std::size_t j) {
    double sum = 0;
    for (std::size_t i = 0; i < W.rows(); ++i) sum += factor_of(gain, i) * static_cast<double>(W(i, j));
    return sum / static_cast<double>(W.rows());
}

template <class T>
expected_values<T> naively_scaled(const sl::basic_matrix<T>& W, const std::vector<T>& gain, centring centre) {
    return make_expected<T>(W.rows(), W.columns(), [&](auto i, auto j) {
        const double mean = centre == centring::remove ? naive_mean(W, gain, j) : 0.0;
        return static_cast<T>(factor_of(gain, i) * static_cast<double>(W(i, j)) - mean);
    });
}

template <class T>
void check_parts(std::size_t rows, std::size_t columns, storage how, const std::vector<T>& gain,
                 centring centre) {
    const auto plain = make_matrix<T>(rows, columns, storage::by_rows);
    const auto W = make_matrix<T>(rows, columns, how);
    const auto scaled = sl::detail::scale_rows(W, gain, centre);
    CHECK(differing_part(scaled, naively_scaled(plain, gain, centre)) == "");
    CHECK(scaled.is_deferred() == (W.is_deferred() || !gain.empty() || centre == centring::remove));
    if (rows == 0 || columns == 0) return;
    const auto one = W.resident(), other = W.resident();
    CHECK((one.data() == other.data()) == !W.is_deferred()); // nothing keeps what it was made of
}

} // namespace

TEST_CASE("any part of scaled and centred weights has the bits of the formula") {
    const auto how = GENERATE(storage::by_rows, storage::by_columns, storage::by_rows_deferred,
                              storage::by_columns_deferred);
    const auto centre = GENERATE(centring::keep, centring::remove);
    const bool has_gain = GENERATE(false, true);
    for (const auto& [rows, columns] : {std::pair<std::size_t, std::size_t>{7, 11},
                                        {300, 3},
                                        {13, 4},
                                        {1, 5},
                                        {5, 1},
                                        {1, 1},
                                        {4, 0},
                                        {0, 4}}) {
        check_parts<float>(rows, columns, how, numbers<float>(has_gain ? rows : 0, 9), centre);
        check_parts<double>(rows, columns, how, numbers<double>(has_gain ? rows : 0, 9), centre);
    }
}

TEST_CASE("weights that are scaled again, by columns and by rows, have the bits of one step after another") {
    const auto how = GENERATE(storage::by_rows, storage::by_columns_deferred);
    const auto plain = make_matrix<float>(6, 9, storage::by_rows);
    const auto gain = numbers<float>(6, 1), other = numbers<float>(9, 2);
    const auto once = naively_scaled(plain, gain, centring::remove);
    const auto twice = make_expected<float>(6, 9, [&](auto i, auto j) {
        return static_cast<float>(static_cast<double>(other[j]) * static_cast<double>(once(i, j)));
    });
    const auto W = sl::detail::scale_rows(make_matrix<float>(6, 9, how), gain, centring::remove);
    CHECK(differing_part(sl::detail::scale_columns(W, other), twice) == "");
    const auto one = W.resident(), again = W.resident();
    CHECK(one.data() != again.data());
}

TEST_CASE("every row less its mean has the bits of the formula") {
    const auto how = GENERATE(storage::by_rows, storage::by_columns, storage::by_rows_deferred);
    const auto plain = make_matrix<float>(8, 5, storage::by_rows);
    const auto expected = make_expected<float>(8, 5, [&](auto i, auto j) {
        double sum = 0;
        for (std::size_t k = 0; k < 5; ++k) sum += static_cast<double>(plain(i, k));
        return static_cast<float>(static_cast<double>(plain(i, j)) - sum / 5);
    });
    CHECK(differing_part(sl::detail::centred_rows(make_matrix<float>(8, 5, how)), expected) == "");
}

TEST_CASE("weighted rows are added from the first to the last, however they storage") {
    const auto how = GENERATE(storage::by_rows, storage::by_columns, storage::by_rows_deferred,
                              storage::by_columns_deferred);
    const std::size_t rows = GENERATE(0U, 1U, 7U, 256U, 600U); // strips of 256
    const std::size_t columns = GENERATE(0U, 1U, 11U);
    const auto plain = make_matrix<float>(rows, columns, storage::by_rows);
    const auto W = make_matrix<float>(rows, columns, how);
    const auto start = numbers<double>(columns, 5);
    const auto weights = numbers<float>(rows, 6);
    auto expected = start;
    for (std::size_t i = 0; i < rows; ++i)
        for (std::size_t j = 0; j < columns; ++j)
            expected[j] += static_cast<double>(weights[i]) * static_cast<double>(plain(i, j));
    CHECK(sl::detail::add_weighted_rows(start, W, {weights.begin(), weights.end()}) == expected);
    if (rows != 0) {
        const std::vector<float> bias(start.begin(), start.end());
        sl::detail::kept_sums sums;
        const auto sum = sl::detail::add_product(bias, weights, W, sums);
        CHECK(sum == sl::detail::rounded<float>(expected));
        sums.begin(); // what is known is not made again
        CHECK(sl::detail::add_product({}, weights, W, sums) == sum);
        CHECK(sl::detail::add_product({}, weights, W, sums).size() == columns);
    }
    sl::detail::kept_sums none;
    CHECK(sl::detail::add_product<float>({1, 2}, {}, W, none) == std::vector<float>{1, 2});
}

TEST_CASE("column means are those of the scaled weights, and none where they are kept") {
    const auto how = GENERATE(storage::by_rows, storage::by_columns, storage::by_rows_deferred,
                              storage::by_columns_deferred);
    const std::size_t rows = GENERATE(7U, 300U);
    const auto gain = numbers<float>(rows, 8);
    const auto plain = make_matrix<float>(rows, 11, storage::by_rows);
    const auto W = make_matrix<float>(rows, 11, how);
    const std::vector<double> factors(gain.begin(), gain.end());
    std::vector<double> expected(11);
    for (std::size_t j = 0; j < 11; ++j) expected[j] = naive_mean(plain, gain, j);
    CHECK(sl::detail::column_means(W, factors, centring::remove) == expected);
    CHECK(sl::detail::column_means(W, factors, centring::keep).empty());
}

TEST_CASE("a centred vector has the bits of the formula") {
    const auto values = numbers<float>(GENERATE(0U, 1U, 2U, 17U), 4);
    double sum = 0;
    for (const float each : values) sum += static_cast<double>(each);
    std::vector<float> expected;
    for (const float each : values)
        expected.push_back(
            static_cast<float>(static_cast<double>(each) - sum / static_cast<double>(values.size())));
    CHECK(sl::detail::centred(values) == expected);
    if (values.empty()) return;
    auto bad = values;
    bad.back() = std::numeric_limits<float>::quiet_NaN();
    for (const float each : sl::detail::centred(bad)) CHECK(std::isnan(each));
}

TEST_CASE("weights with nothing to scale by and no mean to take out stay what they are") {
    const auto W = make_matrix<float>(3, 4, storage::by_columns);
    CHECK(sl::detail::scale_rows(W, {}, centring::keep).data() == W.data());
    CHECK(sl::detail::scale_columns(W, {}).data() == W.data());
}
