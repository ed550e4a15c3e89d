/// @file
/// --vectors: the user's own vectors, read into the model.
#ifndef SVDLENS_EXAMPLES_PROGRAM_USER_VECTORS_HPP
#define SVDLENS_EXAMPLES_PROGRAM_USER_VECTORS_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <svdlens/core/error.hpp>
#include <svdlens/core/text.hpp>
#include <svdlens/io/open_weights.hpp>
#include <svdlens/io/state_dict.hpp>
#include <svdlens/model/stream_vectors.hpp>
#include <svdlens/model/transformer_weights.hpp>

#include "command_line.hpp"
#include "ending.hpp"
#include "interruption.hpp"
#include "options.hpp"

namespace program {

/// What one --vectors asks for: `[NAME=]reads|writes:FILE:TENSOR@SITE.LAYER[:LABELS]`.
struct vectors_request {
    std::string name; ///< given, or from the tensor's name
    bool is_named = false;
    svdlens::flow flow = svdlens::flow::reads;
    std::string file;   ///< may have {layer}, as the tensor may
    std::string tensor; ///< without its axes
    svdlens::vector_axes axes = svdlens::vector_axes::by_shape;
    svdlens::stream_place place = svdlens::stream_places[0];
    std::optional<std::size_t> layer = {}; ///< none: every one
    std::string labels = {};               ///< a file; empty: numbers
};

namespace detail {

[[noreturn]] inline void refuse_vectors(const std::string& text, const std::string& reason) {
    throw usage_error("--vectors " + svdlens::quoted(text) + ": " + reason);
}

/// `{layer}` and `{l}` in a name.
inline std::string at_layer(std::string pattern, const std::string& layer) {
    for (const std::string_view mark : {"{layer}", "{l}"})
        for (auto at = pattern.find(mark); at != std::string::npos;
             at = pattern.find(mark, at + layer.size()))
            pattern.replace(at, mark.size(), layer);
    return pattern;
}

inline bool has_layer_mark(const std::string& pattern) { return at_layer(pattern, "") != pattern; }

/// What a tensor's vectors are called without the layer: `W_enc_{l}` is `W_enc`.
inline std::string name_of_pattern(const std::string& tensor) {
    const auto is_mark = [](char c) { return c == '.' || c == '_' || c == '-' || c == '/'; };
    std::string name;
    for (const char c : at_layer(tensor, "\n")) { // a name's own marks stay
        const bool after_layer = !name.empty() && name.back() == '\n';
        if (after_layer && is_mark(c)) name.pop_back();
        if (after_layer && is_mark(c) && !name.empty() && is_mark(name.back())) name.pop_back();
        name += c;
    }
    name.erase(std::remove(name.begin(), name.end(), '\n'), name.end());
    while (!name.empty() && is_mark(name.back())) name.pop_back();
    while (!name.empty() && is_mark(name.front())) name.erase(name.begin());
    return name;
}

/// Where `@SITE.LAYER` begins: the last `@` that is followed by a word and a dot, as paths may have some.
inline std::size_t find_place(const std::string& text) {
    for (auto at = text.rfind('@'); at != std::string::npos && at != 0; at = text.rfind('@', at - 1)) {
        const auto dot = text.find_first_not_of("abcdefghijklmnopqrstuvwxyz_0123456789", at + 1);
        if (dot != std::string::npos && dot != at + 1 && text[dot] == '.') return at;
    }
    return std::string::npos;
}

inline svdlens::stream_place parse_place(const std::string& text, const std::string& word) {
    std::vector<std::string> names;
    std::string list;
    for (const auto& place : svdlens::stream_places) {
        if (place.name == word) return place;
        names.emplace_back(place.name);
        list += (list.empty() ? "" : ", ") + names.back();
    }
    refuse_vectors(text, "no site " + svdlens::quoted(word) + "; there are " + list + nearest(word, names));
}

/// FILE:TENSOR, and the axes behind the tensor's name.
inline void parse_source(const std::string& text, const std::string& source, vectors_request& request) {
    const auto colon = source.rfind(':');
    if (colon == std::string::npos || colon == 0 || colon + 1 == source.size())
        refuse_vectors(text, "expected FILE:TENSOR before the @, found " + svdlens::quoted(source));
    request.file = source.substr(0, colon);
    request.tensor = source.substr(colon + 1);
    for (const auto& [suffix, axes] : {std::pair{"[d_model,n]", svdlens::vector_axes::d_model_first},
                                       std::pair{"[n,d_model]", svdlens::vector_axes::d_model_last}})
        if (request.tensor.ends_with(suffix)) {
            request.axes = axes;
            request.tensor.resize(request.tensor.size() - std::string_view(suffix).size());
        }
    if (request.tensor.ends_with(']') && request.tensor.find("d_model") != std::string::npos)
        refuse_vectors(text, "expected [d_model,n] or [n,d_model] behind the tensor's name");
}

/// SITE.LAYER[:LABELS]
inline void parse_position(const std::string& text, const std::string& position, vectors_request& request) {
    const auto dot = position.find('.'), colon = position.find(':', dot);
    request.place = parse_place(text, position.substr(0, dot));
    const auto layer = position.substr(dot + 1, colon == std::string::npos ? colon : colon - dot - 1);
    if (layer != "*")
        request.layer = static_cast<std::size_t>(
            parse_count("--vectors: layer", layer, 0, (std::numeric_limits<std::uint32_t>::max)()));
    else if (!has_layer_mark(request.tensor) && !has_layer_mark(request.file))
        refuse_vectors(text, "* is every layer: expected {layer} in the tensor's or the file's name, as in "
                             "W_enc_{layer}, or the number of one layer");
    if (colon == std::string::npos) return;
    request.labels = position.substr(colon + 1);
    if (request.labels.empty()) refuse_vectors(text, "expected a file of labels behind the last colon");
}

} // namespace detail

/// @throws usage_error saying which part is wrong
inline vectors_request parse_vectors(const std::string& text) {
    constexpr const char* form = "expected [NAME=]reads|writes:FILE:TENSOR@SITE.LAYER[:LABELS]";
    const auto colon = text.find(':');
    if (colon == std::string::npos) detail::refuse_vectors(text, form);
    const auto head = text.substr(0, colon);
    const auto equals = head.rfind('=');
    const auto flow = equals == std::string::npos ? head : head.substr(equals + 1);
    if (flow != "reads" && flow != "writes")
        detail::refuse_vectors(text, std::string(form) + ", found " + svdlens::quoted(head) +
                                         " in place of reads or writes");
    const auto rest = text.substr(colon + 1);
    const auto at = detail::find_place(rest);
    if (at == std::string::npos)
        detail::refuse_vectors(text, std::string(form) + "; there is no @SITE.LAYER");
    vectors_request request;
    request.flow = flow == "reads" ? svdlens::flow::reads : svdlens::flow::writes;
    detail::parse_source(text, rest.substr(0, at), request);
    detail::parse_position(text, rest.substr(at + 1), request);
    request.is_named = equals != std::string::npos;
    request.name = request.is_named ? head.substr(0, equals) : detail::name_of_pattern(request.tensor);
    if (request.name.empty()) detail::refuse_vectors(text, "expected a name: NAME=" + flow + ":...");
    return request;
}

namespace detail {

/// Opens each file once.
class vector_files {
  public:
    explicit vector_files(const options& o) : options_(o) {}

