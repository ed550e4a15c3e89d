#include "svdlens/directions/vector_set.hpp"

#include <cmath>
#include <cstddef>
#include <vector>

#include "linalg/matrix_parts.hpp"
#include "support/catch.hpp"
#include "support/plain_matrix.hpp"

namespace sl = svdlens;
using svdlens_tests::plain_matrix;

namespace {

sl::vector_set two_layers() {
    return {.name = "set",
            .axes = sl::axes({{"layer", 2}, {"neuron", 2}}),
            .identity = {"neuron", "L{layer}N{neuron}"},
            .layers = {sl::matrix({3, 4, 0, 0}, 2, 2), sl::matrix({0, 3, -4, 0}, 2, 2).transposed()},
            .port = {sl::flow::reads, 2, 4}};
}

} // namespace

TEST_CASE("a vector set knows its layers, sizes and ports") {
    const auto set = two_layers();
    CHECK(set.layered());
    CHECK(set.size() == 2);
    CHECK(set.d_model() == 2);
    CHECK(set.port.at(3) == 14);
    CHECK(set.singular_value(1, 1) == 1);
    CHECK_FALSE(set.is_null(1, 1));
    auto flat = set;
    flat.axes = sl::axes({{"token", 2}});
    CHECK_FALSE(flat.layered());
    flat.layers.clear();
    CHECK(flat.size() == 0);
    CHECK(flat.d_model() == 0);
}

TEST_CASE("a layer that lacks what others have tells no size") {
    auto set = two_layers();
    set.layers[0] = sl::matrix();
    CHECK(set.lacks(0));
    CHECK_FALSE(set.lacks(1));
    CHECK(set.size() == 2);
    CHECK(set.d_model() == 2);
    CHECK(sl::normalized(set).layers[0].rows() == 0);
    set.layers[1] = sl::matrix();
    CHECK(set.size() == 0);
}

TEST_CASE("singular values and null marks are by layer") {
    auto set = two_layers();
    set.singular_values = {{5, 4}, {3, 2}};
    set.null_space = {{false, false}, {false, true}};
    CHECK(set.singular_value(1, 0) == 3);
    CHECK(set.is_null(1, 1));
    CHECK_FALSE(set.is_null(0, 1));
}

TEST_CASE("normalising gives unit vectors, leaves zero vectors and the original alone") {
    const auto set = two_layers();
    const auto unit = sl::normalized(set);
    CHECK(unit.layers[0](0, 0) == Approx(0.6));
    CHECK(unit.layers[0](0, 1) == Approx(0.8));
    CHECK(unit.layers[0](1, 0) == 0);
    CHECK(unit.layers[0](1, 1) == 0);
    CHECK(unit.layers[1](0, 1) == -1); // of a transposed view: rows (0, -4) and (3, 0)
    CHECK(unit.layers[1](1, 0) == 1);
    CHECK(set.layers[0](0, 0) == 3);
    CHECK(unit.port.at(1) == set.port.at(1));
}

TEST_CASE("any part of unit vectors is the same bits as those entries of the formula, and nothing is kept") {
    svdlens_tests::matrix_maker make(5);
    const std::size_t count = GENERATE(9U, 300U); // lengths are taken 256 at a time
    const auto m = make.uniform(count, 7).as<float>();
    const auto turned = plain_matrix(m.transposed()).as<float>().transposed();
    const auto deferred = sl::deferred_matrix<float>(count, 7, [=](const sl::matrix_part& part) {
        const auto from = m.row_range(part.row, part.rows).column_range(part.column, part.columns);
        return plain_matrix(from).as<float>();
    });
    const auto expected = svdlens_tests::make_expected<float>(count, 7, [&](auto i, auto j) {
        double sum = 0; // of products that are exact, fused with the sum or not
        for (std::size_t k = 0; k < 7; ++k) sum += double{m(i, k)} * double{m(i, k)};
        return static_cast<float>(double{m(i, j)} * (1 / std::sqrt(sum)));
    });
    for (const auto& vectors : {m, turned, deferred}) {
        auto set = two_layers();
        set.layers = {vectors};
        const auto unit = sl::normalized(set).layers[0];
        CHECK(differing_part(unit, expected) == "");
        const auto one = unit.resident(), other = unit.resident();
        CHECK(one.data() != other.data());
    }
    const auto one = deferred.resident(), other = deferred.resident();
    CHECK(one.data() != other.data());
}

TEST_CASE("vectors of any finite length have unit vectors") {
    sl::basic_vector_set<double> set{
        .name = "set",
        .axes = sl::axes({{"neuron", 6}}),
        .identity = {"neuron", "{neuron}"},
        .layers = {sl::basic_matrix<double>(
            {3e-200, 4e-200, 3e300, 4e300, 5e-324, 0, -1.5e308, 1.5e308, 0.3, 0.4, 0, 0}, 6, 2)}};
    const auto unit = sl::normalized(set).layers[0];
    const std::vector<double> expected{0.6, 0.8, 0.6, 0.8, 1, 0, -std::sqrt(0.5), std::sqrt(0.5),
                                       0.6, 0.8, 0,   0};
    for (std::size_t k = 0; k < 6; ++k)
        for (std::size_t c = 0; c < 2; ++c) CHECK(unit(k, c) == Approx(expected[2 * k + c]));
    CHECK(unit(2, 0) == 1);
    auto short_set = two_layers();
    short_set.layers[0] = sl::matrix({3e-45F, 0, 3e38F, 3e38F}, 2, 2);
    const auto short_unit = sl::normalized(short_set).layers[0];
    CHECK(short_unit(0, 0) == 1);
    CHECK(short_unit(1, 1) == Approx(std::sqrt(0.5)));
}
