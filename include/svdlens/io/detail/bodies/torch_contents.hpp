/// @file
/// The bodies of io/detail/pytorch/torch_contents.hpp.
#ifndef SVDLENS_IO_DETAIL_BODIES_TORCH_CONTENTS_HPP
#define SVDLENS_IO_DETAIL_BODIES_TORCH_CONTENTS_HPP

#include <string>
#include <string_view>
#include <utility>

#include "../../../core/detail/body.hpp"
#include "../../../core/error.hpp"
#include "../../../core/text.hpp"
#include "../name_order.hpp"
#include "../pytorch/state_choice.hpp"
#include "../pytorch/torch_contents.hpp"
#include "../pytorch/torch_file.hpp"
#include "../pytorch/torch_tensor.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

SVDLENS_BODY torch_contents read_torch_contents(std::string_view bytes, const std::string& label,
                                                std::string_view key) {
    const auto file = read_torch_file(bytes, label);
    auto state = choose_state(file, key);
    torch_contents contents{{}, std::move(state.metadata), std::move(state.key), std::move(state.other_keys)};
    torch_tensors tensors(file);
    for (auto& each : state.tensors)
        contents.records.push_back(tensors.record(each.id, std::move(each.name)));
    if (const auto* const twice = order_by_name(contents.records, &tensor_record::name))
        throw format_error(errc::duplicate_key, label + ": two tensors have the name " + quoted(twice->name));
    return contents;
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
