/// @file
/// What every verb works on: a source that hands out its rows in blocks, and one whose rows are in memory.
#ifndef SVDLENS_TABLE_SCORE_SOURCE_HPP
#define SVDLENS_TABLE_SCORE_SOURCE_HPP

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "../tensor/axes.hpp"
#include "detail/rows/source_kind.hpp"

namespace svdlens::inline v0_2 {

/// Scores of consecutive rows, or of listed ones.
template <class T>
struct score_run {
    std::span<const T> scores;
    row_number first = 0;             ///< the row of the first score, where rows are consecutive
    const row_number* rows = nullptr; ///< one row number a score; null: consecutive

    /// The row number of score k.
    row_number row(std::size_t k) const { return rows != nullptr ? rows[k] : first + k; }
};

/// A patch of a table: `runs` runs of `width` scores each, `pitch` scores apart in memory.
///
/// One shape serves a tensor in memory (nothing is copied), a tile of a matrix product, and rows that a
/// filter kept (one run with listed rows).
template <class T>
struct score_block {
    const T* scores = nullptr;
    std::size_t runs = 0;
    std::size_t width = 0;
    std::size_t pitch = 0;
    const row_number* starts = nullptr; ///< the first row of each run, where rows are consecutive
    const row_number* rows = nullptr;   ///< the row of each score of the only run; null: consecutive

    std::size_t size() const { return runs * width; }

    /// Run k of the block.
    score_run<T> run(std::size_t k) const {
        // An empty list of rows may come as two null pointers.
        return {{scores + k * pitch, width}, starts != nullptr ? starts[k] : 0, rows};
    }
};

/// What a worker lends to a source to put a block in; it grows to the largest block and is reused.
template <class T>
struct block_buffer {
    std::vector<T> scores;
    std::vector<row_number> starts;
    std::vector<row_number> rows;
};

/// A table that hands out its present rows block by block.
///
/// Block i is a pure function of i: it can be asked for at any time, from any thread, and is always the same
/// bits. Every present row is in exactly one block. A block is valid until its buffer is used again.
/// `max_rows()` is the number of present rows, or an upper bound where a filter on scores decides.
template <class S>
concept score_source = std::floating_point<typename S::value_type> &&
                       requires(const S& s, std::size_t i, block_buffer<typename S::value_type>& buffer) {
                           { s.axes() } -> std::same_as<const axes&>;
                           { s.max_rows() } -> std::same_as<std::uint64_t>;
                           { s.blocks() } -> std::same_as<std::size_t>;
                           { s.block(i, buffer) } -> std::same_as<score_block<typename S::value_type>>;
                       };

/// Any score source of T behind one type, so that code compiles once. Refers to the source, which must
/// outlive it; the cost is one indirect call a block. It knows the source's tiling and whether the scores are
/// in memory, so that verbs choose their passes as for the source itself. It is no tiled or stored source:
/// `store` and `sample` take the source, and what streams in bands holds its hits.
template <std::floating_point T>
class score_source_ref {
  public:
    using value_type = T;

    /// A reference: the source must outlive it.
    template <score_source S>
        requires(std::same_as<typename S::value_type, T> && !std::same_as<S, score_source_ref>)
    score_source_ref(const S& source) :
        source_(&source), axes_(&source.axes()), max_rows_(source.max_rows()), blocks_(source.blocks()),
        tiles_(detail::tiling_of(source)), in_memory_(detail::in_memory(source)),
        band_(detail::band_call<S>()), block_([](const void* s, std::size_t i, block_buffer<T>& buffer) {
            return static_cast<const S*>(s)->block(i, buffer);
        }) {}

    /// A reference to a temporary would dangle.
    template <score_source S>
        requires(std::same_as<typename S::value_type, T> && !std::same_as<S, score_source_ref>)
    score_source_ref(const S&&) = delete;

    const svdlens::axes& axes() const { return *axes_; }
    std::uint64_t max_rows() const { return max_rows_; }
    std::size_t blocks() const { return blocks_; }
    score_block<T> block(std::size_t i, block_buffer<T>& buffer) const { return block_(source_, i, buffer); }

    /// The tiling whose tiles are the source's blocks; null where it has none.
    const tiling* tiles_or_null() const { return tiles_; }
    /// Whether the source's scores lie in memory, so that another pass costs little.
    bool in_memory() const { return in_memory_; }
    /// Whether the rows of later blocks all come behind those of this one and the ones before it: where a band of
    /// tiles ends, or the source.
    bool ends_band(std::size_t i) const {
        if (i + 1 == blocks_) return true;
        return band_ != nullptr && band_(source_, i) != band_(source_, i + 1);
    }

  private:
    const void* source_;
    const svdlens::axes* axes_;
    std::uint64_t max_rows_;
    std::size_t blocks_;
    const tiling* tiles_;
    bool in_memory_;
    std::size_t (*band_)(const void*, std::size_t); ///< null: the blocks are one band
    score_block<T> (*block_)(const void*, std::size_t, block_buffer<T>&);
};

/// The type of score is that of the source.
template <score_source S>
score_source_ref(const S&) -> score_source_ref<typename S::value_type>;

/// A score source whose present rows lie in memory in an order of their own: a long table, a selection. What
/// a projection or a narrowed source becomes one by is `store` or `collect`.
template <class S>
concept stored_source = score_source<S> && requires(const S& s, std::size_t k) {
    { s.size() } -> std::same_as<std::size_t>;
    { s.row_at(k) } -> std::same_as<row_number>;
    { s.score_at(k) } -> std::same_as<typename S::value_type>;
};

} // namespace svdlens::inline v0_2

#endif
