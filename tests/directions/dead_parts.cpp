#include "svdlens/directions/dead_parts.hpp"

#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/message_of.hpp"
#include "svdlens/directions/singular_directions.hpp"

namespace sl = svdlens;
using svdlens_tests::message_of;

namespace {

/// Neurons of these lengths, two layers of half of them, each along (3, 4) / 5.
template <class T>
sl::basic_vector_set<T> few_neurons(const std::vector<T>& lengths) {
    const std::size_t n = lengths.size() / 2;
    std::vector<sl::basic_matrix<T>> layers;
    for (std::size_t l = 0; l < 2; ++l) {
        std::vector<T> values;
        for (std::size_t k = 0; k < n; ++k) {
            values.push_back(lengths[l * n + k] / 5 * 3);
            values.push_back(lengths[l * n + k] / 5 * 4);
        }
        layers.emplace_back(std::move(values), n, 2);
    }
    const sl::label_column identity("neuron", "L{layer}N{neuron}");
    return {.name = "mlp_in",
            .axes = sl::axes({{"layer", 2}, {"neuron", n}}, {identity}),
            .identity = identity,
            .layers = std::move(layers),
            .provenance = "model"};
}

/// Heads of two layers with one value each: A is this multiple of 2 x 1 ones, B of 1 x 2 ones.
sl::factored_set few_heads(const std::vector<float>& sizes) {
    sl::factored_set set{.name = "ov", .axes = sl::head_axes(2, sizes.size() / 2), .matrices = {}};
    for (const float size : sizes)
        set.matrices.push_back({sl::matrix({size, size}, 2, 1), sl::matrix({1, 1}, 1, 2)});
    set.left.flow = sl::flow::reads;
    set.right.flow = sl::flow::writes;
    return set;
}

} // namespace

TEST_CASE("what a layer lacks is neither dead nor counted") {
    auto set = few_neurons<float>({1, 0, 5, 0.001F});
    set.layers[0] = sl::matrix();
    const auto found = sl::dead_vectors(set);
    CHECK(found.parts() == 2);
    CHECK(found.rows == std::vector<sl::row_number>{3});
    CHECK(to_string(found) == "1 of 2 below 0.001 of the largest: L1N1");
}

TEST_CASE("dead vectors are found in whichever strip they are, in any number of threads") {
    std::vector<float> lengths(2 * 700, 1.0F);
    for (const std::size_t k : {0U, 255U, 256U, 699U, 700U, 1399U}) lengths[k] = 0.0001F;
    lengths[900] = 0.00101F;
    const auto one = sl::dead_vectors(few_neurons(lengths), sl::dead_share, {.threads = 1});
    CHECK(one.rows == std::vector<sl::row_number>{0, 255, 256, 699, 700, 1399});
    CHECK(sl::dead_vectors(few_neurons(lengths), sl::dead_share, {.threads = 4}).rows == one.rows);
}

TEST_CASE("vectors below a thousandth of the longest are dead", "[directions][dead_parts]") {
    const auto found = sl::dead_vectors(few_neurons<float>({5, 0.00499F, 0.00501F, 0, 1, 0.004F}));
    CHECK(found.kind == "mlp_in");
    CHECK(found.parts() == 6);
    CHECK(found.rows == std::vector<sl::row_number>{1, 3, 5});
    CHECK(found.label(2) == "L1N2");
    CHECK(to_string(found) == "3 of 6 below 0.001 of the largest: L0N1, L1N0, L1N2");
    CHECK(to_string(found, 1) == "3 of 6 below 0.001 of the largest: L0N1 and 2 more");
    CHECK(to_string(found, 0) == "3 of 6 below 0.001 of the largest and 3 more");
    CHECK(to_string(sl::dead_vectors(few_neurons<float>({1, 2, 3, 4}))) == "0 of 4");
    CHECK(sl::dead_vectors(few_neurons<float>({5, 0.00499F, 0.00501F, 0, 1, 0.004F}), 0.5).rows.size() == 5);
}

TEST_CASE("lengths are those of vectors of any size", "[directions][dead_parts]") {
    CHECK(sl::dead_vectors(few_neurons<double>({1e-200, 2e-200, 1e-204, 1e-300})).rows ==
          std::vector<sl::row_number>{2, 3});
    CHECK(sl::dead_vectors(few_neurons<double>({1e300, 1.5e300, 1e298, 1e290})).rows ==
          std::vector<sl::row_number>{3});
    CHECK(sl::dead_vectors(few_neurons<double>({1.7e308, 1.7e308, 1.6e305, 1e300})).rows ==
          std::vector<sl::row_number>{2, 3});
    CHECK(sl::dead_vectors(few_neurons<float>({1e-38F, 1e-38F, 1e-38F, 1e-38F})).rows.empty());
    CHECK(sl::dead_vectors(few_neurons<float>({0, 0, 0, 0})).rows.size() ==
          4); // zero is dead beside anything
}

TEST_CASE("many vectors are measured strip by strip, alike by any number of threads",
          "[directions][dead_parts]") {
    std::vector<float> lengths(2 * 1300);
    std::vector<sl::row_number> expected;
    for (std::size_t k = 0; k < lengths.size(); ++k) {
        const bool dead = k % 255 == 7;
        lengths[k] = dead ? 1e-4F : 1 + static_cast<float>(k % 10) / 100;
        if (dead) expected.push_back(k);
    }
    for (const unsigned threads : {1U, 2U, 5U})
        CHECK(sl::dead_vectors(few_neurons(lengths), sl::dead_share, {.threads = threads}).rows == expected);
}

