/// @file
/// Random conditions beside a plain function that says the same.
#ifndef SVDLENS_TESTS_TABLE_RANDOM_PREDICATE_HPP
#define SVDLENS_TESTS_TABLE_RANDOM_PREDICATE_HPP

#include <cmath>
#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "svdlens/table/predicate.hpp"

namespace svdlens_tests {

using row_check = std::function<bool(svdlens::row_number, double)>;

/// A condition and what it means, in words that share nothing with its making.
struct checked_predicate {
    svdlens::predicate condition;
    row_check keeps;
};

/// Conditions on any axes.
class predicate_maker {
  public:
    predicate_maker(const svdlens::axes& table, unsigned seed) : table_(&table), random_(seed) {}

    checked_predicate make(int depth) {
        const auto roll = random_() % 8;
        if (depth > 0 && roll < 3) return both(depth);
        if (depth > 0 && roll < 5) return either(depth);
        if (depth > 0 && roll == 5) {
            auto inner = make(depth - 1);
            return {!inner.condition,
                    [f = inner.keeps](svdlens::row_number r, double x) { return !f(r, x); }};
        }
        if (roll == 6) return on_score();
        if (roll == 7 && random_() % 2 == 0) return free();
        return random_() % 2 == 0 ? on_label() : on_index();
    }

  private:
    checked_predicate both(int depth) {
        auto a = make(depth - 1), b = make(depth - 1);
        return {a.condition && b.condition,
                [f = a.keeps, g = b.keeps](svdlens::row_number r, double x) { return f(r, x) && g(r, x); }};
    }

    checked_predicate either(int depth) {
        auto a = make(depth - 1), b = make(depth - 1);
        return {a.condition || b.condition,
                [f = a.keeps, g = b.keeps](svdlens::row_number r, double x) { return f(r, x) || g(r, x); }};
    }

    checked_predicate on_score() {
        const double bound = static_cast<double>(random_() % 9) / 4 - 1;
        switch (random_() % 8) {
        case 0:
            return {svdlens::score() < bound, [=](auto, double x) { return x < bound; }};
        case 1:
            return {svdlens::score() <= bound, [=](auto, double x) { return x <= bound; }};
        case 2:
            return {svdlens::score() > bound, [=](auto, double x) { return x > bound; }};
        case 3:
            return {svdlens::score() >= bound, [=](auto, double x) { return x >= bound; }};
        case 4:
            return {svdlens::score() == bound, [=](auto, double x) { return x == bound; }};
        case 5:
            return {svdlens::score() != bound, [=](auto, double x) { return x != bound; }};
        case 6:
            return {svdlens::score().between(-0.25, bound),
                    [=](auto, double x) { return x >= -0.25 && x <= bound; }};
        default:
            return {svdlens::score_magnitude() > bound, [=](auto, double x) { return std::fabs(x) > bound; }};
        }
    }

    checked_predicate free() {
        const row_check test = [](svdlens::row_number r, double x) { return r % 3 != 0 && !(x > 1); };
        return {svdlens::rows_where(test), test};
    }

    /// The label that stands in some row, so that it exists.
    std::string some_label(const std::string& name) {
        return table_->label(random_() % table_->shape_rows(), name);
    }

    checked_predicate on_label() {
        const auto names = table_->column_names();
        if (names.empty()) return free();
        const auto name = names[random_() % names.size()];
        const auto a = some_label(name), b = some_label(name);
        const auto when = [this, name](auto test) {
            return [table = table_, name, test](svdlens::row_number r, double) {
                return test(table->label(r, name));
            };
        };
        const auto part = a.substr(a.size() / 2);
        const auto head = a.substr(0, a.size() / 2);
        const auto c = svdlens::column(name);
        switch (random_() % 7) {
        case 0:
            return {c == a, when([a](const std::string& s) { return s == a; })};
        case 1:
            return {c != a, when([a](const std::string& s) { return s != a; })};
        case 2:
            return {c.in({a, b, a}), when([a, b](const std::string& s) { return s == a || s == b; })};
        case 3:
            return {c.contains(part), when([part](const std::string& s) {
                        for (std::size_t k = 0; k + part.size() <= s.size(); ++k)
                            if (s.substr(k, part.size()) == part) return true;
                        return false;
                    })};
        case 4:
            return {c.starts_with(head),
                    when([head](const std::string& s) { return s.substr(0, head.size()) == head; })};
        case 5:
            return {c.ends_with(part), when([part](const std::string& s) {
                        return s.size() >= part.size() && s.substr(s.size() - part.size()) == part;
                    })};
        default:
            return {c.matches([](std::string_view s) { return s.size() % 2 == 0; }),
                    when([](const std::string& s) { return s.size() % 2 == 0; })};
        }
    }

    checked_predicate on_index() {
        if (table_->rank() == 0) return free();
        const auto k = random_() % table_->rank();
        const auto a = static_cast<int>(random_() % ((*table_)[k].extent + 2)) - 1;
        const auto b = static_cast<int>(random_() % ((*table_)[k].extent + 2)) - 1;
        const auto when = [this, k](auto test) {
            return [table = table_, k, test](svdlens::row_number r, double) {
                return test(static_cast<int>(table->index(r)[k]));
            };
        };
        const auto here =
            static_cast<int>(random_() % (*table_)[k].extent); // ends of ranges may lie anywhere
        const auto there = static_cast<int>(random_() % (*table_)[k].extent);
        const auto c = svdlens::axis_index((*table_)[k].name);
        switch (random_() % 8) {
        case 0:
            return {c < a, when([a](int i) { return i < a; })};
        case 1:
            return {c <= a, when([a](int i) { return i <= a; })};
        case 2:
            return {c > a, when([a](int i) { return i > a; })};
        case 3:
            return {c >= a, when([a](int i) { return i >= a; })};
        case 4:
            return {c == here, when([here](int i) { return i == here; })};
        case 5:
            return {c != here, when([here](int i) { return i != here; })};
        case 6:
            return {c.in({here, there}), when([here, there](int i) { return i == here || i == there; })};
        default:
            return {c.between(a, b), when([a, b](int i) { return a <= i && i <= b; })};
        }
    }

    const svdlens::axes* table_;
    std::mt19937 random_;
};

/// Axes of rank 0 to 4 with numbers, lists that repeat and formats, and label columns over some of them.
inline svdlens::axes random_axes(unsigned seed) {
    std::mt19937 random(seed);
    std::vector<svdlens::axis> list;
    const auto rank = random() % 5;
    for (std::size_t k = 0; k < rank; ++k) {
        const auto extent = 1 + random() % 7;
        const std::string name(1, static_cast<char>('a' + k));
        const auto kind = random() % 3;
        if (kind == 0) {
            list.emplace_back(name, extent);
        } else if (kind == 1) {
            list.emplace_back(name, extent, svdlens::label_format{"N{}"});
        } else {
            std::vector<std::string> labels;
            for (std::size_t j = 0; j < extent; ++j) labels.push_back(std::string(1 + random() % 3, 'x'));
            list.emplace_back(name, labels);
        }
    }
    svdlens::axes table(list);
    if (rank > 1) table.add({"a", "{a}:{b}"});
    if (rank > 2) table.add({"pair", "{c}/{a}"});
    if (rank > 3) table.add({"sparse", "{d}{b}{d}"});
    table.add({"fixed", "all"});
    return table;
}

} // namespace svdlens_tests

#endif
