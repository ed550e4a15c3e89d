/// @file
/// Reads expected.txt, which make_expected.py wrote.
#ifndef SVDLENS_TESTS_TABLE_EXPECTED_TABLES_HPP
#define SVDLENS_TESTS_TABLE_EXPECTED_TABLES_HPP

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "svdlens/table/detail/groups/grouping.hpp"
#include "svdlens/table/long_table.hpp"

namespace svdlens_tests {

/// One item: `name` and what follows it.
struct expected_item {
    std::string name;
    std::vector<std::string> words;

    std::vector<double> numbers(std::size_t from = 0) const {
        std::vector<double> result;
        for (std::size_t k = from; k < words.size(); ++k)
            result.push_back(std::strtod(words[k].c_str(), nullptr));
        return result;
    }
    std::vector<std::uint64_t> integers(std::size_t from = 0) const {
        std::vector<std::uint64_t> result;
        for (std::size_t k = from; k < words.size(); ++k)
            result.push_back(std::strtoull(words[k].c_str(), nullptr, 10));
        return result;
    }
};

/// A table and what numpy and pandas say about it.
struct expected_table {
    std::string name;
    bool is_double = false;
    std::vector<svdlens::axis> axes;
    std::vector<double> scores;
    std::vector<expected_item> items;

    /// Calls `use(table)` with a table of floats or of doubles.
    template <class Use>
    void with_table(Use use) const {
        const svdlens::axes columns(axes);
        if (is_double) {
            use(svdlens::long_table(scores, columns));
        } else {
            use(svdlens::long_table(std::vector<float>(scores.begin(), scores.end()), columns));
        }
    }

    /// Calls `check(table, item)` for every item of that name.
    template <class Check>
    void for_items(const std::string& wanted, Check check) const {
        with_table([&](const auto& table) {
            for (const auto& item : items)
                if (item.name == wanted) check(table, item);
        });
    }
};

inline expected_item parse_item(const std::string& line) {
    std::istringstream in(line);
    expected_item item;
    in >> item.name;
    for (std::string word; in >> word;) item.words.push_back(std::move(word));
    return item;
}

/// All tables of the file.
inline std::vector<expected_table> expected_tables() {
    std::ifstream in(std::filesystem::path(__FILE__).parent_path() / "expected.txt");
    std::vector<expected_table> tables;
    for (std::string line; std::getline(in, line);) {
        if (line.empty() || line[0] == '#') continue;
        auto item = parse_item(line);
        if (item.name == "table") {
            tables.push_back({item.words[0], item.words[1] == "double", {}, {}, {}});
            for (std::size_t k = 2; k < item.words.size(); k += 2)
                tables.back().axes.emplace_back(item.words[k], std::stoull(item.words[k + 1]));
        } else if (item.name == "scores") {
            tables.back().scores = item.numbers();
        } else {
            tables.back().items.push_back(std::move(item));
        }
    }
    if (tables.empty()) throw std::runtime_error("tests/table/expected.txt is missing");
    return tables;
}

/// Calls `check(expected, table, item)` for every item of that name of every table.
/// @throws std::runtime_error when there is no such item
template <class Check>
void for_expected(const std::string& wanted, Check check) {
    std::size_t found = 0;
    for (const auto& expected : expected_tables()) {
        expected.for_items(wanted, [&](const auto& table, const expected_item& item) {
            ++found;
            check(expected, table, item);
        });
    }
    if (found == 0) throw std::runtime_error("expected.txt: no item " + wanted);
}

/// The columns of a list such as `layer,head`; `-` for none.
inline svdlens::by_columns columns_named(const std::string& list) {
    svdlens::by_columns columns;
    std::istringstream in(list == "-" ? "" : list);
    for (std::string name; std::getline(in, name, ',');) columns.names.push_back(name);
    return columns;
}

/// As many numbers, NaN where NaN is expected, each within a relative or an absolute tolerance.
inline void check_numbers(const std::vector<double>& found, const std::vector<double>& expected,
                          double relative, double absolute = 0) {
    REQUIRE(found.size() == expected.size());
    for (std::size_t k = 0; k < found.size(); ++k) {
        INFO("number " << k << ": expected " << expected[k] << ", found " << found[k]);
        if (std::isnan(expected[k])) {
            CHECK(std::isnan(found[k]));
        } else if (found[k] != expected[k]) {
            CHECK(std::abs(found[k] - expected[k]) <= (std::max)(relative * std::abs(expected[k]), absolute));
        }
    }
}

} // namespace svdlens_tests

#endif
