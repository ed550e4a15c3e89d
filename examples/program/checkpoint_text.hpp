/// @file
/// What `svdlens inspect` prints. Tensor data are touched where a transformer is read, and nowhere else.
#ifndef SVDLENS_EXAMPLES_PROGRAM_CHECKPOINT_TEXT_HPP
#define SVDLENS_EXAMPLES_PROGRAM_CHECKPOINT_TEXT_HPP

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <svdlens/core/error.hpp>
#include <svdlens/core/text.hpp>
#include <svdlens/io/dtype.hpp>
#include <svdlens/io/open_weights.hpp>
#include <svdlens/io/pytorch.hpp>
#include <svdlens/io/state_dict.hpp>
#include <svdlens/io/state_dict_contents.hpp>
#include <svdlens/io/tensor_groups.hpp>
#include <svdlens/io/token_labels.hpp>
#include <svdlens/model/describe_model.hpp>
#include <svdlens/model/transformer_weights.hpp>

#include "opening.hpp"
#include "options.hpp"
#include "text.hpp"
#include "transformer.hpp"

namespace checkpoint_report {

/// How tensors are listed.
enum class listing {
    grouped, ///< what differs in its layer only is one line
    single,  ///< every tensor on its own
};

/// The first `most` bytes of a text, and how long it is where it is longer.
inline std::string shortened(std::string_view text, std::size_t most) {
    if (text.size() <= most) return std::string(text);
    const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U; };
    std::size_t kept = most;
    while (kept > 0 && continues(text[kept])) --kept; // no half characters
    return std::string(text.substr(0, kept)) + "... (" + svdlens::to_text(text.size()) + " bytes)";
}

/// A name of the file's for a table: short, and what cannot be seen escaped.
inline std::string shown(std::string_view name) { return svdlens::shown_bytes(shortened(name, 120)); }

/// With three decimals; what would round to nothing says so.
inline std::string mebibytes(std::uint64_t bytes) {
    const double size = static_cast<double>(bytes) / (1024 * 1024);
    if (bytes != 0 && size < 0.001) return "<0.001";
    std::array<char, 64> buffer;
    const auto end =
        std::to_chars(buffer.data(), buffer.data() + buffer.size(), size, std::chars_format::fixed, 3).ptr;
    return std::string(buffer.data(), end);
}

/// Bytes of a file, to be printed: `?` where the system does not say.
inline std::string size_of(const svdlens::checkpoint_file& file) {
    return file.bytes ? mebibytes(*file.bytes) : "?";
}

/// Whether the checkpoint was opened through the index of several files, of which there may be one only.
inline bool has_index(const svdlens::state_dict& file) {
    const auto files = file.files();
    return files.size() != 1 || files.front().path != file.path();
}

/// What the file is, or the first of several.
inline const char* format_of(const svdlens::state_dict& file) {
    const auto files = file.files();
    if (svdlens::is_json_weights(file.path())) return "JSON weights";
    return !files.empty() && svdlens::is_pytorch_file(files.front().path) ? "PyTorch" : "safetensors";
}

/// Bytes of all files together; nothing where the system does not say.
inline std::optional<std::uint64_t> total_bytes(const svdlens::state_dict& file) {
    std::uint64_t sum = 0;
    for (const auto& each : file.files()) {
        if (!each.bytes) return std::nullopt;
        sum += *each.bytes;
    }
    return sum;
}

/// Path, format, number of files, size, number of tensors, metadata.
inline void print_file(std::ostream& out, const svdlens::state_dict& file) {
    svdlens::model_description d{file.path().string(), {}};
    const auto files = file.files();
    d.lines.emplace_back("format", format_of(file));
    if (has_index(file)) d.lines.emplace_back("files", svdlens::to_text(files.size()));
    const auto bytes = total_bytes(file);
    d.lines.emplace_back("size", (bytes ? mebibytes(*bytes) : "?") + " MiB");
    d.lines.emplace_back("tensors", svdlens::to_text(file.size()));
    if (const auto others = program::other_states_text(file); !others.empty())
        d.lines.emplace_back("state dict", others);
    for (const auto& [key, value] : file.metadata())
        d.lines.emplace_back("metadata", shortened(key, 60) + ": " + shortened(value, 80));
    if (file.metadata().empty()) d.lines.emplace_back("metadata", "none");
    program::print_description(out, d);
}

struct amount {
    std::uint64_t tensors = 0, elements = 0, bytes = 0;

    void add(const svdlens::tensor_record& record) {
        ++tensors;
        elements += (record.end - record.begin) * 8 / svdlens::bits_of(record.type);
        bytes += record.end - record.begin;
    }
};

/// How much of what dtype there is.
inline std::map<svdlens::dtype, amount> amounts_by_dtype(std::span<const svdlens::tensor_record> records) {
    std::map<svdlens::dtype, amount> by_dtype;
    for (const auto& record : records) by_dtype[record.type].add(record);
    return by_dtype;
}

