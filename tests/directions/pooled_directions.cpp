#include "svdlens/directions/pooled_directions.hpp"

#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

#include "directions/brute_diagonal.hpp"
#include "support/catch.hpp"
#include "support/plain_matrix.hpp"
#include "svdlens/directions/singular_directions.hpp"

namespace sl = svdlens;
using svdlens_tests::plain_matrix;
using svdlens_tests::real;

namespace {

using factor_pairs = std::vector<std::pair<plain_matrix, plain_matrix>>;

factor_pairs heads_of_sizes(const std::vector<real>& sizes, std::size_t d, std::size_t r) {
    svdlens_tests::matrix_maker make(21);
    factor_pairs heads;
    for (const real size : sizes)
        heads.emplace_back(make.uniform(d, r), svdlens_tests::scaled_by(make.uniform(r, d), size));
    return heads;
}

/// Of one direction w: the sum over all heads of ‖w W‖² / ‖W‖², and of ‖W w‖² / ‖W‖².
double pooled_energy(const factor_pairs& heads, const plain_matrix& w) {
    real sum = 0;
    for (const auto& [a, b] : heads) {
        const auto matrix = product(a, b);
        real whole = 0, read = 0, written = 0;
        for (const real x : matrix.values) whole += x * x;
        for (std::size_t k = 0; k < w.columns; ++k) {
            real row = 0, column = 0;
            for (std::size_t i = 0; i < w.columns; ++i) {
                row += w(0, i) * matrix(i, k);
                column += matrix(k, i) * w(0, i);
            }
            read += row * row;
            written += column * column;
        }
        if (whole > 0) sum += (read + written) / whole;
    }
    return static_cast<double>(sum);
}

template <class T>
double energy_along(const sl::basic_vector_set<T>& pooled, const plain_matrix& w) {
    double sum = 0;
    for (std::size_t k = 0; k < pooled.size(); ++k) {
        double dot = 0;
        for (std::size_t c = 0; c < w.columns; ++c)
            dot += static_cast<double>(pooled.layers[0](k, c)) * static_cast<double>(w(0, c));
        sum += std::pow(static_cast<double>(pooled.singular_value(0, k)) * dot, 2);
    }
    return sum;
}

} // namespace

TEST_CASE("pooled directions are those of all heads' Gram matrices, whatever a head's size") {
    const auto heads = heads_of_sizes({1, 1e-25L, 1e20L, 0}, 9, 3);
    const auto directions = sl::singular_directions(svdlens_tests::set_of_heads<double>("ov", 2, heads));
    const auto pooled = sl::pooled_directions<double>({directions.reading(), directions.writing()});
    REQUIRE(pooled.size() == 9);
    CHECK(pooled.axes.label(4, "direction") == "4");
    double sum = 0;
    for (std::size_t k = 0; k < 9; ++k) {
        sum += std::pow(pooled.singular_value(0, k), 2);
        if (k > 0) CHECK(pooled.singular_value(0, k) <= pooled.singular_value(0, k - 1));
    }
    CHECK(sum == Approx(1));
    svdlens_tests::matrix_maker make(3);
    for (int probe = 0; probe < 4; ++probe) {
        const auto w = make.uniform(1, 9);
        CHECK(energy_along(pooled, w) == Approx(pooled_energy(heads, w) / 6).epsilon(1e-9));
    }
}

