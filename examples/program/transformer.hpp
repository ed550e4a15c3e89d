/// @file
/// The transformer that a file holds, read as the command line says.
#ifndef SVDLENS_EXAMPLES_PROGRAM_TRANSFORMER_HPP
#define SVDLENS_EXAMPLES_PROGRAM_TRANSFORMER_HPP

#include <charconv>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include <svdlens/core/error.hpp>
#include <svdlens/core/file_writer.hpp>
#include <svdlens/core/text.hpp>
#include <svdlens/io/model_config.hpp>
#include <svdlens/io/state_dict.hpp>
#include <svdlens/model/known_schemes.hpp>
#include <svdlens/model/naming_scheme.hpp>
#include <svdlens/model/scheme_file.hpp>
#include <svdlens/model/suggest_scheme.hpp>
#include <svdlens/model/transformer_weights.hpp>

#include "opening.hpp"
#include "options.hpp"

namespace program {

/// What the command line says of the model.
inline svdlens::model_config told_config(const options& o) {
    svdlens::model_config told;
    if (o.n_heads != 0) told.n_heads = o.n_heads;
    if (!o.model_type.empty()) told.model_type = o.model_type;
    return told;
}

namespace detail {

/// Of how many files one is by its name, as `model-00001-of-00003.safetensors`: 1 where it is alone.
inline std::uint64_t files_by_name(const std::string& name) {
    const auto of = name.rfind("-of-");
    const auto digits = of == std::string::npos ? std::string_view() : std::string_view(name).substr(of + 4);
    std::uint64_t count = 1;
    const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
    const bool is_part = failure == std::errc() && of != 0 && name[of - 1] >= '0' && name[of - 1] <= '9';
    return is_part && end != digits.data() + digits.size() && *end == '.' ? count : 1;
}

/// A part of a model would be read as a smaller one.
inline void refuse_part(const svdlens::state_dict& file) {
    const auto files = file.files();
    if (files.size() != 1 || files.front().path != file.path()) return; // opened through a folder or an index
    const auto count = files_by_name(file.path().filename().string());
    if (count > 1)
        throw svdlens::file_error(svdlens::errc::missing_shard,
                                  file.path().string() + ": is one of " + svdlens::to_text(count) +
                                      " files of a model: name their folder, or their index");
}

/// Who gives a scheme means it: no other is taken in its place.
inline void check_fit(const options& o, const svdlens::state_dict& file, const svdlens::naming_scheme& own) {
    const auto named = file.with_aliases();
    auto type = told_config(o).model_type;
    if (!type) type = svdlens::read_model_config(named, o.tower.value_or("")).model_type;
    const auto found = svdlens::find_scheme(named.records(), type, {&own, 1}, o.prefix, o.tower);
    if (found.match || !found.rivals.empty()) return; // rivals are refused with their list
    std::string why = "the tensors of " + file.path().string() + " are not named as it says";
    if (o.tower && own.tower != *o.tower)
        why =
            "its tower is " + svdlens::quoted(own.tower) + ", and --tower says " + svdlens::quoted(*o.tower);
    else if (found.other_type != nullptr)
        why = "it is not for model_type " + svdlens::quoted(*type) + " of " + file.path().string() +
              "; add it to its model_types, or give --model-type";
    else if (own.recognised == svdlens::schemes::recognition::by_type)
        why = "it is for models whose model_type is one of its model_types; give --model-type";
    throw svdlens::model_error(svdlens::errc::unknown_scheme, o.scheme + ": " + why);
}

/// The option that gives the heads, and where the file's config has another number.
inline std::string heads_option(const options& o, const svdlens::state_dict& file) {
    const auto config = svdlens::read_model_config(file.with_aliases(), o.tower.value_or(""));
    if (!config.n_heads || *config.n_heads == o.n_heads) return "--n-heads";
    return "--n-heads; " + config.source + " says " + svdlens::to_text(*config.n_heads);
}

} // namespace detail

/// Reads the transformer with the scheme, the heads, the type and the adapter that the command line gives; notes
/// say so.
inline svdlens::transformer_weights read_transformer(const options& o, const svdlens::state_dict& file) {
    svdlens::transformer_options how{
        .config = told_config(o), .adapters = adapters_of(o), .prefix = o.prefix, .tower = o.tower};
    detail::refuse_part(file);
    std::optional<svdlens::scheme_file> own;
    if (!o.scheme.empty()) {
        own = svdlens::read_scheme(o.scheme);
        detail::check_fit(o, file, own->scheme());
        how.schemes = {&own->scheme(), 1};
    }
    svdlens::transformer_weights weights(file, how);
    const auto note = [&](const std::string& given, const std::string& option) {
        weights.notes.push_back(given + " as given (" + option + ")");
    };
    if (!o.key.empty()) note("state dict " + svdlens::quoted(o.key), "--key");
    if (own) note("names and layout of " + o.scheme, "--scheme");
    if (how.config.n_heads)
        note("n_heads " + svdlens::to_text(*how.config.n_heads), detail::heads_option(o, file));
    if (o.tower) note("tower " + *o.tower, "--tower");
    if (how.config.model_type) note("model type " + *how.config.model_type, "--model-type");
    return weights;
}

/// Writes a scheme to start from, and says how far it goes. A file that is there may have been edited: it
/// stays.
inline std::string write_suggestion(const options& o, const svdlens::state_dict& file) {
    const std::string name = o.suggestion.string();
    if (std::filesystem::exists(o.suggestion))
        throw svdlens::file_error(svdlens::errc::cannot_write,
                                  name + ": the file is there, and may have been edited; give another name");
    const auto made = svdlens::suggest_scheme(file, told_config(o), o.tower);
    svdlens::file_writer out(o.suggestion);
    out.write(made.json);
    out.commit();
    if (!made.known.empty()) return name + ": the scheme of " + made.known;
    return name + ": a scheme to start from: " + svdlens::to_text(made.parts) + " parts placed, " +
           svdlens::to_text(made.open.size()) + " patterns left open; its comment says why";
}

} // namespace program

#endif
