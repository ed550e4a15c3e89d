#include "svdlens/directions/detail/eigenvalue_sum.hpp"

#include <cmath>

#include "support/catch.hpp"
#include "support/plain_matrix.hpp"

namespace sl = svdlens;
using sl::detail::sum_eigenvalues;

TEST_CASE("eigenvalues of small matrices are summed, complex ones by magnitude") {
    const auto diagonal = sum_eigenvalues(sl::basic_matrix<double>({2, 0, 0, -3}, 2, 2));
    CHECK(diagonal.real == Approx(-1));
    CHECK(diagonal.absolute == Approx(5));
    const auto rotation = sum_eigenvalues(sl::basic_matrix<double>({3, -4, 4, 3}, 2, 2)); // 3 ± 4i
    CHECK(rotation.real == Approx(6));
    CHECK(rotation.absolute == Approx(10));
    const auto triangle = sum_eigenvalues(sl::basic_matrix<float>({1, 5, 9, 0, -2, 7, 0, 0, 4}, 3, 3));
    CHECK(triangle.real == Approx(3));
    CHECK(triangle.absolute == Approx(7));
    const auto transposed =
        sum_eigenvalues(sl::basic_matrix<float>({1, 5, 9, 0, -2, 7, 0, 0, 4}, 3, 3).transposed());
    CHECK(transposed.absolute == Approx(7));
}

TEST_CASE("zero and empty matrices have sums of zero") {
    CHECK(sum_eigenvalues(sl::matrix()).absolute == 0);
    CHECK(sum_eigenvalues(sl::matrix(std::vector<float>(9), 3, 3)).absolute == 0);
    CHECK(sum_eigenvalues(sl::matrix({-2.0F}, 1, 1)).real == -2);
}

TEST_CASE("the real parts add up to the trace") {
    const auto m = svdlens_tests::matrix_maker(1).uniform(20, 20).as<double>();
    double trace = 0;
    for (std::size_t k = 0; k < 20; ++k) trace += m(k, k);
    CHECK(sum_eigenvalues(m).real == Approx(trace).margin(1e-12));
}

TEST_CASE("the positive share leaves out what is rounding beside the largest eigenvalue") {
    CHECK(sum_eigenvalues(sl::basic_matrix<double>({2, 0, 0, -3}, 2, 2)).positive == 0.5);
    CHECK(sum_eigenvalues(sl::basic_matrix<double>({2, 0, 0, -2e-7}, 2, 2)).positive == 1);
    CHECK(sum_eigenvalues(sl::basic_matrix<double>({2, 0, 0, -2e-5}, 2, 2)).positive == 0.5);
    CHECK(sum_eigenvalues(sl::basic_matrix<double>({-2, 0, 0, 0}, 2, 2)).positive == 0);
    CHECK(sum_eigenvalues(sl::basic_matrix<double>({3, -4, 4, 3}, 2, 2)).positive == 1);
    CHECK(sum_eigenvalues(sl::basic_matrix<double>({3, -4, 4, 3}, 2, 2)).largest == Approx(5));
    CHECK(sum_eigenvalues(sl::matrix(std::vector<float>(9), 3, 3)).positive == 0);
}
