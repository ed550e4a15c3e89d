/// @file
/// The bodies of significance/detail/search/family_search.hpp.
#ifndef SVDLENS_SIGNIFICANCE_DETAIL_BODIES_FAMILY_SEARCH_HPP
#define SVDLENS_SIGNIFICANCE_DETAIL_BODIES_FAMILY_SEARCH_HPP

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <map>
#include <numbers>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "../../../core/detail/without_progress.hpp"
#include "../../../core/error.hpp"
#include "../../../core/execution.hpp"
#include "../../../core/text.hpp"
#include "../../../table/question.hpp"
#include "../../../table/score_source.hpp"
#include "../levels/tested_rows.hpp"
#include "../search/family_search.hpp"
#include "../search/family_state.hpp"
#include "../search/step_up.hpp"

namespace svdlens::inline v0_2::detail {

/// NaN scores of a block.
template <std::floating_point T>
std::uint64_t count_nans(const score_block<T>& block) {
    std::uint64_t nans = 0;
    for (std::size_t k = 0; k < block.runs; ++k)
        for (const T score : block.run(k).scores) nans += static_cast<std::uint64_t>(score != score);
    return nans;
}

template <class Row>
void append_rows(std::vector<Row>& into, std::vector<Row>& later) {
    if (into.empty())
        into = std::move(later);
    else
        into.insert(into.end(), later.begin(), later.end());
    later.clear();
}

template <std::floating_point T>
std::vector<double> log_ratios_of(const std::vector<found_row<T>>& rows) {
    std::vector<double> result(rows.size());
    std::transform(rows.begin(), rows.end(), result.begin(), [](const auto& row) { return row.log_ratio; });
    return result;
}

inline void add_counts(std::vector<std::uint64_t>& into, std::vector<std::uint64_t>& later) {
    if (into.size() < later.size()) into.resize(later.size());
    for (std::size_t k = 0; k < later.size(); ++k) into[k] += later[k];
    later.clear();
}

template <std::floating_point T>
family_search<T>::family_search(std::vector<family_table> tables, double q, const execution& run,
                                found_rows_sink<T> sink) :
    tables_(std::move(tables)),
    rule_{q, 0}, run_(run), sink_(std::move(sink)), threshold_(-std::numeric_limits<double>::infinity()) {
    if (!(q > 0 && q < 1))
        throw argument_error(errc::invalid_argument,
                             "discoveries: expected q between 0 and 1, found " + to_text(q));
    bool weighed = true;
    for (const auto& table : tables_) {
        rule_.rows += table.rows;
        weighed = weighed && table.weighed;
    }
    if (rule_.rows == 0) return;
    if (!weighed) {
        go_to(step::weigh, merge_order::blocks);
    } else {
        set_weights();
        start_survey();
    }
}

template <std::floating_point T>
void family_search<T>::go_to(step next, merge_order in) {
    step_ = next;
    order = in;
}

template <std::floating_point T>
unsigned family_search<T>::passes_left() const {
    const unsigned streamed = sink_ && !held_ ? 1 : 0;
    switch (step_) {
    case step::weigh:
        return 2;
    case step::refine:
        return 2 + streamed;
    case step::settle:
        return 1 + streamed;
    case step::survey:
    case step::collect:
    case step::stream:
        return 1;
    case step::done:
        break;
    }
    return 0;
}

/// @throws argument_error (invalid_argument) when all weights are 0
template <std::floating_point T>
void family_search<T>::set_weights() {
    double sum = 0;
    for (const auto& table : tables_) sum += table.weights;
    if (!(sum > 0) || std::isinf(sum))
        throw argument_error(errc::invalid_argument,
                             "discoveries: expected weights whose sum is positive and finite, found " +
                                 to_text(sum));
    mean_weight_ = sum / static_cast<double>(rule_.rows);
    for (auto& table : tables_) table.tested.set_mean_weight(mean_weight_);
}

/// Levels are kept from the first on of which, were there nothing to find, a small part of the budget would hold the rows.
template <std::floating_point T>
void family_search<T>::start_survey() {
    const auto depth = level_counts::depth(rule_.rows);
    double expected = rule_.q * static_cast<double>(rule_.rows) * static_cast<double>(candidate_bytes);
    for (kept_from_ = 0; kept_from_ < depth && expected > static_cast<double>(run_.memory_budget) / 32;
         ++kept_from_)
        expected /= 2;
    most_kept_ = run_.memory_budget / candidate_bytes / 2;
    bytes_ = (std::min)(most_kept_, rule_.rows) * candidate_bytes;
    go_to(step::survey);
}

template <std::floating_point T>
typename family_search<T>::plan family_search<T>::begin_pass() {
    const double q = std::log2(rule_.q);
    const double level = q - static_cast<double>(level_);
    switch (step_) {
    case step::survey:
        return {step_, q, kept_from_};
    case step::stream:
        return {step_, threshold_ / std::numbers::ln2 + 1e-6 * (1 + std::abs(threshold_))};
    default:
        return {step_, level, 0, first_part_, last_part_};
    }
}

template <std::floating_point T>
void family_search<T>::weigh(std::size_t table, const score_block<T>& block, table_state<T>& mine) const {
    const auto& weights = tables_[table].tested.weights();
    for (std::size_t k = 0; k < block.runs; ++k) {
        const auto run = block.run(k);
        for (std::size_t j = 0; j < run.scores.size(); ++j) mine.weights += weights(run.row(j));
    }
}

template <std::floating_point T>
void family_search<T>::survey(const plan& now, std::size_t table, const score_block<T>& block,
                              state& mine) const {
    const auto deepest = level_counts::depth(rule_.rows);
    mine.counts.resize(deepest + 1);
    auto& seen = mine.tables[table];
    seen.rows += block.size();
    seen.nans += count_nans(block);
    const bool keeps = kept_->load(std::memory_order_relaxed) <= most_kept_;
    const std::size_t before = seen.candidates.size();
    tables_[table].tested.for_each_candidate(
        block, now.level, [&](row_number row, T score, float, float most) {
            const auto level = (std::min)(deepest, static_cast<std::size_t>(most));
            ++mine.counts[level];
            if (keeps && level >= now.kept_from) seen.candidates.push_back({row, score, most});
        });
    kept_->fetch_add(seen.candidates.size() - before, std::memory_order_relaxed);
    if (!keeps) seen.candidates = {};
}

/// Which part of the level that ends at log2 = `level` a value is in; `parts` for smaller values than the level has.
template <std::floating_point T>
std::size_t family_search<T>::part_of_level(double log_ratio, double level) const {
    const double place = (level - log_ratio / std::numbers::ln2) * static_cast<double>(parts);
    return place < static_cast<double>(parts) ? static_cast<std::size_t>((std::max)(place, 0.0)) : parts;
}

template <std::floating_point T>
void family_search<T>::look(const plan& now, std::size_t table, const score_block<T>& block,
                            state& mine) const {
    if (mine.tables.empty()) mine.tables.resize(tables_.size());
    const auto& tested = tables_[table].tested;
    const double end = now.level * std::numbers::ln2;
    switch (now.what) {
    case step::weigh:
        return weigh(table, block, mine.tables[table]);
    case step::survey:
        return survey(now, table, block, mine);
    case step::collect:
        return tested.for_each_candidate(block, now.level, [&](row_number row, T score, float, float most) {
            mine.tables[table].candidates.push_back({row, score, most});
        });
    case step::refine:
        mine.counts.resize(parts + 1);
        return tested.for_each_candidate(block, now.level, [&](row_number row, T score, float least, float) {
            if (least > 1) return void(++mine.counts[parts]);
            const double ratio = tested.log_ratio(row, score);
            if (ratio <= end) ++mine.counts[part_of_level(ratio, now.level)];
        });
    case step::settle:
        return tested.for_each_candidate(block, now.level, [&](row_number row, T score, float least, float) {
            if (least > 1) return;
            const double ratio = tested.log_ratio(row, score);
            if (!(ratio <= end)) return;
            const auto part = part_of_level(ratio, now.level);
            if (part >= now.first_part && part < now.last_part) ++mine.values[ratio];
        });
    case step::stream:
        return tested.for_each_candidate(block, now.level, [&](row_number row, T score, float, float) {
            const double ratio = tested.log_ratio(row, score);
            if (ratio <= threshold_)
                mine.found.push_back({ratio, row, score, static_cast<std::uint32_t>(table)});
        });
    case step::done:
        break;
    }
}

template <std::floating_point T>
void family_search<T>::merge(state& into, state& later) const {
    if (into.tables.empty()) into.tables.resize(tables_.size());
    for (std::size_t k = 0; k < later.tables.size(); ++k) {
        auto& to = into.tables[k];
        auto& from = later.tables[k];
        to.rows += from.rows;
        to.nans += from.nans;
        to.weights += from.weights;
        append_rows(to.candidates, from.candidates);
        from = {};
    }
    add_counts(into.counts, later.counts);
    for (const auto& [value, count] : later.values) into.values[value] += count;
    later.values.clear();
    append_rows(into.found, later.found);
}

template <std::floating_point T>
bool family_search<T>::fits(const state& read) const {
    const auto is_row = [&](const found_row<T>& row) { return row.table < tables_.size(); };
    return read.tables.size() <= tables_.size() && std::all_of(read.found.begin(), read.found.end(), is_row);
}

template <std::floating_point T>
void family_search<T>::take_note(state& read) const {
    for (const auto& table : read.tables)
        kept_->fetch_add(table.candidates.size(), std::memory_order_relaxed);
}

template <std::floating_point T>
void family_search<T>::end_band(state& band) {
    std::sort(band.found.begin(), band.found.end(),
              [](const auto& a, const auto& b) { return a.row < b.row; });
    for (const auto& row : band.found) largest_ = (std::max)(largest_, row.log_ratio);
    if (!band.found.empty()) sink_(band.found);
    band.found.clear();
}

template <std::floating_point T>
void family_search<T>::end_pass(state& all) {
    all.tables.resize(tables_.size());
    switch (step_) {
    case step::weigh:
        for (std::size_t k = 0; k < tables_.size(); ++k)
            if (!tables_[k].weighed) tables_[k].weights = all.tables[k].weights;
        set_weights();
        return start_survey();
    case step::survey:
        return end_survey(all);
    case step::collect:
        return finish(std::move(all.tables));
    case step::refine:
        all.counts.resize(parts + 1);
        return end_refinement(all.counts);
    case step::settle:
        return end_settlement(all.values);
    case step::stream:
        threshold_ = largest_; // that of rows, wherever the cut was
        return go_to(step::done);
    case step::done:
        return;
    }
}

/// @throws argument_error (invalid_argument) when a table did not have the rows that it said
template <std::floating_point T>
void family_search<T>::end_survey(state& all) {
    for (std::size_t k = 0; k < tables_.size(); ++k) {
        if (all.tables[k].rows != tables_[k].rows)
            throw argument_error(
                errc::invalid_argument,
                quoted(tables_[k].title) + ": discoveries: expected a family that is fixed before " +
                    "scores are seen, found " + to_text(all.tables[k].rows) + " of at most " +
                    to_text(tables_[k].rows) +
                    " rows, which a condition on scores let through; leave that condition out");
        tables_[k].nans = all.tables[k].nans;
    }
    counts_.at = std::move(all.counts);
    counts_.at.resize(level_counts::depth(rule_.rows) + 1);
    const auto level = counts_.first_possible(0, rule_.rows);
    const bool kept = level >= kept_from_ && kept_->load() <= most_kept_;
    if (!kept || counts_.from(level) * found_bytes > run_.memory_budget) return go_to_level(level);
    for (auto& table : all.tables)
        std::erase_if(table.candidates,
                      [&](const auto& row) { return row.level < static_cast<float>(level); });
    finish(std::move(all.tables));
}

/// Where the threshold is at this level, or deeper.
template <std::floating_point T>
void family_search<T>::go_to_level(std::size_t level) {
    level_ = level;
    if (level == counts_.at.size()) return go_to(step::done);
    bytes_ = counts_.from(level) * found_bytes;
    if (bytes_ <= run_.memory_budget) {
        held_ = true;
        return go_to(step::collect);
    }
    held_ = false;
    bytes_ = (parts + 1) * sizeof(std::uint64_t);
    go_to(step::refine);
}

/// What is found of all rows from a level on.
template <std::floating_point T>
void family_search<T>::finish(std::vector<table_state<T>> tables) {
    for (std::size_t t = 0; t < tables.size(); ++t) {
        auto& list = tables[t].candidates;
        const std::size_t first = found_.size();
        found_.resize(first + list.size());
        constexpr std::size_t block = 4096;
        for_blocks<char>(
            (list.size() + block - 1) / block, list.size(), without_progress(run_),
            [&](std::size_t i, char&) {
                for (std::size_t k = i * block; k < (std::min)(list.size(), (i + 1) * block); ++k)
                    found_[first + k] = {tables_[t].tested.log_ratio(list[k].row, list[k].score), list[k].row,
                                         list[k].score, static_cast<std::uint32_t>(t)};
            });
        list = {};
    }
    std::sort(found_.begin(), found_.end());
    found_count_ = rule_.found(log_ratios_of(found_));
    found_.resize(found_count_);
    if (found_count_ != 0) threshold_ = found_.back().log_ratio;
    go_to(step::done);
}

template <std::floating_point T>
std::vector<double> family_search<T>::q_values() const {
    return rule_.q_values(log_ratios_of(found_));
}

template <std::floating_point T>
void family_search<T>::end_refinement(const std::vector<std::uint64_t>& counts) {
    part_counts_ = counts;
    choose_parts(0);
}

/// The largest values of the level, from a part on, that may be found, so many that their rows are few. At the last level
/// all are found.
template <std::floating_point T>
void family_search<T>::choose_parts(std::size_t from) {
    std::uint64_t rank = 0;
    for (std::size_t k = from; k <= parts; ++k) rank += part_counts_[k];
    const double end = (std::log2(rule_.q) - static_cast<double>(level_)) * std::numbers::ln2;
    if (level_ + 1 == counts_.at.size()) return end_search(end, rank);
    for (; from < parts; rank -= part_counts_[from++]) {
        const double least =
            end - static_cast<double>(from + 1) * std::numbers::ln2 / static_cast<double>(parts);
        if (part_counts_[from] != 0 && least <= rule_.most_at(rank) + 1e-9) break;
    }
    if (from == parts) return go_to_level(counts_.first_possible(level_ + 1, rule_.rows));
    first_part_ = from;
    std::uint64_t rows = 0;
    for (last_part_ = from; last_part_ < parts; ++last_part_)
        if (rows += part_counts_[last_part_]; rows > most_settled && last_part_ != from) break;
    go_to(step::settle);
}

template <std::floating_point T>
void family_search<T>::end_settlement(const std::map<double, std::uint64_t>& values) {
    std::uint64_t rank = 0;
    for (std::size_t k = first_part_; k <= parts; ++k) rank += part_counts_[k];
    for (auto value = values.rbegin(); value != values.rend(); rank -= value->second, ++value)
        if (value->first <= rule_.most_at(rank)) return end_search(value->first, rank);
    choose_parts(last_part_);
}

/// @throws argument_error (invalid_argument) when the budget does not hold what is found, and nobody takes it
template <std::floating_point T>
void family_search<T>::end_search(double threshold, std::uint64_t count) {
    threshold_ = threshold;
    found_count_ = count;
    if (count == 0) return go_to(step::done);
    if (sink_) return go_to(step::stream, merge_order::rows);
    throw argument_error(errc::invalid_argument,
                         "discoveries: " + to_text(count) + " of " + to_text(rule_.rows) +
                             " rows are found and need " + to_text(count * found_bytes) +
                             " bytes, expected at most " + to_text(run_.memory_budget) +
                             "; raise execution::memory_budget, or stream them (for_each_discovery)");
}

#ifdef SVDLENS_COMPILED
template class family_search<float>;
template class family_search<double>;
#endif

} // namespace svdlens::inline v0_2::detail

#endif
