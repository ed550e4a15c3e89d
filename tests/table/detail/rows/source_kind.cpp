#include "svdlens/table/detail/rows/source_kind.hpp"

#include <cstddef>
#include <cstdint>

#include "support/catch.hpp"
#include "support/random_scores.hpp"
#include "svdlens/table/describe.hpp"
#include "svdlens/table/long_table.hpp"
#include "svdlens/table/top_k.hpp"

namespace sl = svdlens;

namespace {

/// A source with members of our names that mean something else.
struct source_of_own_words {
    using value_type = float;
    const sl::float_table* table;

    const sl::axes& axes() const { return table->axes(); }
    std::uint64_t max_rows() const { return table->max_rows(); }
    std::size_t blocks() const { return table->blocks(); }
    sl::score_block<float> block(std::size_t i, sl::block_buffer<float>& buffer) const {
        return table->block(i, buffer);
    }
    std::size_t tiles() const { return 3; }
    const char* in_memory() const { return "no"; }
};

} // namespace

TEST_CASE("a source may call its own things tiles and in_memory") {
    const auto table =
        sl::long_table(svdlens_tests::random_scores<float>(24, 1), svdlens_tests::head_axes(2, 3, 4));
    const source_of_own_words source{&table};
    CHECK(sl::detail::tiling_of(source) == nullptr);
    CHECK_FALSE(sl::detail::in_memory(source));
    CHECK(sl::describe(source).mean == sl::describe(table).mean);
    CHECK(sl::top_k(source, 3).row_at(0) == sl::top_k(table, 3).row_at(0));
    CHECK(sl::detail::tiling_of(table) == &table.tiles());
    CHECK(sl::detail::in_memory(table));
}