TEST_CASE("what is not finite is named, and a share is one", "[directions][dead_parts]") {
    constexpr float inf = std::numeric_limits<float>::infinity();
    for (const float bad : {inf, -inf, std::nanf("")}) {
        const auto message = message_of([&] { sl::dead_vectors(few_neurons<float>({1, 2, 3, bad})); });
        CHECK(message == "model: \"mlp_in\": the vector \"L1N1\" is not finite");
    }
    for (const double share : {0.0, 1.0, -1.0, std::nan("")})
        CHECK_THROWS_AS(sl::dead_vectors(few_neurons<float>({1, 2}), share), sl::argument_error);
}

TEST_CASE("heads whose largest singular value is below a thousandth of the largest are dead",
          "[directions][dead_parts]") {
    const auto directions = sl::singular_directions(few_heads({2, 0.0019F, 0.0021F, 0, 1, 0.0001F}));
    for (const auto& side : {directions.writing(), directions.reading()}) {
        const auto found = sl::dead_heads(side);
        CHECK(found.kind == "ov heads");
        CHECK(found.rows == std::vector<sl::row_number>{1, 3, 5});
        CHECK(to_string(found) == "3 of 6 below 0.001 of the largest: L0H1, L1H0, L1H2");
    }
    CHECK_THROWS_AS(sl::dead_heads(few_neurons<float>({1, 2})), sl::argument_error);
}

TEST_CASE("directions are dead beside the largest singular value of all heads") {
    auto set = sl::writing_directions(few_heads({1, 2, 0.00005F, 0}));
    const auto found = sl::dead_directions(set);
    CHECK(found.kind == "ov directions");
    CHECK(found.rows == std::vector<sl::row_number>{2, 3});
    CHECK(found.label(0) == "L1H0.0");
    CHECK(sl::dead_directions(set, 1e-5).rows == std::vector<sl::row_number>{3});
    CHECK_THROWS_AS(sl::dead_directions(few_neurons<float>({1, 2})), sl::argument_error);
    CHECK_THROWS_AS(sl::dead_directions(set, 2), sl::argument_error);
}

TEST_CASE("parts that are left out are marked in the set that they are parts of") {
    auto set = few_neurons<double>({1, 0, 5, 0.001, 0.002, 3});
    const auto left = sl::leave_out(set, sl::dead_vectors(set));
    CHECK(left.dead == std::vector<std::vector<bool>>{{false, true, false}, {true, true, false}});
    CHECK(left.is_dead(1, 0));
    CHECK_FALSE(set.is_dead(1, 0));
    CHECK(sl::leave_out(set, sl::dead_vectors(set, 1e-9)).dead[1] == std::vector<bool>{false, false, false});
    // Beside those that were left out before.
    auto more = sl::dead_vectors(set);
    more.rows = {0};
    CHECK(sl::leave_out(left, more).dead ==
          std::vector<std::vector<bool>>{{true, true, false}, {true, true, false}});
    // Of a layer that lacks them nothing is marked.
    set.layers[0] = sl::basic_matrix<double>();
    more.rows = {0, 4};
    CHECK(sl::leave_out(set, more).dead == std::vector<std::vector<bool>>{{}, {false, true, false}});
    CHECK(message_of([&] {
              (void)sl::leave_out(sl::writing_directions(few_heads({1, 2})), more);
          }) == "leave_out: the \"mlp_in\" are no parts of \"ov\": their axes are not its first ones");
}

TEST_CASE("all directions of a dead head are left out, on either side") {
    sl::factored_set set{.name = "ov", .axes = sl::head_axes(2, 2), .matrices = {}};
    for (const float size :
         {1.0F, 1e-4F, 3.0F, 2.0F}) // the second direction of a head is a hundredth of the first
        set.matrices.push_back(
            {sl::matrix({size, 0, 0, size * 0.01F}, 2, 2), sl::matrix({1, 0, 0, 1}, 2, 2)});
    set.left.flow = sl::flow::reads;
    set.right.flow = sl::flow::writes;
    const auto heads = sl::singular_directions(set);
    const std::vector<std::vector<bool>> one_head{{false, false, true, true}, {false, false, false, false}};
    for (const auto& side : {heads.reading(), heads.writing()}) {
        CHECK(sl::leave_out(side, sl::dead_heads(side)).dead == one_head);
        CHECK(sl::without_dead_parts(side).dead == one_head);
    }
    // A direction of a living head.
    for (auto& each : set.matrices) each.a = sl::matrix({each.a(0, 0), 0, 0, each.a(0, 0) * 5e-5F}, 2, 2);
    CHECK(sl::without_dead_parts(sl::writing_directions(set)).dead ==
          std::vector<std::vector<bool>>{{false, true, true, true}, {false, true, false, true}});
    CHECK(sl::without_dead_parts(few_neurons<float>({1, 0, 5, 0.001F})).dead ==
          std::vector<std::vector<bool>>{{false, true}, {false, true}});
}
