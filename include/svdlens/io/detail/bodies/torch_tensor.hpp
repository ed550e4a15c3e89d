/// @file
/// The bodies of io/detail/pytorch/torch_tensor.hpp.
#ifndef SVDLENS_IO_DETAIL_BODIES_TORCH_TENSOR_HPP
#define SVDLENS_IO_DETAIL_BODIES_TORCH_TENSOR_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../../../core/detail/body.hpp"
#include "../../../core/detail/checked.hpp"
#include "../../../core/error.hpp"
#include "../../../core/text.hpp"
#include "../../tensor_record.hpp"
#include "../pickle/pickle_tree.hpp"
#include "../pytorch/storage_reference.hpp"
#include "../pytorch/torch_file.hpp"
#include "../pytorch/torch_names.hpp"
#include "../pytorch/torch_tensor.hpp"
#include "../short_text.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

/// What a tensor is made of, by their nodes.
struct tensor_parts {
    pickle_id storage = 0, offset = 0, shape = 0, strides = 0;
    std::optional<pickle_id> type = {}; ///< where the storage does not say it
};

/// Reads one tensor's description; messages name it.
class torch_tensor_reader {
  public:
    torch_tensor_reader(const torch_file& file, const std::string& name) : file_(file), name_(name) {}

    [[noreturn]] void fail(errc code, const std::string& what) const {
        throw format_error(code, file_.label + ": tensor " + quoted(name_) + ": " + what);
    }
    [[noreturn]] void refuse(const std::string& what) const { fail(errc::unsupported_tensor, what); }

    /// Follows functions that wrap another's result.
    tensor_parts parts(pickle_id id) const {
        constexpr int deepest = 8;
        std::optional<std::pair<pickle_id, pickle_id>>
            called; // callee and arguments, where `id` is not a call
        for (int k = 0; k < deepest; ++k) {
            if (!called) called = call_of(id);
            const auto [callee, arguments] = *called;
            const auto maker = maker_at(callee);
            const auto& args = tree()[arguments].items;
            if (maker == tensor_maker::strided) return strided_parts(args, 6, false);
            if (maker == tensor_maker::typed) return strided_parts(args, 7, true);
            if (args.empty()) refuse("has no arguments");
            called.reset();
            if (maker == tensor_maker::derived)
                called = derived_call(args);
            else
                id = args[0];
        }
        refuse("is wrapped too often");
    }

    storage_reference storage(pickle_id id) const {
        if (!tree().is(id, pickle_kind::persistent))
            refuse("hangs on " + tree().name_of(id) + ", which is no storage");
        auto found = read_storage_reference(tree(), id);
        if (!found.problem.empty()) refuse(found.problem);
        return found;
    }

    /// The elements' type: the storage's, or that beside it.
    dtype type(const storage_reference& storage, const tensor_parts& parts) const {
        if (!parts.type) {
            if (storage.untyped) refuse("does not say what its elements are");
            return storage.type;
        }
        const auto name = tree().name_of(*parts.type);
        const auto found =
            name.starts_with("torch.") ? torch_type(std::string_view(name).substr(6)) : std::nullopt;
        if (!found) refuse("has elements that are not read (" + name + "): convert it first");
        return *found;
    }

    std::uint64_t count(pickle_id id, const char* what) const {
        const auto found = count_of(tree(), id);
        if (!found) fail(errc::invalid_tensor_size, std::string(what) + ": expected a number of at least 0");
        return *found;
    }

    /// A tuple of counts, or a torch.Size of one.
    std::vector<std::uint64_t> counts(pickle_id id, const char* what) const {
        constexpr std::size_t most = 64; // torch's own limit
        const auto* node = &tree()[id];
        if (node->kind == pickle_kind::call &&
            tree().is_global(node->items[pickle_call::callee], "torch", "Size")) {
            const auto& args = tree()[node->items[pickle_call::args]].items;
            if (args.size() == 1) node = &tree()[args[0]];
        }
        const bool list = node->kind == pickle_kind::tuple || node->kind == pickle_kind::list;
        if (!list || node->items.size() > most)
            fail(errc::invalid_tensor_size, std::string(what) + ": expected at most 64 numbers");
        std::vector<std::uint64_t> all;
        for (const pickle_id each : node->items) all.push_back(count(each, what));
        return all;
    }

    /// Where the storage is that a reference means, and whether it is as large as it says.
    torch_place place(const storage_reference& storage) const {
        const auto found = file_.storages.find(storage.key);
        if (found == file_.storages.end())
            fail(errc::incomplete_data,
                 "storage " + quoted(storage.key) + " is not in the file: it may be cut off");
        const std::uint64_t width = storage.width;
        if (checked_multiply(storage.count, width) != found->second.size)
            fail(errc::invalid_tensor_size, "storage " + quoted(storage.key) + ": expected " +
                                                to_text(storage.count) + " elements of " + to_text(width) +
                                                " bytes, found " + to_text(found->second.size) + " bytes");
        return {found->second.begin + storage.offset * width, storage.length * width};
    }

  private:
    const pickle_tree& tree() const { return file_.tree; }

