/// @file
/// `svdlens inspect`: what is in a checkpoint, whether it is a transformer or not; or whether a folder of
/// results is whole.
#ifndef SVDLENS_EXAMPLES_PROGRAM_INSPECT_HPP
#define SVDLENS_EXAMPLES_PROGRAM_INSPECT_HPP

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include <svdlens/io/open_weights.hpp>
#include <svdlens/model/describe_model.hpp>

#include "adapter.hpp"
#include "checkpoint_text.hpp"
#include "json_text.hpp"
#include "opening.hpp"
#include "options.hpp"
#include "output_folder.hpp"
#include "reading.hpp"
#include "transformer.hpp"

namespace program {

namespace detail {

inline json json_tensors(const svdlens::state_dict& file) {
    const auto files = file.files();
    json list = json::array();
    for (const auto& record : file.records())
        list.push_back({{"name", record.name},
                        {"dtype", svdlens::to_text(record.type)},
                        {"shape", record.shape},
                        {"bytes", record.end - record.begin},
                        {"file", files[record.storage].path.string()}});
    return list;
}

/// The transformer that the file holds, or why it is read as none.
inline json json_transformer(const options& o, const svdlens::state_dict& file) {
    try {
        json lines = json::object();
        for (const auto& [name, value] : svdlens::describe_model(read_transformer(o, file)).lines) {
            if (!lines.contains(name))
                lines[name] = value;
            else if (lines[name].is_array())
                lines[name].push_back(value);
            else
                lines[name] = json::array({lines[name], value});
        }
        return lines;
    } catch (const svdlens::error& reason) {
        return {{"not_a_transformer", reason.what()}};
    }
}

/// What an adapter adds, by module.
inline int inspect_adapter(const options& o) {
    const auto of = read_adapter(o);
    if (o.json) {
        auto result = json_adapter(of);
        result["path"] = of.adapter.file.path().string();
        result["tensors"] = json_tensors(of.adapter.file);
        print_json(std::cout, result);
    } else if (!o.quiet) {
        print_adapter(std::cout, of);
        std::cout
            << "\n(--base MODEL merges it into its model; svdlens analyse writes all singular values.)\n";
    }
    return EXIT_SUCCESS;
}

/// Whether a folder that `analyse` has written is whole.
inline void print_results(const std::filesystem::path& folder, const std::vector<std::string>& wrong) {
    std::cout << svdlens::shown_bytes(folder.string())
              << (wrong.empty() ? ": a whole set of results, as its manifest says\n"
                                : ": results, not the set that its manifest names\n");
    print_list(std::cout, "Wrong", wrong);
}

/// Whether a folder holds a model, beside the results.
inline bool has_model(const std::string& folder) {
    try {
        (void)svdlens::open_weights(folder);
        return true;
    } catch (const svdlens::error&) {
        return false;
    }
}

} // namespace detail

inline int inspect_command(const options& o) {
    std::optional<std::vector<std::string>> wrong;
    if (std::filesystem::is_directory(o.model)) wrong = check_output_folder(o.model);
    const int status = wrong && !wrong->empty() ? EXIT_FAILURE : EXIT_SUCCESS;
    if (wrong && !o.json && !o.quiet) detail::print_results(o.model, *wrong);
    if (wrong && !detail::has_model(o.model)) {
        if (o.json)
            print_json(std::cout, {{"folder", o.model}, {"whole", wrong->empty()}, {"wrong", *wrong}});
        return status;
    }
    if (wrong && !o.json && !o.quiet) std::cout << "\n";
    if (!o.scheme.empty()) (void)svdlens::read_scheme(o.scheme); // its faults are no model's
    if (o.base.empty() && svdlens::is_adapter(o.model)) return detail::inspect_adapter(o);
    (void)adapters_of(o); // nor are those of what is to be merged
    const auto file = open_model(o, model_path(o, o.model));
    const auto suggested = o.suggestion.empty() ? std::string() : write_suggestion(o, file);
    if (o.json) {
        json result{{"path", file.path().string()},
                    {"metadata", file.metadata()},
                    {"tensors", detail::json_tensors(file)},
                    {"model", detail::json_transformer(o, file)}};
        if (!suggested.empty()) result["suggestion"] = suggested;
        if (wrong) result["results"] = {{"whole", wrong->empty()}, {"wrong", *wrong}};
        print_json(std::cout, result);
        return status;
    }
    using checkpoint_report::listing;
    if (!o.quiet)
        checkpoint_report::print(std::cout, file, o.all_tensors ? listing::single : listing::grouped, o);
    if (!o.quiet && !suggested.empty()) std::cout << "\n" << svdlens::shown_bytes(suggested) << "\n";
    return status;
}

} // namespace program

#endif
