#include "svdlens/circuit/rotary.hpp"
#include "svdlens/circuit/detail/turned_weights.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "linalg/matrix_parts.hpp"
#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "support/plain_matrix.hpp"
#include "support/random_model.hpp"
#include "svdlens/circuit/circuits.hpp"

namespace sl = svdlens;
using sl::rotary_pairing;
using svdlens_tests::make_random_model;
using svdlens_tests::message_of;
using svdlens_tests::plain_matrix;
using svdlens_tests::real;

namespace {

using values = std::vector<real>;

/// What a model does to a query or key at a position, spelled as models spell it: x cos + partner sin, the
/// partner of the first of a pair being minus the second.
values at_position(const values& x, const sl::rotary_embedding& rotary, long position, real stretch = 1) {
    values result = x;
    const std::size_t n = rotary.dimensions;
    for (std::size_t c = 0; c < n; ++c) {
        const bool halves = rotary.pairing == rotary_pairing::half_split;
        const std::size_t pair = halves ? c % (n / 2) : c / 2;
        const bool first = halves ? c < n / 2 : c % 2 == 0;
        const std::size_t step = halves ? n / 2 : 1;
        const real angle =
            static_cast<real>(position) / stretch *
            std::pow(static_cast<real>(rotary.theta), -static_cast<real>(2 * pair) / static_cast<real>(n));
        const real partner = first ? -x[c + step] : x[c - step];
        result[c] = x[c] * std::cos(angle) + partner * std::sin(angle);
    }
    return result;
}

real dot(const values& a, const values& b) {
    real sum = 0;
    for (std::size_t c = 0; c < a.size(); ++c) sum += a[c] * b[c];
    return sum;
}

values times(const plain_matrix& x, const plain_matrix& W) { return product(x, W).values; }

/// The largest difference between x W yᵀ of the circuits at i - j and the dot product of query and key, each
/// turned by its own position, over the largest product of their lengths.
template <class T>
double error_at(const sl::basic_transformer_weights<T>& model, long i, long j, real stretch = 1) {
    const auto qk = sl::rotary_qk_circuits(model, i - j);
    svdlens_tests::matrix_maker make(3);
    const auto x = make.uniform(1, model.sizes.d_model);
    const auto y = make.uniform(1, model.sizes.d_model);
    const std::size_t group = model.sizes.n_heads / model.sizes.n_key_value_heads;
    real worst = 0, largest = 0;
    for (std::size_t l = 0; l < model.blocks.size(); ++l)
        for (std::size_t h = 0; h < model.sizes.n_heads; ++h) {
            const auto& attention = model.blocks[l].attention;
            const auto q = times(x, plain_matrix(attention.W_Q[h]));
            const auto k = times(y, plain_matrix(attention.W_K[h / group]));
            const auto expected =
                dot(at_position(q, *model.rotary, i, stretch), at_position(k, *model.rotary, j, stretch));
            const auto W = product(plain_matrix(qk(l, h).a), plain_matrix(qk(l, h).b));
            worst = std::max(worst, std::abs(dot(times(x, W), y.values) - expected));
            largest = std::max(largest, std::sqrt(dot(q, q) * dot(k, k)));
        }
    return static_cast<double>(worst / largest);
}

template <class T = float>
sl::basic_transformer_weights<T> rotary_model(rotary_pairing pairing, std::size_t dimensions,
                                              std::size_t key_value_heads = 4) {
    auto model = make_random_model<T>({.key_value_heads = key_value_heads, .d_head = 8});
    model.has_rotary = true;
    model.rotary = sl::rotary_embedding{.pairing = pairing, .dimensions = dimensions, .theta = 10000};
    return model;
}

/// In float: the products of a test's own factors are rounded once.
constexpr double tolerance = 1e-6;

const std::vector<std::pair<long, long>> positions = {{0, 0},  {1, 0},     {5, 2},       {2, 5},
                                                      {40, 0}, {100, 900}, {4000, 3873}, {0, 7}};

} // namespace

TEST_CASE("rotary QK circuits equal the dot product of a query and a key turned each by its position") {
    const auto pairing = GENERATE(rotary_pairing::half_split, rotary_pairing::interleaved);
    const std::size_t dimensions = GENERATE(std::size_t{8}, std::size_t{4}, std::size_t{2});
    const std::size_t key_value_heads = GENERATE(std::size_t{4}, std::size_t{2}, std::size_t{1});
    auto model = rotary_model(pairing, dimensions, key_value_heads);
    model.rotary->theta = GENERATE(10000.0, 500000.0, 25.0);
    const auto exact = rotary_model<double>(pairing, dimensions, key_value_heads);
    for (const auto& [i, j] : positions) {
        CAPTURE(i, j);
        CHECK(error_at(model, i, j) < tolerance);
        CHECK(error_at(exact, i, j) < 1e-12);
    }
}

