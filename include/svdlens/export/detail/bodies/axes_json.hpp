/// @file
/// The bodies of export/axes_json.hpp.
#ifndef SVDLENS_EXPORT_DETAIL_BODIES_AXES_JSON_HPP
#define SVDLENS_EXPORT_DETAIL_BODIES_AXES_JSON_HPP

#include <string>

#include "../../../core/detail/body.hpp"
#include "../../../tensor/axes.hpp"
#include "../../axes_json.hpp"
#include "../axes_text.hpp"

namespace svdlens::inline v0_2 {

SVDLENS_BODY std::string to_json(const axes& table) {
    std::string out = "{\n";
    detail::append_json_axes(out, table);
    return out += "}\n";
}

} // namespace svdlens::inline v0_2

#endif