TEST_CASE("a direction that all heads share is the first of the pooled ones") {
    svdlens_tests::matrix_maker make(4);
    const auto frame = make.orthonormal_rows(7, 30);
    factor_pairs heads;
    for (std::size_t k = 0; k < 6; ++k) {
        plain_matrix reads(30, 1), writes(1, 30);
        for (std::size_t c = 0; c < 30; ++c) {
            reads(c, 0) = frame(6, c); // all of them
            writes(0, c) = frame(k, c);
        }
        heads.emplace_back(reads, writes);
    }
    const auto directions = sl::singular_directions(svdlens_tests::set_of_heads<float>("ov", 1, heads));
    const auto pooled = sl::pooled_directions<float>({directions.reading(), directions.writing()});
    CHECK(std::pow(pooled.singular_value(0, 0), 2) == Approx(0.5).epsilon(1e-5));
    double cosine = 0;
    for (std::size_t c = 0; c < 30; ++c)
        cosine += static_cast<double>(pooled.layers[0](0, c)) * static_cast<double>(frame(6, c));
    CHECK(std::abs(cosine) == Approx(1).epsilon(1e-5));
    for (std::size_t k = 1; k < 7; ++k)
        CHECK(std::pow(pooled.singular_value(0, k), 2) == Approx(1.0 / 12).epsilon(1e-5));
    CHECK(pooled.is_null(0, 7));
}

TEST_CASE("energy shares are those of each vector, and sum to one over a basis") {
    svdlens_tests::matrix_maker make(5);
    const auto rows = make.uniform(300, 8);
    const auto basis = make.orthonormal_rows(8, 8);
    const auto set_of = [](const plain_matrix& m, const char* name) {
        return sl::basic_vector_set<double>{.name = name,
                                            .axes = sl::axes({{name, m.rows}}),
                                            .identity = {name, std::string("{") + name + "}"},
                                            .layers = {m.as<double>()},
                                            .provenance = "test"};
    };
    auto tokens = set_of(rows, "token");
    const auto along = set_of(svdlens_tests::scaled_by(basis, 1e9L), "direction");
    const auto naive = [&](std::size_t k, std::size_t without) {
        real part = 0, whole = 0;
        for (std::size_t t = 0; t < rows.rows; ++t) {
            if (t == without) continue;
            real dot = 0;
            for (std::size_t c = 0; c < 8; ++c) {
                dot += rows(t, c) * basis(k, c);
                whole += rows(t, c) * rows(t, c);
            }
            part += dot * dot;
        }
        return static_cast<double>(part / whole);
    };
    const auto shares = sl::energy_shares(tokens, along);
    double sum = 0;
    for (std::size_t k = 0; k < 8; ++k) {
        CHECK(shares[k] == Approx(naive(k, 300)).epsilon(1e-10));
        sum += shares[k];
    }
    CHECK(sum == Approx(1));
    CHECK(sl::energy_shares(tokens, along, {.threads = 5}) == shares);
    tokens.dead = {std::vector<bool>(300)};
    tokens.dead[0][7] = true;
    CHECK(sl::energy_shares(tokens, along)[2] == Approx(naive(2, 7)).epsilon(1e-10));
    const auto nothing = set_of(plain_matrix(3, 8), "token");
    CHECK(sl::energy_shares(nothing, along) == std::vector<double>(8));
}

TEST_CASE("pooled directions and shares refuse what has no heads, no numbers or another width") {
    const auto ov =
        sl::singular_directions(svdlens_tests::set_of_heads<float>("ov", 1, heads_of_sizes({1, 2}, 6, 2)));
    const auto wide =
        sl::singular_directions(svdlens_tests::set_of_heads<float>("ov", 1, heads_of_sizes({1, 2}, 7, 2)));
    CHECK_THROWS_AS(sl::pooled_directions<float>({}), sl::argument_error);
    CHECK_THROWS_AS(sl::pooled_directions<float>({ov.reading(), wide.reading()}), sl::argument_error);
    auto plain = ov.reading();
    plain.singular_values.clear();
    CHECK_THROWS_AS(sl::pooled_directions<float>({plain}), sl::argument_error);
    const auto pooled = sl::pooled_directions<float>({ov.reading()});
    CHECK_THROWS_AS(sl::energy_shares(ov.reading(), pooled), sl::argument_error); // layers
    auto bad = pooled;
    bad.layers = {
        sl::basic_matrix<float>(std::vector<float>(36, std::numeric_limits<float>::infinity()), 6, 6)};
    CHECK_THROWS_AS(sl::energy_shares(bad, pooled), sl::numeric_error);
}
