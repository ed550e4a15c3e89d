/// @file
/// The bodies of model/scheme_file.hpp.
#ifndef SVDLENS_MODEL_DETAIL_BODIES_SCHEME_FILE_HPP
#define SVDLENS_MODEL_DETAIL_BODIES_SCHEME_FILE_HPP

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "../../../core/detail/body.hpp"
#include "../../../core/error.hpp"
#include "../../../core/file_writer.hpp"
#include "../../../io/mapped_file.hpp"
#include "../../naming_scheme.hpp"
#include "../../scheme_file.hpp"
#include "../json/json_tree.hpp"
#include "../json/scheme_reader.hpp"
#include "../json/scheme_writer.hpp"

namespace svdlens::inline v0_2 {

SVDLENS_BODY scheme_file parse_scheme(std::string_view text, const std::string& label) {
    const detail::json_source source{.text = text,
                                     .label = label,
                                     .noun = "the scheme",
                                     .malformed = errc::invalid_scheme,
                                     .not_utf8 = errc::invalid_scheme,
                                     .hint = {},
                                     .largest = largest_scheme_file,
                                     .deepest = 16};
    auto read = detail::scheme_reader(label).read(detail::read_json_tree(source));
    return scheme_file(std::make_shared<const scheme_file::owned>(read.scheme, std::move(read.kept)));
}

SVDLENS_BODY scheme_file read_scheme(const std::filesystem::path& path) {
    const auto whole = map_file(path);
    return parse_scheme(whole.text(), path.string());
}

SVDLENS_BODY std::string scheme_json(const naming_scheme& scheme) { return detail::scheme_text(scheme); }

SVDLENS_BODY void write_scheme(const std::filesystem::path& path, const naming_scheme& scheme) {
    file_writer file(path);
    file.write(scheme_json(scheme));
    file.commit();
}

} // namespace svdlens::inline v0_2

#endif
