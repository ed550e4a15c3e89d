/// @file
/// Columns of a table's rows as Arrow has them: numbers, labels as codes of a dictionary, texts.
#ifndef SVDLENS_EXPORT_DETAIL_ARROW_COLUMNS_HPP
#define SVDLENS_EXPORT_DETAIL_ARROW_COLUMNS_HPP

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "../../core/detail/body.hpp"
#include "../../table/derived_column.hpp"
#include "../../table/detail/rows/row_columns.hpp"
#include "../../tensor/axes.hpp"
#include "../../tensor/sub_index.hpp"
#include "arrow_batches.hpp"
#include "arrow_rows.hpp"

namespace svdlens::inline v0_2::detail {

/// Text in which what is no UTF-8 has become U+FFFD.
std::string valid_utf8(std::string text);

/// Texts one behind the other, as a column of format `u`.
class arrow_texts {
  public:
    explicit arrow_texts(std::string column) : column_(std::move(column)) {}

    std::int32_t size() const { return static_cast<std::int32_t>(offsets_.size() - 1); }
    /// @throws argument_error (invalid_argument) when the texts exceed 2 GiB
    void add(std::string text);
    arrow_column column() &&;

  private:
    std::string column_;
    std::vector<char> bytes_;
    std::vector<std::int32_t> offsets_{0};
};

/// The different texts of a column and their codes. Labels may repeat; a dictionary's values may not (a pandas category).
class arrow_dictionary {
  public:
    explicit arrow_dictionary(const std::string& column) : texts_(column) {}

    std::int32_t code(std::string text) {
        const auto [found, is_new] = codes_.try_emplace(std::move(text), texts_.size());
        if (is_new) texts_.add(found->first);
        return found->second;
    }

    std::shared_ptr<const arrow_column> column() && {
        return std::make_shared<const arrow_column>(std::move(texts_).column());
    }

  private:
    std::unordered_map<std::string, std::int32_t> codes_;
    arrow_texts texts_;
};

/// What is made of a batch's rows for one column.
template <std::floating_point T>
struct arrow_column_plan {
    arrow_field field;
    std::size_t row_bytes; ///< which a batch holds for a row, texts as long as most are
    std::function<arrow_column(const arrow_rows<T>&)> make;
};

/// Calls `use(at, count, index, step)` for the indices along some axes of a batch's rows: `count` that count up by `step`.
template <std::floating_point T, class Use>
void for_indices(const sub_index& along, const arrow_rows<T>& rows, Use use) {
    const std::uint64_t each = along.stretch(), line = along.line();
    rows.for_stretches([&](std::size_t at, row_number first, std::size_t count) {
        for (std::size_t done = 0; done < count;) {
            const row_number row = first + done;
            const std::uint64_t index = along.index(row);
            const std::uint64_t left = each == 1 ? line - index % line : each - row % each;
            const auto length = static_cast<std::size_t>((std::min<std::uint64_t>)(left, count - done));
            use(at + done, length, index, each == 1 ? std::uint64_t{1} : std::uint64_t{0});
            done += length;
        }
    });
}

/// The indices along one axis.
template <class Index, std::floating_point T>
arrow_column index_column(const sub_index& along, const arrow_rows<T>& rows) {
    std::vector<Index> out(rows.size());
    for_indices(along, rows, [&](std::size_t at, std::size_t n, std::uint64_t index, std::uint64_t step) {
        for (std::size_t j = 0; j < n; ++j, index += step) out[at + j] = static_cast<Index>(index);
    });
    return arrow_column::of(std::move(out));
}

/// The labels of a column as codes of one dictionary of all labels that there can be, which all batches share; or, where
/// these are more than the rows of the table, or very many, of one of each batch's own.
class label_codes {
  public:
    /// @param rows of the table, at most
    label_codes(const axes& table, std::string name, std::uint64_t rows) :
        table_(table), name_(std::move(name)), along_(table, std::vector<std::string>{name_}),
        is_shared_(along_.size() <= rows && along_.size() <= most_shared) {}

    template <std::floating_point T>
    arrow_column operator()(const arrow_rows<T>& rows) {
        return is_shared_ ? shared(rows) : own(rows);
    }

  private:
    static constexpr std::uint64_t most_shared = std::uint64_t{1} << 22;

    std::string label(const resolved_column& column, std::uint64_t index) const {
        return valid_utf8(column.text(along_.row(index)));
    }

    void make_dictionary() {
        const resolved_column column(table_, name_);
        arrow_dictionary labels(name_);
        codes_.resize(static_cast<std::size_t>(along_.size()));
        for (std::size_t k = 0; k < codes_.size(); ++k) codes_[k] = labels.code(label(column, k));
        dictionary_ = std::move(labels).column();
    }

    template <std::floating_point T>
    arrow_column shared(const arrow_rows<T>& rows) {
        if (!dictionary_) make_dictionary();
        std::vector<std::int32_t> out(rows.size());
        for_indices(along_, rows,
                    [&](std::size_t at, std::size_t n, std::uint64_t index, std::uint64_t step) {
                        for (std::size_t j = 0; j < n; ++j, index += step) out[at + j] = codes_[index];
                    });
        auto result = arrow_column::of(std::move(out));
        result.dictionary = dictionary_;
        return result;
    }

    template <std::floating_point T>
    arrow_column own(const arrow_rows<T>& rows) const {
        const resolved_column column(table_, name_);
        arrow_dictionary labels(name_);
        std::unordered_map<std::uint64_t, std::int32_t> codes;
        std::vector<std::int32_t> out(rows.size());
        for_indices(along_, rows,
                    [&](std::size_t at, std::size_t n, std::uint64_t index, std::uint64_t step) {
                        for (std::size_t j = 0; j < n; ++j, index += step) {
                            const auto [found, is_new] = codes.try_emplace(index, 0);
                            if (is_new) found->second = labels.code(label(column, index));
                            out[at + j] = found->second;
                        }
                    });
        auto result = arrow_column::of(std::move(out));
        result.dictionary = std::move(labels).column();
        return result;
    }

