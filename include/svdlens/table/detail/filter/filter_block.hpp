/// @file
/// The rows of a block that a filter keeps.
#ifndef SVDLENS_TABLE_DETAIL_FILTER_FILTER_BLOCK_HPP
#define SVDLENS_TABLE_DETAIL_FILTER_FILTER_BLOCK_HPP

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <span>

#include "../../../tensor/axes.hpp"
#include "../../score_source.hpp"
#include "row_filter.hpp"

namespace svdlens::inline v0_2::detail {

/// Lists kept rows in a buffer, in the order of the block, which may lie in the same buffer: what is written
/// never gets ahead of what is read, and the buffer does not move, as it holds the block already.
template <class T>
class kept_rows {
  public:
    kept_rows(block_buffer<T>& buffer, std::size_t most) : buffer_(&buffer) {
        if (buffer.scores.size() < most) buffer.scores.resize(most);
        if (buffer.rows.size() < most) buffer.rows.resize(most);
    }

    /// Appends a row when it is kept.
    void push_back_if(bool is_kept, row_number row, T score) {
        if (!is_kept) return;
        buffer_->scores[size_] = score;
        buffer_->rows[size_] = row;
        ++size_;
    }

    /// Appends the scores of consecutive rows that are in the intervals. Writes every score and moves on by
    /// the kept ones: no branch that could be mispredicted.
    void append_if(const score_intervals& wanted, row_number first, std::span<const T> scores) {
        T* out = buffer_->scores.data();
        row_number* rows = buffer_->rows.data();
        std::size_t size = size_;
        for (std::size_t k = 0; k < scores.size(); ++k) {
            const T score = scores[k];
            out[size] = score;
            rows[size] = first + k;
            size += static_cast<std::size_t>(wanted.hold(static_cast<double>(score)));
        }
        size_ = size;
    }

    /// Appends scores of consecutive rows.
    void append(row_number first, std::span<const T> scores) {
        T* out = buffer_->scores.data() + size_;
        if (out != scores.data()) std::copy(scores.begin(), scores.end(), out);
        row_number* rows = buffer_->rows.data() + size_;
        std::iota(rows, rows + scores.size(), first);
        size_ += scores.size();
    }

    score_block<T> block() const {
        return {buffer_->scores.data(), 1, size_, size_, nullptr, buffer_->rows.data()};
    }

  private:
    block_buffer<T>* buffer_;
    std::size_t size_ = 0;
};

/// Whether the masks let all rows of a run through.
template <class T>
bool masks_keep_all(const row_filter& filter, const score_run<T>& run) {
    const auto size = run.scores.size();
    if (run.rows == nullptr) return filter.count(run.first, run.first + size) == size;
    return std::all_of(run.rows, run.rows + size, [&](row_number row) { return filter.masks_keep(row); });
}

/// Whether all rows of a run pass what is asked row by row.
template <class T>
bool rest_keeps_all(const row_filter& filter, const score_run<T>& run) {
    for (std::size_t k = 0; k < run.scores.size(); ++k)
        if (!filter.rest_keeps(run.row(k), static_cast<double>(run.scores[k]))) return false;
    return true;
}

template <class T>
bool keeps_all(const row_filter& filter, const score_block<T>& block) {
    for (std::size_t k = 0; k < block.runs; ++k)
        if (!masks_keep_all(filter, block.run(k))) return false;
    if (filter.only_masks()) return true;
    for (std::size_t k = 0; k < block.runs; ++k)
        if (!rest_keeps_all(filter, block.run(k))) return false;
    return true;
}

/// Lists the kept ones of consecutive rows.
template <class T>
void list_consecutive(const row_filter& filter, const score_run<T>& run, kept_rows<T>& kept) {
    filter.for_stretches(run.first, run.first + run.scores.size(), [&](row_number begin, row_number end) {
        const auto scores = run.scores.subspan(static_cast<std::size_t>(begin - run.first),
                                               static_cast<std::size_t>(end - begin));
        if (filter.only_masks()) return kept.append(begin, scores);
        if (filter.only_intervals()) return kept.append_if(*filter.intervals(), begin, scores);
        for (std::size_t k = 0; k < scores.size(); ++k)
            kept.push_back_if(filter.rest_keeps(begin + k, static_cast<double>(scores[k])), begin + k,
                              scores[k]);
    });
}

/// The kept ones of a block's rows, in its order: the block itself when that is all of them, else listed rows
/// in the buffer.
template <class T>
score_block<T> filter_block(const row_filter& filter, const score_block<T>& block, block_buffer<T>& buffer) {
    if (keeps_all(filter, block)) return block;
    kept_rows<T> kept(buffer, block.size());
    for (std::size_t k = 0; k < block.runs; ++k) {
        const auto run = block.run(k);
        if (run.rows == nullptr) {
            list_consecutive(filter, run, kept);
            continue;
        }
        for (std::size_t j = 0; j < run.scores.size(); ++j) {
            const bool is_kept = filter(run.rows[j], static_cast<double>(run.scores[j]));
            kept.push_back_if(is_kept, run.rows[j], run.scores[j]);
        }
    }
    return kept.block();
}

#ifdef SVDLENS_COMPILED
extern template score_block<float> filter_block(const row_filter&, const score_block<float>&,
                                                block_buffer<float>&);
extern template score_block<double> filter_block(const row_filter&, const score_block<double>&,
                                                 block_buffer<double>&);
#endif

} // namespace svdlens::inline v0_2::detail

#endif
