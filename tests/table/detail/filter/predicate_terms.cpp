#include "svdlens/table/detail/filter/predicate_terms.hpp"

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "support/catch.hpp"

namespace sl = svdlens;
using namespace svdlens::detail;

TEST_CASE("integers but bool and char are indices, containers of them and of texts are lists") {
    static_assert(index_value<int> && index_value<std::uint8_t> && !index_value<bool> && !index_value<char>);
    static_assert(index_container<std::vector<short>> && !index_container<std::vector<double>>);
    static_assert(label_container<std::vector<std::string>> && !label_container<std::string>);
    static_assert(!label_container<const char*>);
}

TEST_CASE("ranges below all indices are empty and those that begin there begin at 0") {
    CHECK(indices_between(-3, -1).first > indices_between(-3, -1).last);
    CHECK(indices_between(-3, 4).first == 0);
    CHECK(indices_between(-3, 4).last == 4);
    CHECK(indices_between(2, highest_index).last == std::numeric_limits<std::uint64_t>::max());
    CHECK(indices_between(5, 4).first == 5);
}

TEST_CASE("a listed index keeps its text, whatever its sign and size") {
    const auto node = index_in_list("layer", index_owner::axis, std::vector<std::int64_t>{3, -2});
    CHECK(node.kind == condition_kind::index_in_list);
    CHECK(node.labels == std::vector<std::string>{"3", "-2"});
    CHECK(node.ranges[0].first == 3);
    CHECK(node.ranges[0].last == 3);
    CHECK(node.ranges[1].first > node.ranges[1].last);
    CHECK(index_in_list("layer", index_owner::axis, std::vector<std::uint64_t>{highest_index}).labels[0] ==
          "18446744073709551615");
}
