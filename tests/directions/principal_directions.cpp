#include "svdlens/directions/principal_directions.hpp"

#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "support/catch.hpp"
#include "support/plain_matrix.hpp"

namespace sl = svdlens;
using svdlens_tests::plain_matrix;

namespace {

template <class T>
sl::basic_vector_set<T> tokens(const plain_matrix& rows) {
    return {.name = "embed",
            .axes = sl::axes({{"token", rows.rows}}),
            .identity = {"token", "{token}"},
            .layers = {rows.as<T>()},
            .port = {sl::flow::writes, -1, 0},
            .provenance = "test"};
}

/// Σ S² ⟨v, w⟩² of all directions.
template <class T>
double energy_of(const sl::basic_vector_set<T>& set, const plain_matrix& w, std::size_t row) {
    double sum = 0;
    for (std::size_t k = 0; k < set.size(); ++k) {
        double dot = 0;
        for (std::size_t c = 0; c < set.d_model(); ++c)
            dot += static_cast<double>(set.layers[0](k, c)) * static_cast<double>(w(row, c));
        sum += std::pow(static_cast<double>(set.singular_value(0, k)) * dot, 2);
    }
    return sum;
}

} // namespace

TEST_CASE("principal directions are the singular directions of all rows together") {
    svdlens_tests::matrix_maker make(4);
    auto rows = make.uniform(700, 30); // strips and bands of one and several
    for (auto& x : rows.values) x *= 1e3L;
    const auto found = sl::principal_directions(tokens<double>(rows));
    CHECK(found.axes[0].name == "matrix");
    CHECK(found.axes[1].name == "direction");
    REQUIRE(found.size() == 30);
    const auto values = svdlens_tests::singular_values(rows);
    for (std::size_t k = 0; k < 30; ++k)
        CHECK(found.singular_value(0, k) == Approx(static_cast<double>(values[k])).epsilon(1e-9));
    CHECK(static_cast<double>(svdlens_tests::row_orthonormality(plain_matrix(found.layers[0]))) < 1e-12);
    const auto probes = make.uniform(3, 30);
    for (std::size_t p = 0; p < 3; ++p) {
        double expected = 0; // ‖W w‖²
        for (std::size_t i = 0; i < rows.rows; ++i) {
            svdlens_tests::real dot = 0;
            for (std::size_t c = 0; c < 30; ++c) dot += rows(i, c) * probes(p, c);
            expected += static_cast<double>(dot * dot);
        }
        CHECK(energy_of(found, probes, p) == Approx(expected).epsilon(1e-10));
        CHECK(energy_of(sl::principal_directions(tokens<float>(rows)), probes, p) ==
              Approx(expected).epsilon(1e-4));
    }
}

TEST_CASE("principal directions behind a norm have no mean, and one direction less") {
    svdlens_tests::matrix_maker make(5);
    const auto rows = make.uniform(60, 12);
    const auto found = sl::principal_directions(tokens<double>(rows), sl::seen_space::centred);
    CHECK(found.centered);
    for (std::size_t k = 0; k < 12; ++k) {
        double mean = 0;
        for (std::size_t c = 0; c < 12; ++c) mean += found.layers[0](k, c);
        CHECK(found.is_null(0, k) == (k == 11));
        if (k < 11) CHECK(std::abs(mean) < 1e-9);
    }
}

TEST_CASE("dead vectors have no part, fewer vectors than dimensions leave null space") {
    svdlens_tests::matrix_maker make(6);
    auto set = tokens<double>(make.uniform(5, 8));
    const auto whole = sl::principal_directions(set);
    std::size_t null_count = 0;
    for (std::size_t k = 0; k < 8; ++k) null_count += whole.is_null(0, k) ? 1U : 0U;
    CHECK(null_count == 3);
    set.dead = {{false, true, false, false, false}};
    const auto rest = sl::principal_directions(set);
    null_count = 0;
    for (std::size_t k = 0; k < 8; ++k) null_count += rest.is_null(0, k) ? 1U : 0U;
    CHECK(null_count == 4);
}

TEST_CASE("principal directions have the same bits for any number of threads, and refuse what is no number") {
    svdlens_tests::matrix_maker make(7);
    auto rows = make.uniform(300, 150);
    const auto one = sl::principal_directions(tokens<float>(rows), {}, {.threads = 1});
    for (const unsigned threads : {2U, 5U}) {
        const auto again = sl::principal_directions(tokens<float>(rows), {}, {.threads = threads});
        std::size_t different = 0;
        for (std::size_t k = 0; k < 150; ++k)
            for (std::size_t c = 0; c < 150; ++c)
                different += one.layers[0](k, c) != again.layers[0](k, c) ? 1U : 0U;
        CHECK(different == 0);
    }
    rows(299, 3) = std::numeric_limits<svdlens_tests::real>::quiet_NaN();
    REQUIRE_THROWS_AS(sl::principal_directions(tokens<float>(rows)), sl::numeric_error);
    auto neurons = tokens<float>(make.uniform(6, 4));
    neurons.axes = sl::axes({{"layer", 1}, {"neuron", 6}});
    REQUIRE_THROWS_AS(sl::principal_directions(neurons), sl::argument_error);
}