TEST_CASE("the offset is the query's position less the key's, whatever both are") {
    const auto model = rotary_model<double>(rotary_pairing::half_split, 6);
    const auto one = sl::rotary_qk_circuits(model, 3);
    const auto other = sl::rotary_qk_circuits(model, -3);
    real difference = 0;
    for (std::size_t i = 0; i < 12; ++i)
        for (std::size_t c = 0; c < 8; ++c)
            difference =
                std::max(difference, static_cast<real>(std::abs(one(0, 0).a(i, c) - other(0, 0).a(i, c))));
    CHECK(difference > 0.1); // a wrong sign would be seen
    SECTION("the wrong sign fails the comparison") {
        auto wrong = model; // turns the other way round: pairs swapped
        for (auto& block : wrong.blocks) {
            for (auto& W : block.attention.W_Q)
                W = sl::detail::turned(W, *model.rotary, sl::rotary_frequencies(*model.rotary), -6);
        }
        const auto mirrored = sl::rotary_qk_circuits(wrong, 3); // = offset -3 of the model
        for (std::size_t i = 0; i < 12; ++i)
            for (std::size_t c = 0; c < 8; ++c)
                CHECK(mirrored(1, 2).a(i, c) == Approx(other(1, 2).a(i, c)).margin(1e-12));
    }
}

TEST_CASE("offset 0 gives W_Q W_Kᵀ and dimensions that do not turn stay, bit for bit") {
    const auto model = rotary_model(rotary_pairing::half_split, 4);
    const auto still = sl::rotary_qk_circuits(model, 0);
    const auto moved = sl::rotary_qk_circuits(model, 9);
    const auto& W_Q = model.blocks[1].attention.W_Q[3];
    for (std::size_t i = 0; i < W_Q.rows(); ++i) {
        for (std::size_t c = 0; c < 8; ++c) CHECK(still(1, 3).a(i, c) == W_Q(i, c));
        for (std::size_t c = 4; c < 8; ++c) CHECK(moved(1, 3).a(i, c) == W_Q(i, c));
        CHECK(moved(1, 3).a(i, 0) != W_Q(i, 0));
    }
    CHECK(moved(1, 3).b.data() == model.blocks[1].attention.W_K[3].data());
}

TEST_CASE("rotary QK circuits have a name, ports and a provenance that tell the offset") {
    const auto model = rotary_model(rotary_pairing::interleaved, 8);
    const auto qk = sl::rotary_qk_circuits(model, -2);
    CHECK(qk.name == "qk_at_-2");
    CHECK(qk.provenance == "random; weights as stored; query -2 positions behind key");
    CHECK(qk.left.flow == sl::flow::reads);
    CHECK(qk.left.at(1) == qk.right.at(1));
    CHECK(qk(1, 2).a_name == "blocks.1.attn.W_Q");
    CHECK(qk.axes.label(6, "head") == "L1H2");
}

TEST_CASE("turned queries are made part by part, and take no memory before") {
    const auto model = rotary_model(rotary_pairing::half_split, 8);
    const auto qk = sl::rotary_qk_circuits(model, 5);
    CHECK(qk.matrices[1].a.is_deferred());
    const auto whole = qk.matrices[1].a.resident();
    const auto part = qk.matrices[1].a.row_range(3, 4).column_range(1, 5).resident();
    for (std::size_t i = 0; i < 4; ++i)
        for (std::size_t c = 0; c < 5; ++c) CHECK(part(i, c) == whole(3 + i, 1 + c));
}

TEST_CASE("weights that lie transposed in memory turn alike") {
    auto model = rotary_model(rotary_pairing::half_split, 8);
    const auto expected = sl::rotary_qk_circuits(model, 4);
    for (auto& block : model.blocks)
        for (auto& W : block.attention.W_Q) {
            std::vector<float> columns;
            for (std::size_t c = 0; c < W.columns(); ++c)
                for (std::size_t i = 0; i < W.rows(); ++i) columns.push_back(W(i, c));
            W = sl::matrix(columns, W.columns(), W.rows()).transposed();
        }
    const auto found = sl::rotary_qk_circuits(model, 4);
    for (std::size_t i = 0; i < 12; ++i)
        for (std::size_t c = 0; c < 8; ++c) CHECK(found(0, 1).a(i, c) == expected(0, 1).a(i, c));
}

TEST_CASE("linear scaling divides positions by its factor") {
    auto model = rotary_model(GENERATE(rotary_pairing::half_split, rotary_pairing::interleaved), 8);
    model.rotary->scaling = {.kind = "linear", .factor = 4};
    CHECK(error_at(model, 11, 3, 4) < tolerance);
    CHECK(error_at(model, 3, 11, 4) < tolerance);
    CHECK(error_at(model, 11, 3, 1) > 1e-3);
}

