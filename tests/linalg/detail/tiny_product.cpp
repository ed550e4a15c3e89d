#include "svdlens/linalg/detail/tiny_product.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <random>
#include <vector>

#include "support/catch.hpp"

namespace {

namespace detail = svdlens::detail;

template <class T>
using matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

template <class T>
std::vector<T> random_values(Eigen::Index count, unsigned seed) {
    std::mt19937 random(seed);
    std::uniform_real_distribution<double> number(-1, 1);
    std::vector<T> values(static_cast<std::size_t>(count));
    for (auto& x : values) x = static_cast<T>(number(random));
    return values;
}

/// a · b where the result begins `offset` places into memory that is aligned.
template <class T>
std::vector<T> product_at(std::size_t offset, const matrix<T>& a, const matrix<T>& b) {
    const auto size = static_cast<std::size_t>(a.rows() * b.cols());
    matrix<T> memory(1, static_cast<Eigen::Index>(size + offset));
    Eigen::Map<matrix<T>> c(memory.data() + offset, a.rows(), b.cols());
    detail::set_to_product(a, b, c);
    return {c.data(), c.data() + size};
}

template <class T>
void check_everywhere(Eigen::Index rows, Eigen::Index inner, Eigen::Index columns) {
    const auto x = random_values<T>(rows * inner, 1);
    const auto y = random_values<T>(inner * columns, 2);
    const matrix<T> a = Eigen::Map<const matrix<T>>(x.data(), rows, inner);
    const matrix<T> b = Eigen::Map<const matrix<T>>(y.data(), inner, columns);
    const auto first = product_at<T>(0, a, b);
    for (std::size_t offset = 1; offset < 17; ++offset) CHECK(product_at<T>(offset, a, b) == first);
    for (Eigen::Index i = 0; i < rows; ++i)
        for (Eigen::Index j = 0; j < columns; ++j) {
            double sum = 0;
            for (Eigen::Index k = 0; k < inner; ++k) sum += double{a(i, k)} * double{b(k, j)};
            CHECK(double{first[static_cast<std::size_t>(i * columns + j)]} ==
                  Approx(sum).margin(16 * double{std::numeric_limits<T>::epsilon()}));
        }
}

/// Eigen's idea of the machine's caches, until it is given back.
class other_caches {
  public:
    explicit other_caches(std::ptrdiff_t first) { Eigen::setCpuCacheSizes(first, 8 * first, 64 * first); }
    ~other_caches() { Eigen::setCpuCacheSizes(first_, second_, third_); }
    other_caches(const other_caches&) = delete;
    other_caches& operator=(const other_caches&) = delete;

  private:
    std::ptrdiff_t first_ = Eigen::l1CacheSize(), second_ = Eigen::l2CacheSize(),
                   third_ = Eigen::l3CacheSize();
};

template <class T>
void check_any_caches(Eigen::Index rows, Eigen::Index inner, Eigen::Index columns) {
    const matrix<T> a = Eigen::Map<const matrix<T>>(random_values<T>(rows * inner, 3).data(), rows, inner);
    const matrix<T> b =
        Eigen::Map<const matrix<T>>(random_values<T>(columns * inner, 4).data(), columns, inner);
    const auto right = b.transpose();
    const auto product_with = [&](std::ptrdiff_t first) {
        const other_caches caches(first);
        matrix<T> c(rows, columns);
        detail::set_to_product(a, right, c);
        detail::add_to_product(a, right, c);
        return c;
    };
    const matrix<T> expected = product_with(32 << 10);
    for (const std::ptrdiff_t kib : {33, 48, 64, 128, 192, 4096})
        CHECK((product_with(kib << 10).array() == expected.array()).all());
}

} // namespace

TEST_CASE("a product has the same bits whatever caches the machine has") {
    for (const Eigen::Index inner : {100, 128, 257, 513, 768, 2000, 4099}) {
        check_any_caches<float>(50, inner, 70);
        check_any_caches<double>(50, inner, 70);
        check_any_caches<float>(3, inner, 5);
    }
}

TEST_CASE("a product has the same bits wherever its result begins") {
    for (Eigen::Index rows : {1, 2, 5, 7})
        for (Eigen::Index inner : {1, 3, 4, 8})
            for (Eigen::Index columns : {1, 2, 5, 7, 30}) {
                check_everywhere<float>(rows, inner, columns);
                check_everywhere<double>(rows, inner, columns);
            }
}

TEST_CASE("a product without inner places is zero, and one without rows is empty") {
    const matrix<float> a(2, 0);
    const matrix<float> b(0, 3);
    matrix<float> c = matrix<float>::Constant(2, 3, 7);
    detail::set_to_product(a, b, c);
    CHECK(c.isZero(0));
    matrix<float> none(0, 3);
    detail::set_to_product(matrix<float>(0, 2), matrix<float>(2, 3), none);
    CHECK(none.size() == 0);
}

TEST_CASE("a product is added to what is there") {
    const matrix<double> a = matrix<double>::Identity(3, 3);
    const matrix<double> b = matrix<double>::Constant(3, 2, 2);
    matrix<double> c = matrix<double>::Constant(3, 2, 5);
    detail::add_to_product(a, b, c);
    CHECK(c == matrix<double>::Constant(3, 2, 7));
}