    const svdlens::state_dict& open(const std::string& path) {
        const auto known = files_.find(path);
        if (known != files_.end()) return known->second;
        if (path.ends_with(".npz") || path.ends_with(".npy"))
            throw svdlens::format_error(svdlens::errc::invalid_header,
                                        path +
                                            ": NumPy's files are not read; write its arrays as safetensors: "
                                            "safetensors.numpy.save_file(dict(numpy.load(...)), ...)");
        current_stage = "reading " + path;
        using svdlens::file_access;
        auto file =
            svdlens::open_weights(path, {.access = options_.no_mmap ? file_access::read : file_access::map});
        if (!options_.no_mmap)
            watch_mapped_file(options_.program, options_.model + " or a file of --vectors");
        return files_.emplace(path, std::move(file)).first->second;
    }

    std::vector<std::filesystem::path> paths() const {
        std::vector<std::filesystem::path> result;
        for (const auto& [path, file] : files_)
            for (const auto& each : file.files()) result.push_back(each.path);
        return result;
    }

  private:
    const options& options_;
    std::map<std::string, svdlens::state_dict> files_;
};

/// A line a label. O(file)
inline std::vector<std::string> read_labels(const std::string& path) {
    constexpr std::uintmax_t most = std::uintmax_t{1} << 28;
    std::ifstream in(path, std::ios::binary);
    if (!in || !std::filesystem::is_regular_file(path))
        throw svdlens::file_error(svdlens::errc::cannot_open, path + ": cannot open the labels of --vectors");
    if (std::filesystem::file_size(path) > most)
        throw svdlens::format_error(svdlens::errc::invalid_weights,
                                    path + ": expected labels of at most 256 MiB");
    std::vector<std::string> labels;
    for (std::string line; std::getline(in, line);) {
        if (line.ends_with('\r')) line.pop_back();
        if (labels.empty() && line.starts_with("\xef\xbb\xbf")) line.erase(0, 3);
        labels.push_back(svdlens::shown_bytes(line));
    }
    return labels;
}

inline void check_labels(const std::string& path, std::size_t vectors, std::size_t labels) {
    if (vectors != labels)
        throw svdlens::argument_error(svdlens::errc::wrong_label_count,
                                      path + ": expected a line for each of the " +
                                          svdlens::to_text(vectors) + " vectors, found " +
                                          svdlens::to_text(labels) + " lines");
}

inline svdlens::stream_vectors read_vectors(const vectors_request& request, vector_files& files,
                                            const svdlens::transformer_weights& weights) {
    svdlens::stream_vectors vectors{.name = request.name,
                                    .flow = request.flow,
                                    .site = request.place.site,
                                    .behind = request.place.behind,
                                    .layer = request.layer,
                                    .source = request.file + ": " + request.tensor};
    const std::size_t first = request.layer.value_or(0);
    const std::size_t end = request.layer ? first + 1 : weights.blocks.size();
    for (std::size_t l = first; l < end; ++l) {
        const auto layer = svdlens::to_text(l);
        vectors.layers.push_back(svdlens::stored_vectors(files.open(at_layer(request.file, layer)),
                                                         at_layer(request.tensor, layer),
                                                         weights.sizes.d_model, request.axes));
    }
    if (request.labels.empty()) return vectors;
    vectors.labels = read_labels(request.labels);
    if (!vectors.layers.empty())
        check_labels(request.labels, vectors.layers.front().rows(), vectors.labels.size());
    return vectors;
}

/// Two of one name are the same features: only where the user, or the same tensor, says so.
inline void check_names(const std::vector<vectors_request>& requests) {
    for (const auto& a : requests)
        for (const auto& b : requests)
            if (&a < &b && a.name == b.name && !(a.is_named && b.is_named) &&
                (a.flow == b.flow || a.file != b.file || a.tensor != b.tensor))
                throw usage_error(
                    "--vectors: two are called " + svdlens::quoted(a.name) +
                    ": give them names, NAME=reads:... (one name for what the same features read "
                    "and write)");
}

} // namespace detail

/// The model with the vectors of --vectors; the files that they come from are added to `inputs`.
inline svdlens::transformer_weights with_user_vectors(svdlens::transformer_weights weights, const options& o,
                                                      std::vector<std::filesystem::path>& inputs) {
    std::vector<vectors_request> requests;
    for (const auto& text : o.vectors) requests.push_back(parse_vectors(text));
    detail::check_names(requests);
    detail::vector_files files(o);
    for (const auto& request : requests) {
        weights = svdlens::with_vectors(std::move(weights), detail::read_vectors(request, files, weights));
        if (!request.labels.empty()) inputs.emplace_back(request.labels);
    }
    const auto opened = files.paths();
    inputs.insert(inputs.end(), opened.begin(), opened.end());
    return weights;
}

} // namespace program

#endif