    std::pair<pickle_id, pickle_id> call_of(pickle_id id) const {
        const auto& node = tree()[id];
        if (node.kind == pickle_kind::persistent) refuse("is a bare storage: save a tensor");
        if (node.kind != pickle_kind::call) refuse("hangs on a value that is no tensor");
        const pickle_id callee = node.items[pickle_call::callee];
        maker_at(callee); // names what is refused before its attributes
        if (node.items[pickle_call::state] != 0 || node.items[pickle_call::contents] != 0)
            refuse("has attributes of its own: save it as a plain tensor");
        return {callee, node.items[pickle_call::args]};
    }

    tensor_maker maker_at(pickle_id callee) const {
        const auto name = tree().name_of(callee);
        const auto maker = tree().is(callee, pickle_kind::global) ? maker_of(name) : std::nullopt;
        if (!maker) refuse(std::string(refusal_of(name)) + "; it hangs on " + name);
        return *maker;
    }

    /// Function, class, arguments, attributes. The class may be a plain tensor's only.
    std::pair<pickle_id, pickle_id> derived_call(const std::vector<pickle_id>& args) const {
        if (args.size() < 3 || !tree().is(args[2], pickle_kind::tuple))
            refuse("has other arguments than it should");
        const auto name = tree().name_of(args[1]);
        if (name != "torch.Tensor" && name != "torch.nn.parameter.Parameter" && name != "torch.nn.Parameter")
            refuse("is of a subclass of tensors, " + name + ": save it as a plain tensor");
        return {args[0], args[2]};
    }

    /// Behind them may stand notes, such as that signs are to be turned.
    tensor_parts strided_parts(const std::vector<pickle_id>& args, std::size_t notes, bool typed) const {
        if (args.size() < (typed ? 7U : 4U)) refuse("has other arguments than it should");
        if (args.size() > notes && args[notes] != 0 && !tree()[args[notes]].items.empty())
            refuse("has notes (conj, neg) that are not read: save it after resolve_conj().resolve_neg()");
        return {args[0], args[1], args[2], args[3], typed ? std::optional(args[6]) : std::nullopt};
    }

    const torch_file& file_;
    const std::string& name_;
};

/// Elements of a storage that a shape with strides needs: one more than its last element's place; nothing
/// beyond 64 bits. Not for tensors without elements.
inline std::optional<std::uint64_t> reach_of(std::uint64_t offset, const std::vector<std::uint64_t>& shape,
                                             const std::vector<std::uint64_t>& strides) {
    std::uint64_t last = offset;
    for (std::size_t k = 0; k < shape.size(); ++k) {
        const auto step = checked_multiply(shape[k] - 1, strides[k]);
        if (!step || *step > UINT64_MAX - 1 - last) return std::nullopt;
        last += *step;
    }
    return last + 1;
}

/// Whether the elements stand one behind the other, the last index fastest.
inline bool is_row_major(const std::vector<std::uint64_t>& shape, const std::vector<std::uint64_t>& strides) {
    std::uint64_t expected = 1;
    for (std::size_t k = shape.size(); k-- > 0;) {
        if (shape[k] != 1 && strides[k] != expected) return false;
        expected *= shape[k];
    }
    return true;
}

SVDLENS_BODY tensor_record torch_tensors::record(pickle_id id, std::string name) {
    const torch_tensor_reader reader(file_, name);
    const auto parts = reader.parts(id);
    const auto storage = reader.storage(parts.storage);
    const dtype type = reader.type(storage, parts);
    const auto place = reader.place(storage);
    auto shape = reader.counts(parts.shape, "shape");
    auto strides = reader.counts(parts.strides, "strides");
    const auto offset = reader.count(parts.offset, "offset");
    if (strides.size() != shape.size())
        reader.fail(errc::invalid_tensor_size,
                    "expected a stride for each of " + to_text(shape.size()) + " axes");
    const auto bits = tensor_bits(type, shape);
    if (!bits) reader.fail(errc::size_overflow, "shape " + short_text(shape) + " exceeds 64 bits");
    const std::uint64_t width = bits_of(type) / 8, size = *bits / 8;
    if (size == 0) return {std::move(name), type, 0, std::move(shape), place.begin, place.begin};
    const auto reach = reach_of(offset, shape, strides);
    if (!reach || *reach > place.size / width)
        reader.fail(errc::invalid_tensor_size, "shape " + short_text(shape) + " with strides " +
                                                   short_text(strides) + " from element " + to_text(offset) +
                                                   " does not lie in its storage of " +
                                                   to_text(place.size / width) + " elements");
    const std::uint64_t begin = place.begin + offset * width;
    if (is_row_major(shape, strides))
        return {std::move(name), type, 0, std::move(shape), begin, begin + size};
    constexpr std::uint64_t repeated_anyway = std::uint64_t{1} << 28;
    const auto most_repeated = (std::max)(repeated_anyway, std::uint64_t{file_.bytes.size()});
    const bool repeats = size > (*reach - offset) * width;
    if (repeats && size > most_repeated - repeated_)
        reader.fail(errc::invalid_tensor_size,
                    "shape " + short_text(shape) +
                        " repeats its elements beyond what the file holds: save it "
                        "without, or after contiguous()");
    repeated_ += repeats ? size : 0;
    return {std::move(name), type, 0, std::move(shape), begin, begin + size, std::move(strides)};
}

} // namespace detail

} // namespace svdlens::inline v0_2

#endif