    const axes& table_; ///< the owner of the stream keeps it alive
    std::string name_;
    sub_index along_;
    bool is_shared_;
    std::vector<std::int32_t> codes_; ///< by index
    std::shared_ptr<const arrow_column> dictionary_;
};

/// Makes the columns of a table, which must outlive them.
template <std::floating_point T>
class arrow_column_maker {
  public:
    using plan = arrow_column_plan<T>;

    arrow_column_maker(const axes& table, std::uint64_t rows) : table_(table), rows_(rows) {}

    /// The numbers of an axis without labels, else labels.
    plan of_table(const std::string& name) const {
        const auto axis = table_.find_axis(name);
        const bool is_number = table_.find_label_column(name) == nullptr && axis && !table_[*axis].labels &&
                               !table_[*axis].format;
        if (!is_number)
            return {{name, "i", true},
                    4,
                    [codes = std::make_shared<label_codes>(table_, name, rows_)](const arrow_rows<T>& rows) {
                        return (*codes)(rows);
                    }};
        const sub_index along(table_, {*axis});
        constexpr std::uint64_t most = std::uint64_t{1} << 31;
        if (table_[*axis].extent <= most)
            return {{name, "i"}, 4, [along](const arrow_rows<T>& rows) {
                        return index_column<std::int32_t>(along, rows);
                    }};
        return {{name, "L"}, 8, [along](const arrow_rows<T>& rows) {
                    return index_column<std::uint64_t>(along, rows);
                }};
    }

    static plan score() {
        return {{"score", std::same_as<T, float> ? "f" : "g"}, sizeof(T), [](const arrow_rows<T>& rows) {
                    const auto size = static_cast<std::int64_t>(rows.size());
                    return arrow_column{size, 0, {{}, {rows.scores.data(), rows.owner}}};
                }};
    }

    static plan row() {
        return {{"row", "L"}, 8, [](const arrow_rows<T>& rows) {
                    const auto size = static_cast<std::int64_t>(rows.size());
                    if (!rows.listed.empty())
                        return arrow_column{size, 0, {{}, {rows.listed.data(), rows.owner}}};
                    std::vector<std::uint64_t> out(rows.size());
                    rows.for_rows([&](std::size_t k, row_number number) { out[k] = number; });
                    return arrow_column::of(std::move(out));
                }};
    }

    static plan computed(const derived_column& column) {
        return {{column.name, "g"}, 8, [value = column.value](const arrow_rows<T>& rows) {
                    std::vector<double> out(rows.size());
                    rows.for_rows([&](std::size_t k, row_number row) {
                        out[k] = value(row, static_cast<double>(rows.scores[k]));
                    });
                    return arrow_column::of(std::move(out));
                }};
    }

    static plan computed(const derived_label& column) {
        constexpr std::size_t usual = 32;
        return {
            {column.name, "u"}, usual, [name = column.name, text = column.text](const arrow_rows<T>& rows) {
                arrow_texts out(name);
                rows.for_rows([&](std::size_t k, row_number row) {
                    out.add(valid_utf8(text(row, static_cast<double>(rows.scores[k]))));
                });
                return std::move(out).column();
            }};
    }

  private:
    const axes& table_;
    std::uint64_t rows_;
};

template <class T>
inline constexpr row_style<T> arrow_style{"Arrow", append_number<T>, append_number<double>,
                                          [](std::string&, std::size_t) {}};

/// The columns that the options name, as CSV has them. @throws as `to_arrow`
template <std::floating_point T, class Options>
std::vector<arrow_column_plan<T>> arrow_columns(const axes& table, std::uint64_t rows,
                                                const Options& options) {
    const row_column_maker<T> checks(table, options.derived, options.derived_labels, arrow_style<T>);
    static_cast<void>(checks.columns(options.columns)); // refuses what is not there
    const arrow_column_maker<T> make(table, rows);
    std::vector<arrow_column_plan<T>> plans;
    const auto add_computed = [&](const std::string* name) {
        const auto before = plans.size();
        for (const auto& c : options.derived)
            if (name == nullptr || (c.name == *name && plans.size() == before))
                plans.push_back(make.computed(c));
        for (const auto& c : options.derived_labels)
            if (name == nullptr || (c.name == *name && plans.size() == before))
                plans.push_back(make.computed(c));
        return plans.size() != before;
    };
    for (const auto& name : options.columns) {
        if (add_computed(&name)) continue;
        const bool of_table = table.find_label_column(name) != nullptr || table.find_axis(name);
        plans.push_back(of_table ? make.of_table(name) : name == "score" ? make.score() : make.row());
    }
    if (!options.columns.empty()) return plans;
    for (const auto& name : table.column_names()) plans.push_back(make.of_table(name));
    plans.push_back(make.score());
    add_computed(nullptr);
    return plans;
}

/// What is known of a table as a whole, for the schema.
std::vector<std::pair<std::string, std::string>> arrow_metadata(const axes& table);

/// How many rows a batch of some bytes has: at least one, and no more than its lengths can count.
std::size_t rows_in_batch(std::uint64_t batch_bytes, std::size_t row_bytes);

} // namespace svdlens::inline v0_2::detail

#ifndef SVDLENS_COMPILED
#include "bodies/arrow_columns.hpp"
#endif

#endif
