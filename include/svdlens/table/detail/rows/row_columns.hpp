/// @file
/// The columns that a table shows, chosen by name, as functions of its rows: what CSV and printing share.
#ifndef SVDLENS_TABLE_DETAIL_ROWS_ROW_COLUMNS_HPP
#define SVDLENS_TABLE_DETAIL_ROWS_ROW_COLUMNS_HPP

#include <concepts>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "../../../core/error.hpp"
#include "../../../core/text.hpp"
#include "../../../tensor/axes.hpp"
#include "../../derived_column.hpp"
#include "same_shape.hpp"

namespace svdlens::inline v0_2::detail {

/// A column and how the cell of a row and score is written.
template <std::floating_point T>
struct row_column {
    std::string name;
    std::function<void(std::string&, row_number, T)> append;
};

/// What is shown, and how.
template <std::floating_point T>
struct row_style {
    std::string_view what;                             ///< begins error messages
    void (*score)(std::string& out, T score);          ///< appends a score
    void (*derived)(std::string& out, double value);   ///< appends a computed number
    void (*text)(std::string& out, std::size_t start); ///< turns what stands from `start` on into a cell
};

/// Makes columns for one table, which must outlive them. Refers to all that it is made from.
template <std::floating_point T>
class row_column_maker {
  public:
    /// @throws argument_error (invalid_argument) for a column to compute without a function; (invalid_axes) for
    /// one of another table's rows
    row_column_maker(const svdlens::axes& table, const std::vector<derived_column>& derived,
                     const std::vector<derived_label>& labels, const row_style<T>& style) :
        table_(table),
        derived_(derived), labels_(labels), style_(style) {
        for (const auto& column : derived_) check(column, column.value != nullptr);
        for (const auto& column : labels_) check(column, column.text != nullptr);
    }

    /// The columns of these names; none: all of the table, the score, all that are computed.
    /// @throws lookup_error (unknown_column), naming the columns there are
    std::vector<row_column<T>> columns(const std::vector<std::string>& names) const {
        std::vector<column_type> result;
        for (const auto& name : names) result.push_back(named(name));
        if (!names.empty()) return result;
        for (const auto& name : table_.column_names()) result.push_back(of_table(name));
        result.push_back(score());
        for (const auto& column : derived_) result.push_back(computed(column));
        for (const auto& column : labels_) result.push_back(computed(column));
        return result;
    }

  private:
    using column_type = row_column<T>;

    column_type named(const std::string& name) const {
        for (const auto& column : derived_)
            if (column.name == name) return computed(column);
        for (const auto& column : labels_)
            if (column.name == name) return computed(column);
        if (table_.find_label_column(name) != nullptr || table_.find_axis(name)) return of_table(name);
        if (name == "score") return score();
        if (name == "row")
            return {name, [](std::string& out, row_number row, T) { append_number(out, row); }};
        unknown(name);
    }

    column_type of_table(const std::string& name) const {
        return {name, [column = resolved_column(table_, name), text = style_.text](std::string& out,
                                                                                   row_number row, T) {
                    const auto start = out.size();
                    column.append(out, row);
                    text(out, start);
                }};
    }

    column_type score() const {
        return {"score",
                [write = style_.score](std::string& out, row_number, T score) { write(out, score); }};
    }

    column_type computed(const derived_column& column) const {
        return {column.name,
                [value = column.value, write = style_.derived](std::string& out, row_number row, T score) {
                    write(out, value(row, static_cast<double>(score)));
                }};
    }

    column_type computed(const derived_label& column) const {
        return {column.name,
                [label = column.text, text = style_.text](std::string& out, row_number row, T score) {
                    const auto start = out.size();
                    out += label(row, static_cast<double>(score));
                    text(out, start);
                }};
    }

    template <class Column>
    void check(const Column& column, bool has_function) const {
        const std::string what = std::string(style_.what) + ": derived column " + quoted(column.name);
        if (!has_function) throw argument_error(errc::invalid_argument, what + " has no function");
        if (column.rows_of) check_same_shape(what, table_, *column.rows_of);
    }

    [[noreturn]] void unknown(const std::string& name) const {
        std::string message = std::string(style_.what) + ": no column " + quoted(name) + "; there are";
        for (const auto& known : table_.column_names()) message += " " + quoted(known);
        for (const auto& column : derived_) message += " " + quoted(column.name);
        for (const auto& column : labels_) message += " " + quoted(column.name);
        throw lookup_error(errc::unknown_column, message + " \"score\" \"row\"");
    }

    const svdlens::axes& table_;
    const std::vector<derived_column>& derived_;
    const std::vector<derived_label>& labels_;
    const row_style<T>& style_;
};

} // namespace svdlens::inline v0_2::detail

#endif
