#include "svdlens/directions/detail/coupling.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>

#include "support/catch.hpp"
#include "support/plain_matrix.hpp"

namespace sl = svdlens;
using svdlens_tests::plain_matrix;

namespace {

template <class T>
sl::basic_vector_set<T> coupled_rows(const plain_matrix& rows, const std::string& name) {
    return {.name = name,
            .axes = sl::axes({{"thing", rows.rows}}),
            .identity = {"thing", "{thing}"},
            .layers = {rows.as<T>()}};
}

/// The power of two that a coupling leaves out.
template <class T>
double scale_of(const plain_matrix& rows) {
    long double largest = 0;
    for (const auto x : rows.values)
        largest = (std::max)(largest, std::abs(static_cast<svdlens_tests::real>(static_cast<T>(x))));
    int exponent = 0;
    std::frexp(static_cast<double>(largest), &exponent);
    return std::ldexp(1.0, exponent);
}

template <class T>
void check_coupling(std::size_t things, std::size_t d, std::size_t d2) {
    svdlens_tests::matrix_maker make(things + d);
    const auto x = plain_matrix(make.uniform(things, d).as<T>());
    const auto y = plain_matrix(make.uniform(things, d2).as<T>());
    const auto found = sl::detail::couple(coupled_rows<T>(x, "x"), coupled_rows<T>(y, "y"), {.threads = 3});
    const auto expected = product(transposed(y), x);
    const double scale = scale_of<T>(x) * scale_of<T>(y);
    REQUIRE(found.product.rows() == d2);
    REQUIRE(found.product.columns() == d);
    CHECK(found.things == things);
    for (std::size_t i = 0; i < d2; ++i)
        for (std::size_t j = 0; j < d; ++j)
            CHECK(scale * found.product(i, j) == Approx(static_cast<double>(expected(i, j))).margin(1e-12));
    long double spread = 0;
    for (std::size_t k = 0; k < things; ++k) {
        long double xx = 0, yy = 0;
        for (std::size_t j = 0; j < d; ++j) xx += x(k, j) * x(k, j);
        for (std::size_t j = 0; j < d2; ++j) yy += y(k, j) * y(k, j);
        spread += xx * yy;
    }
    CHECK(scale * found.spread == Approx(static_cast<double>(std::sqrt(spread))));
}

} // namespace

TEST_CASE("a coupling is the sum of outer products over things, of any number and width") {
    check_coupling<double>(600, 5, 130); // three strips of things, three bands of rows
    check_coupling<float>(257, 64, 65);
    check_coupling<float>(1, 3, 2);
    check_coupling<double>(256, 1, 1);
    check_coupling<double>(0, 2, 3);
}

TEST_CASE("a coupling has the same bits for any number of threads and any layout of the vectors") {
    const auto x = svdlens_tests::matrix_maker(4).uniform(700, 130);
    auto from = coupled_rows<float>(x, "x");
    const auto to = coupled_rows<float>(svdlens_tests::matrix_maker(5).uniform(700, 140), "y");
    const auto one = sl::detail::couple(from, to, {.threads = 1});
    const auto same = [&](const sl::detail::coupling& other) {
        const std::size_t size = one.product.rows() * one.product.columns();
        return one.spread == other.spread &&
               std::equal(one.product.data(), one.product.data() + size, other.product.data());
    };
    for (const unsigned threads : {2U, 5U}) CHECK(same(sl::detail::couple(from, to, {.threads = threads})));
    from.layers[0] = transposed(x).as<float>().transposed();
    CHECK(same(sl::detail::couple(from, to, {})));
}
