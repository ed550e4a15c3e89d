/// @file
/// One-sided Jacobi rotations of several matrices side by side, one a lane of the vector instructions.
#ifndef SVDLENS_LINALG_DETAIL_LANE_JACOBI_HPP
#define SVDLENS_LINALG_DETAIL_LANE_JACOBI_HPP

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <limits>
#include <vector>

#include "lanes.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// Makes the columns of matrices orthogonal pair by pair: G = M V with V orthogonal (Hestenes 1958); V is not
/// kept. Each rotation is exact to the last places relative to the two columns, whatever their lengths.
///
/// All matrices go through the same pairs in lock step; where one has nothing to turn its columns are kept,
/// so its result depends neither on its neighbours nor on how many there are.
template <std::floating_point T>
class lane_jacobi {
  public:
    static constexpr std::size_t most_lanes = vector_width<T>;
    /// Partial sums of a scalar product, in every lane: with fewer lanes a vector holds several of them.
    static constexpr std::size_t partial_sums = 8;
    static constexpr std::size_t fewest_lanes = vector_width<T> / partial_sums;
    /// Columns as short as this, where the largest entry of the matrix is near 1, are left as they are.
    static constexpr T no_length = std::numeric_limits<T>::epsilon() * std::numeric_limits<T>::epsilon();

    /// At least `count` zero matrices.
    lane_jacobi(std::size_t rows, std::size_t columns, std::size_t count) :
        rows_(rows), columns_(columns), lanes_((std::max)(std::bit_ceil(count), fewest_lanes)),
        column_length_(round_up(rows, partial_sums) * lanes_),
        values_(round_up(columns, block) * column_length_), squares_(round_up(columns, block) * lanes_),
        peaks_(squares_.size()) {
        assert(lanes_ <= most_lanes);
    }

    std::size_t columns() const { return columns_; }

    /// Makes all matrices zero.
    void clear() { std::fill(values_.begin(), values_.end(), T{0}); }

    /// Fills a lane with a column-major matrix.
    void write(std::size_t lane, const T* matrix) {
        for (std::size_t j = 0; j < columns_; ++j)
            for (std::size_t i = 0; i < rows_; ++i)
                values_[j * column_length_ + i * lanes_ + lane] = matrix[j * rows_ + i];
    }

    /// Writes factor · column of G.
    void read_column(std::size_t lane, std::size_t column, T factor, T* out) const {
        for (std::size_t i = 0; i < rows_; ++i)
            out[i] = factor * values_[column * column_length_ + i * lanes_ + lane];
    }

    /// The length of a column of G.
    T length(std::size_t lane, std::size_t column) const {
        return std::sqrt(squares_[column * lanes_ + lane]);
    }

    /// Sweeps over all pairs until no lane turns any more. O(rows · columns²) a sweep and lane; about
    /// nine sweeps for 64 columns of float.
    void run() {
        constexpr int most_sweeps = 60; // rounding noise may keep a pair just above the bound
        bool turned = true;
        for (int k = 0; k < most_sweeps && turned; ++k) {
            measure_columns();
            turned = sweep();
        }
        measure_columns();
    }

  private:
    static constexpr std::size_t block = 4; // columns that meet the columns of another block while in cache

    /// Disjoint pairs of columns; several, so that the latencies of their angles overlap.
    struct pair_list {
        std::size_t first[block];
        std::size_t second[block];
        std::size_t count;
    };

    /// Lane after lane of pair after pair: squared lengths, scalar product, and the angle found from them.
    struct angle_list {
        T first[block * most_lanes] = {};
        T second[block * most_lanes] = {};
        T product[block * most_lanes] = {};
        T sine[block * most_lanes];
        T half_tangent[block * most_lanes];
    };

    static std::size_t round_up(std::size_t n, std::size_t to) { return (n + to - 1) / to * to; }

    T* column(std::size_t j) { return values_.data() + j * column_length_; }

    void measure_columns() {
        for (std::size_t j = 0; j < columns_; ++j) multiply_columns(j, j, squares_.data() + j * lanes_);
        peaks_ = squares_;
    }

    /// A squared length that is carried along is wrong by some ε of the largest that it was: where little of
    /// that is left it is measured anew. Lane by lane, so that no result depends on the lanes beside it.
    void measure_again_where_short(std::size_t j) {
        constexpr T share = T{1} / 256;
        T* const squares = squares_.data() + j * lanes_;
        T* const peaks = peaks_.data() + j * lanes_;
        bool any = false;
        for (std::size_t e = 0; e < lanes_; ++e) {
            peaks[e] = squares[e] > peaks[e] ? squares[e] : peaks[e];
            any |= squares[e] < share * peaks[e];
        }
        if (!any) return;
        T measured[most_lanes];
        multiply_columns(j, j, measured);
        for (std::size_t e = 0; e < lanes_; ++e)
            if (squares[e] < share * peaks[e]) squares[e] = peaks[e] = measured[e];
    }

    /// Writes the scalar product of two columns in each lane.
    void multiply_columns(std::size_t i, std::size_t j, T* products) {
        T sums[partial_sums * most_lanes];
        constexpr std::size_t widest = partial_sums * most_lanes;
        const T* const a = column(i);
        const T* const b = column(j);
        switch (most_lanes / lanes_) {
        case 1:
            sum_products<widest>(a, b, column_length_, sums);
            break;
        case 2:
            sum_products<widest / 2>(a, b, column_length_, sums);
            break;
        case 4:
            sum_products<widest / 4>(a, b, column_length_, sums);
            break;
        default:
            sum_products<widest / 8>(a, b, column_length_, sums);
            break;
        }
        fold(sums, partial_sums * lanes_, lanes_);
        std::copy_n(sums, lanes_, products);
    }

