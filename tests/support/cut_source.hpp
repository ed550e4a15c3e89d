/// @file
/// The same table cut into blocks at odd places: what verbs promise not to depend on.
#ifndef SVDLENS_TESTS_SUPPORT_CUT_SOURCE_HPP
#define SVDLENS_TESTS_SUPPORT_CUT_SOURCE_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>
#include <utility>
#include <vector>

#include "svdlens/table/score_source.hpp"

namespace svdlens_tests {

/// All rows of a table in blocks of random shape and in random order: single runs, patches of several runs
/// with a gap of -infinity between them in memory, listed rows, and blocks without a row.
template <class T>
class cut_source {
  public:
    using value_type = T;

    cut_source(svdlens::axes table, std::vector<T> scores, unsigned seed) :
        axes_(std::move(table)), scores_(std::move(scores)) {
        std::mt19937 random(seed);
        for (std::size_t row = 0; row < scores_.size();) row += add_block(row, random);
        pieces_.push_back({kind::run, 0, 1, 0});
        pieces_.push_back({kind::listed, 0, 1, 0});
        for (std::size_t k = pieces_.size(); k > 1; --k) std::swap(pieces_[k - 1], pieces_[random() % k]);
    }

    const svdlens::axes& axes() const { return axes_; }
    std::uint64_t max_rows() const { return scores_.size(); }
    std::size_t blocks() const { return pieces_.size(); }

    svdlens::score_block<T> block(std::size_t i, svdlens::block_buffer<T>& buffer) const {
        const piece& p = pieces_[i];
        if (p.how == kind::listed) return listed(p, buffer);
        const std::size_t pitch = p.how == kind::patch ? p.width + 3 : p.width;
        buffer.scores.assign(p.runs * pitch, -std::numeric_limits<T>::infinity());
        buffer.starts.clear();
        // The runs of a patch lie in the table side by side, and are handed out in descending order.
        for (std::size_t k = 0; k < p.runs; ++k) {
            const std::size_t first = p.first + (p.runs - 1 - k) * p.width;
            const auto from = scores_.begin() + static_cast<std::ptrdiff_t>(first);
            std::copy(from, from + static_cast<std::ptrdiff_t>(p.width),
                      buffer.scores.begin() + static_cast<std::ptrdiff_t>(k * pitch));
            buffer.starts.push_back(first);
        }
        return {buffer.scores.data(), p.runs, p.width, pitch, buffer.starts.data(), nullptr};
    }

  private:
    enum class kind { run, patch, listed };
    struct piece {
        kind how;
        std::size_t first;
        std::size_t runs;
        std::size_t width;
    };

    std::size_t add_block(std::size_t row, std::mt19937& random) {
        const auto how = static_cast<kind>(random() % 3);
        const std::size_t left = scores_.size() - row;
        const std::size_t width = (std::min<std::size_t>)(left, 1 + random() % 97);
        const std::size_t runs =
            how == kind::patch ? (std::min<std::size_t>)(left / width, 1 + random() % 5) : 1;
        pieces_.push_back({how, row, runs, width});
        return runs * width;
    }

    svdlens::score_block<T> listed(const piece& p, svdlens::block_buffer<T>& buffer) const {
        buffer.scores.clear();
        buffer.rows.clear();
        for (std::size_t k = p.width; k-- > 0;) {
            buffer.scores.push_back(scores_[p.first + k]);
            buffer.rows.push_back(p.first + k);
        }
        return {buffer.scores.data(), 1, p.width, p.width, nullptr, buffer.rows.data()};
    }

    svdlens::axes axes_;
    std::vector<T> scores_;
    std::vector<piece> pieces_;
};

} // namespace svdlens_tests

#endif