TEST_CASE("llama3 scaling turns slow pairs less and fast ones as before") {
    // Llama 3.1: head of 128, theta 500000, factor 8, low 1, high 4, trained on 8192. The reference's rule by
    // wavelengths 2 pi / frequency: over 8192 / 1 divided by 8, under 8192 / 4 kept, blended between.
    const sl::rotary_embedding rotary{.dimensions = 128,
                                      .theta = 500000,
                                      .scaling = {.kind = "llama3",
                                                  .factor = 8,
                                                  .low_frequency_factor = 1,
                                                  .high_frequency_factor = 4,
                                                  .original_n_ctx = 8192}};
    const auto found = sl::rotary_frequencies(rotary);
    REQUIRE(found.size() == 64);
    const double pi = std::acos(-1.0);
    std::size_t kept = 0, divided = 0;
    for (std::size_t i = 0; i < 64; ++i) {
        const double plain = std::pow(500000.0, -static_cast<double>(i) / 64);
        const double wavelength = 2 * pi / plain;
        double expected = plain;
        if (wavelength > 8192) {
            expected = plain / 8;
            ++divided;
        } else if (wavelength >= 2048) {
            const double smooth = (8192 / wavelength - 1) / (4 - 1);
            expected = (1 - smooth) * plain / 8 + smooth * plain;
        } else {
            ++kept;
        }
        CHECK(found[i] == Approx(expected).epsilon(1e-12));
    }
    CHECK(kept == 29);
    CHECK(divided == 29);
}

TEST_CASE("rotary circuits are refused where nobody can say what they are") {
    auto model = rotary_model(rotary_pairing::half_split, 8);
    const auto message = [&] { return message_of([&] { sl::rotary_qk_circuits(model, 1); }); };
    SECTION("normalised queries") {
        model.has_qk_norm = true;
        CHECK(message() ==
              "random: rotary_qk_circuits: refused, because queries or keys are normalised per token, "
              "so that no matrix W_Q W_K^T exists");
    }
    SECTION("no rotary positions") {
        model.has_rotary = false;
        model.rotary.reset();
        CHECK(message() == "random: rotary_qk_circuits: refused, because queries and keys are not rotated by "
                           "position; use qk_circuits(weights)");
    }
    SECTION("rotary positions of an unknown kind") {
        model.rotary.reset();
        CHECK(message() ==
              "random: rotary_qk_circuits: refused, because nothing says how queries and keys are "
              "rotated; put a config.json beside the file, or set the weights' member `rotary`");
    }
    SECTION("a scaling by the text's length") {
        model.rotary->scaling.kind = "dynamic";
        CHECK(message() ==
              "random: rotary positions: expected the scaling \"linear\", \"llama3\" or none, found "
              "\"dynamic\"; its frequencies are not known here");
    }
}

TEST_CASE("rotary parameters out of range are refused by name") {
    auto model = rotary_model(rotary_pairing::half_split, 8);
    const auto message = [&] { return message_of([&] { sl::rotary_qk_circuits(model, 1); }); };
    auto& rotary = *model.rotary;
    const std::string begin = "random: rotary positions: expected ";
    SECTION("odd dimensions") {
        rotary.dimensions = 5;
        CHECK(message() == begin + "dimensions that are even and over 0, found 5");
    }
    SECTION("no dimensions") {
        rotary.dimensions = 0;
        CHECK(message() == begin + "dimensions that are even and over 0, found 0");
    }
    SECTION("more dimensions than a head has") {
        rotary.dimensions = 10;
        CHECK(message() == begin + "at most the 8 dimensions of a head, found 10");
    }
    SECTION("theta") {
        rotary.theta = GENERATE(0.0, -1.0, std::nan(""), HUGE_VAL);
        CHECK(message().find(begin + "theta over 0, found ") == 0);
    }
    SECTION("factor") {
        rotary.scaling = {.kind = "linear", .factor = 0};
        CHECK(message() == begin + "a scaling factor over 0, found 0");
    }
    SECTION("llama3 without its numbers") {
        rotary.scaling = {.kind = "llama3", .factor = 8};
        CHECK(message() == "random: rotary positions: the scaling \"llama3\" needs low_freq_factor, "
                           "high_freq_factor and original_max_position_embeddings, found less");
    }
    SECTION("llama3 with bounds the wrong way round") {
        rotary.scaling = {"llama3", 8, 4, 1, 8192};
        CHECK(message() == begin + "high_freq_factor over low_freq_factor, found 1");
    }
    CHECK_THROWS_AS(sl::rotary_qk_circuits(model, 1), sl::model_error);
}

TEST_CASE("any part of turned queries is the same bits as those entries of the whole, and nothing is kept") {
    auto model = make_random_model<float>({.d_head = 6});
    model.has_rotary = true;
    const auto pairing = GENERATE(rotary_pairing::half_split, rotary_pairing::interleaved);
    model.rotary = sl::rotary_embedding{.pairing = pairing, .dimensions = 4};
    for (const auto& head : sl::rotary_qk_circuits(model, 5).matrices) {
        CHECK(head.a.is_deferred());
        CHECK(svdlens_tests::differing_part(head.a, svdlens_tests::whole(head.a)) == "");
        const auto one = head.a.resident(), other = head.a.resident();
        CHECK(one.data() != other.data());
    }
}
