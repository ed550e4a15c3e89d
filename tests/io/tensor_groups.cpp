#include "svdlens/io/tensor_groups.hpp"

#include <cstddef>
#include <cstdint>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "svdlens/io/tensor_record.hpp"

namespace sl = svdlens;

namespace {

sl::tensor_record record(std::string name, std::vector<std::uint64_t> shape = {2},
                         sl::dtype type = sl::dtype::f32) {
    sl::tensor_record result;
    result.name = std::move(name);
    result.type = type;
    result.begin = 100;
    result.end = 100 + *sl::tensor_bits(type, shape) / 8;
    result.shape = std::move(shape);
    return result;
}

std::vector<std::string> patterns(const std::vector<sl::tensor_record>& records) {
    std::vector<std::string> result;
    for (const auto& group : sl::grouped_tensors(records)) result.push_back(sl::pattern_of(group));
    return result;
}

std::vector<std::string> patterns_of_names(const std::vector<std::string>& names) {
    std::vector<sl::tensor_record> records;
    for (const auto& name : names) records.push_back(record(name));
    return patterns(records);
}

/// Every name that a group stands for.
std::vector<std::string> names_of(const sl::tensor_group& group) {
    std::vector<std::string> names{group.texts.front()};
    for (std::size_t k = 0; k < group.numbers.size(); ++k) {
        std::vector<std::string> longer;
        for (const auto& name : names)
            for (const auto number : group.numbers[k])
                longer.push_back(name + std::to_string(number) + group.texts[k + 1]);
        names = std::move(longer);
    }
    return names;
}

using list = std::vector<std::string>;

} // namespace

TEST_CASE("layers are one pattern, in the order in which they are read") {
    CHECK(patterns_of_names({"h.0.w", "h.1.w", "h.10.w", "h.11.w", "h.2.w", "wte"}) ==
          list{"h.{0-2,10-11}.w", "wte"});
    CHECK(patterns_of_names({"h.3.w", "h.5.w"}) == list{"h.{3,5}.w"});
    CHECK(patterns_of_names({"h.7.w"}) == list{"h.7.w"});
    CHECK(patterns_of_names({}).empty());
    CHECK(patterns_of_names({"h.0.a", "h.0.b", "h.1.a", "h.1.b"}) == list{"h.{0-1}.a", "h.{0-1}.b"});
    CHECK(patterns_of_names({"0", "1", "2.x"}) == list{"{0-1}", "2.x"});
    CHECK(patterns_of_names({"x.0", "x.1"}) == list{"x.{0-1}"});
}

TEST_CASE("only numbers written in one way between dots are layers") {
    CHECK(patterns_of_names({"h.00.w", "h.01.w"}) == list{"h.00.w", "h.01.w"});
    CHECK(patterns_of_names({"conv1.w", "conv2.w"}) == list{"conv1.w", "conv2.w"});
    CHECK(patterns_of_names({"h.-1.w", "h.1e3.w"}) == list{"h.-1.w", "h.1e3.w"});
    CHECK(patterns_of_names({"h.99999999999999999999.w"}) == list{"h.99999999999999999999.w"});
    CHECK(patterns_of_names({""}) == list{""});
    CHECK(patterns_of_names({"."}) == list{"."});
    CHECK(patterns_of_names({"a..0.", "a..1."}) == list{"a..{0-1}."});
    CHECK(patterns_of_names({"h.{0-1}.w", "h.0.w", "h.1.w"}).size() == 2);
}

TEST_CASE("another dtype or shape is another group") {
    CHECK(patterns({record("h.0.w"), record("h.1.w", {3}), record("h.2.w")}) == list{"h.{0,2}.w", "h.1.w"});
    CHECK(patterns({record("h.0.w", {4}, sl::dtype::f16), record("h.1.w", {4}, sl::dtype::bf16)}) ==
          list{"h.0.w", "h.1.w"});
    CHECK(patterns({record("h.0.w", {}), record("h.1.w", {1})}) == list{"h.0.w", "h.1.w"});
}

TEST_CASE("several numbers make one pattern only where every combination is there") {
    CHECK(patterns_of_names({"h.0.e.0", "h.0.e.1", "h.1.e.0", "h.1.e.1"}) == list{"h.{0-1}.e.{0-1}"});
    CHECK(patterns_of_names({"h.0.e.0", "h.0.e.1", "h.1.e.0"}) == list{"h.0.e.{0-1}", "h.1.e.0"});
}