inline void print_dtypes(std::ostream& out, std::span<const svdlens::tensor_record> records) {
    const auto by_dtype = amounts_by_dtype(records);
    amount all;
    for (const auto& record : records) all.add(record);
    std::vector<program::table_line> lines{{"dtype", "tensors", "elements", "bytes", "MiB"}};
    const auto add = [&](std::string_view name, const amount& of) {
        lines.push_back({std::string(name), svdlens::to_text(of.tensors), svdlens::to_text(of.elements),
                         svdlens::to_text(of.bytes), mebibytes(of.bytes)});
    };
    for (const auto& [type, of] : by_dtype) add(svdlens::to_text(type), of);
    if (by_dtype.size() != 1) add("all", all);
    program::print_table(out << "\n", lines);
}

/// One line a file, in the order of their names; the tensors are those that the index names.
inline void print_files(std::ostream& out, const svdlens::state_dict& file) {
    if (!has_index(file)) return;
    auto files = file.files();
    std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
    std::vector<program::table_line> lines{{"file", "tensors", "MiB"}};
    for (const auto& each : files)
        lines.push_back(
            {shown(each.path.filename().string()), svdlens::to_text(each.tensors), size_of(each)});
    if (!files.empty()) program::print_table(out << "\n", lines);
}

/// One line a group, or one a tensor with the file that holds it.
inline void print_tensors(std::ostream& out, const svdlens::state_dict& file, listing how) {
    const bool single = how == listing::single;
    const bool with_file = single && has_index(file);
    const auto files = file.files();
    std::vector<program::table_line> lines{{"tensor", "dtype", "shape", single ? "MiB" : "count"}};
    if (!single) lines.front().emplace_back("MiB");
    if (with_file) lines.front().emplace_back("file");
    for (const auto& group :
         single ? svdlens::single_tensors(file.records()) : svdlens::grouped_tensors(file.records())) {
        auto& line = lines.emplace_back();
        line = {shown(svdlens::pattern_of(group)), std::string(svdlens::to_text(group.type)),
                shortened(svdlens::to_text(group.shape), 60)};
        if (!single) line.push_back(svdlens::to_text(group.count));
        line.push_back(mebibytes(group.bytes));
        if (with_file) line.push_back(shown(files[group.storage].path.filename().string()));
    }
    if (lines.size() > 1) program::print_table(out << "\n", lines);
}

/// The transformer that a file holds, or why it is read as none: no fault of the file.
struct recognised_model {
    std::optional<svdlens::transformer_weights> weights = {};
    std::string reason = {};
    svdlens::model_analysis labels = {"labels of tokens", false,
                                      "no tokenizer.json or vocab.json: tokens are numbers"};

    /// What can be asked of it.
    std::vector<svdlens::model_analysis> analyses() const {
        if (!weights) return {};
        auto all = svdlens::analyses_of(*weights);
        all.push_back(labels);
        return all;
    }
};

/// @param path of the model, beside which its tokens' texts stand
/// @param o how the transformer is read
inline recognised_model recognise(const svdlens::state_dict& file, const std::filesystem::path& path,
                                  const program::options& o) {
    recognised_model model;
    try {
        model.weights = program::read_transformer(o, file);
    } catch (const svdlens::error& reason) {
        model.reason = reason.what();
        return model;
    }
    try {
        const auto count = svdlens::token_labels(path).size();
        if (count != 0) model.labels = {model.labels.name, true, svdlens::to_text(count) + " texts"};
    } catch (const svdlens::error& reason) {
        model.labels.note = reason.what();
    }
    return model;
}

inline void print_model(std::ostream& out, const recognised_model& model) {
    out << "\n";
    if (!model.weights)
        return program::print_wrapped(out, "Not read as a transformer: " + svdlens::shown_bytes(model.reason),
                                      0);
    program::print_description(out, svdlens::describe_model(*model.weights));
    svdlens::model_description analyses{"What can be asked of it", {}};
    for (const auto& each : model.analyses())
        analyses.lines.emplace_back(each.name, (each.possible ? "" : "no: ") + each.note);
    program::print_description(out << "\n", analyses);
}

/// The whole report. Opens all files of a model of several.
/// @throws what opening a file of a model of several throws
inline void print(std::ostream& out, const svdlens::state_dict& file, listing how,
                  const recognised_model& model) {
    const auto records = file.records(); // all that can fail, before the first line
    print_file(out, file);
    print_files(out, file);
    print_dtypes(out, records);
    print_tensors(out, file, how);
    print_model(out, model);
}

inline void print(std::ostream& out, const svdlens::state_dict& file, listing how,
                  const program::options& o = {}) {
    (void)file.records();
    print(out, file, how, recognise(file, file.path(), o));
}

} // namespace checkpoint_report

#endif