    bool sweep() {
        bool turned = false;
        for (std::size_t i = 0; i < columns_; i += block) {
            turned = turn_within(i) || turned;
            for (std::size_t j = i + block; j < columns_; j += block) turned = turn_between(i, j) || turned;
        }
        return turned;
    }

    bool turn_within(std::size_t i) {
        const bool a = turn_pairs({{i, i + 2}, {i + 1, i + 3}, 2});
        const bool b = turn_pairs({{i, i + 1}, {i + 2, i + 3}, 2});
        const bool c = turn_pairs({{i, i + 1}, {i + 3, i + 2}, 2});
        return a || b || c;
    }

    bool turn_between(std::size_t i, std::size_t j) {
        bool turned = false;
        for (std::size_t shift = 0; shift < block; ++shift) {
            pair_list pairs{{}, {}, block};
            for (std::size_t k = 0; k < block; ++k) {
                pairs.first[k] = i + k;
                pairs.second[k] = j + (k + shift) % block;
            }
            turned = turn_pairs(pairs) || turned;
        }
        return turned;
    }

    bool turn_pairs(const pair_list& pairs) {
        angle_list angles;
        for (std::size_t k = 0; k < pairs.count; ++k) {
            std::copy_n(squares_.data() + pairs.first[k] * lanes_, lanes_, angles.first + k * lanes_);
            std::copy_n(squares_.data() + pairs.second[k] * lanes_, lanes_, angles.second + k * lanes_);
            multiply_columns(pairs.first[k], pairs.second[k], angles.product + k * lanes_);
        }
        if (!find_angles(angles, pairs.count * lanes_)) return false;
        for (std::size_t k = 0; k < pairs.count; ++k) {
            std::copy_n(angles.first + k * lanes_, lanes_, squares_.data() + pairs.first[k] * lanes_);
            std::copy_n(angles.second + k * lanes_, lanes_, squares_.data() + pairs.second[k] * lanes_);
            turn_pair(pairs.first[k], pairs.second[k], angles.sine + k * lanes_,
                      angles.half_tangent + k * lanes_);
            measure_again_where_short(pairs.first[k]);
            measure_again_where_short(pairs.second[k]);
        }
        return true;
    }

    void turn_pair(std::size_t i, std::size_t j, const T* sine, const T* half_tangent) {
        T sines[vector_width<T>];
        T half_tangents[vector_width<T>];
        for (std::size_t e = 0; e < vector_width<T>; e += lanes_) {
            std::copy_n(sine, lanes_, sines + e);
            std::copy_n(half_tangent, lanes_, half_tangents + e);
        }
        turn(column(i), column(j), column_length_, sines, half_tangents);
    }

    static bool find_angles(angle_list& list, std::size_t count) {
        T turned = 0;
        for (std::size_t k = 0; k < count; k += vector_width<T>) {
            T turns[vector_width<T>];
            for (std::size_t e = 0; e < vector_width<T>; ++e) turns[e] = find_angle(list, k + e);
            fold(turns, vector_width<T>, 1);
            turned += turns[0];
        }
        return turned != 0;
    }

    /// 1 when the pair is to be turned, 0 when not. Branches would keep the loop from being vectorised;
    /// choices between two values do not. What is not chosen may be no number: it is not multiplied by 0.
    static T find_angle(angle_list& list, std::size_t e) {
        constexpr T epsilon = std::numeric_limits<T>::epsilon();
        constexpr T nothing = no_length * no_length;
        const T a = list.first[e];
        const T b = list.second[e];
        const T product = list.product[e];
        const T longer = a > b ? a : b;
        const T shorter = a > b ? b : a;
        const T scale = 1 / (longer > nothing ? longer : nothing);
        const T q = product * scale;
        const T excess = q * (1 / (4 * epsilon));
        const T wanted = excess * excess > shorter * scale ? T{1} : T{0};
        const T turns = shorter > nothing ? wanted : T{0};
        const T d = (a - b) * scale / 2;
        const T size = d < 0 ? -d : d;
        const T square = d * d + q * q + nothing;
        const T unsigned_tangent = q / (size + square * inverse_root(square));
        const T signed_tangent = d < 0 ? -unsigned_tangent : unsigned_tangent;
        const T tangent = turns > 0 ? signed_tangent : T{0};
        const T cosine = inverse_root(1 + tangent * tangent);
        const T sine = tangent * cosine;
        list.sine[e] = sine;
        list.half_tangent[e] = sine / (1 + cosine);
        list.first[e] = a + tangent * product; // where it cancels, even below 0, it is measured again
        list.second[e] = b - tangent * product;
        return turns;
    }

    std::size_t rows_;
    std::size_t columns_;
    std::size_t lanes_;
    std::size_t column_length_; // rows, rounded up for vectors, times lanes
    std::vector<T> values_;     // [column, rounded up to whole blocks][row][lane]
    std::vector<T> squares_;    // [column][lane]
    std::vector<T> peaks_;      // the largest that each was since it was measured
};

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
