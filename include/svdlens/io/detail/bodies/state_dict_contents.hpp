/// @file
/// The bodies of io/state_dict_contents.hpp.
#ifndef SVDLENS_IO_DETAIL_BODIES_STATE_DICT_CONTENTS_HPP
#define SVDLENS_IO_DETAIL_BODIES_STATE_DICT_CONTENTS_HPP

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "../../../core/detail/body.hpp"
#include "../../state_dict_contents.hpp"
#include "../../tensor_record.hpp"

namespace svdlens::inline v0_2 {

} // namespace svdlens::inline v0_2

#endif