TEST_CASE("a group knows how many tensors and bytes it stands for") {
    const auto groups = sl::grouped_tensors(
        std::vector{record("h.0.w", {2, 3}), record("h.1.w", {2, 3}), record("b", {0}), record("s", {})});
    REQUIRE(groups.size() == 3);
    CHECK(sl::pattern_of(groups[0]) == "b");
    CHECK(groups[0].bytes == 0);
    CHECK(groups[1].count == 2);
    CHECK(groups[1].bytes == 48);
    CHECK(groups[1].shape == std::vector<std::uint64_t>{2, 3});
    CHECK(groups[2].bytes == 4);
}

TEST_CASE("single tensors are all there, layer 2 before layer 10") {
    list names;
    for (const auto& each :
         sl::single_tensors(std::vector{record("h.10.w"), record("h.2.w"), record("h.w"), record("a")}))
        names.push_back(sl::pattern_of(each));
    CHECK(names == list{"a", "h.2.w", "h.10.w", "h.w"});
}

TEST_CASE("the patterns of random names stand for exactly these names") {
    std::mt19937 random(5);
    const auto below = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
    const list parts{"0", "1", "2", "3", "10", "07", "w", "b", ""};
    for (int round = 0; round < 200; ++round) {
        std::set<std::string> names;
        std::vector<sl::tensor_record> records;
        while (records.size() < 1 + below(60)) {
            std::string name = "m";
            for (unsigned k = below(7); k > 0; --k)
                name += "." + parts[below(static_cast<unsigned>(parts.size()))];
            if (names.insert(name).second) records.push_back(record(name, {1 + below(2)}));
        }
        std::uint64_t count = 0, bytes = 0, expected_bytes = 0;
        std::set<std::string> found;
        for (const auto& group : sl::grouped_tensors(records)) {
            const auto all = names_of(group);
            CHECK(all.size() == group.count);
            found.insert(all.begin(), all.end());
            count += group.count;
            bytes += group.bytes;
        }
        for (const auto& each : records) expected_bytes += each.end - each.begin;
        CHECK(found == names);
        CHECK(count == names.size());
        CHECK(bytes == expected_bytes);
    }
}

TEST_CASE("a name of a hundred thousand numbers is one name") {
    std::string name = "a";
    for (int k = 0; k < 100'000; ++k) name += ".1";
    const auto groups = sl::grouped_tensors(std::vector{record(name)});
    REQUIRE(groups.size() == 1);
    CHECK(sl::pattern_of(groups[0]) == name);
}

TEST_CASE("patterns have {layer} for the number that differs, whatever the shapes") {
    const auto patterns_with = [](const std::vector<sl::tensor_record>& records) {
        list result;
        for (const auto& each : sl::tensor_patterns(records))
            result.push_back(each.pattern + " " + std::to_string(each.count) + (each.alike ? "" : " differ"));
        return result;
    };
    CHECK(patterns_with({record("h.0.w"), record("h.10.w"), record("h.2.w"), record("wte")}) ==
          list{"h.{layer}.w 3", "wte 1"});
    CHECK(patterns_with({record("h.0.w", {2}), record("h.1.w", {3}), record("h.2.w", {3})}) ==
          list{"h.{layer}.w 3 differ"});
    CHECK(patterns_with({record("h.0.e.0"), record("h.0.e.1"), record("h.1.e.0")}) ==
          list{"h.{layer}.e.{n} 3"});
    CHECK(patterns_with({record("m.3.h.0.w"), record("m.3.h.1.w"), record("m.3.h.1.b")}) ==
          list{"m.3.h.{layer}.w 2", "m.3.h.1.b 1"});
    CHECK(patterns_with({record("head.0.w")}) == list{"head.0.w 1"});
    CHECK(patterns_with({}).empty());
    std::vector<sl::tensor_record> many;
    for (int k = 0; k < 20'000; ++k) many.push_back(record("a." + std::to_string(k) + ".b"));
    CHECK(patterns_with(many) == list{"a.{layer}.b 20000"});
}
