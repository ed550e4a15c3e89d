/// @file
/// A checkpoint's tensors by name, read as float or double when they are asked for.
#ifndef SVDLENS_IO_STATE_DICT_HPP
#define SVDLENS_IO_STATE_DICT_HPP

#include <bit>
#include <concepts>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "../tensor/tensor.hpp"
#include "convert.hpp"
#include "detail/shared_contents.hpp"
#include "dtype.hpp"
#include "state_dict_contents.hpp"
#include "tensor_record.hpp"

namespace svdlens::inline v0_2 {

/// Named tensors and metadata, immutable. Copying is cheap: copies share the records and the files' mappings.
/// Everything that walks the names does so in ascending order of their bytes.
///
/// A model of several files knows all names from the start and opens each file when one of its tensors is
/// first asked for (`record`, `bytes`, `tensor`), or all of them for `records`: these four throw what opening
/// a file throws. Any number of threads may ask at once.
///
/// What an lvalue shows by reference a temporary gives away by value:
/// `for (const auto& each : open_safetensors(path).records())` walks records of its own. A state dict that was
/// moved from has no tensors.
/// @code{.cpp}
/// auto file = sl::open_safetensors("model.safetensors"); // or open_weights, open_pytorch, of tensors in memory
/// file.records().size();                                 // = 57
/// auto W = file.tensor("action_predictor.weight");        // float, a view of the mapping
/// @endcode
class state_dict {
  public:
    /// No tensors.
    state_dict() = default;

    /// Takes over what a reader found. O(n log n), O(n) when the records are in the order of their names.
    explicit state_dict(state_dict_contents contents);

    /// Tensors in memory, not copied. `path` is what messages call them.
    /// @throws argument_error (duplicate_key) when two have one name, (invalid_tensor_size) when a tensor's
    ///         bytes are not as many as its shape and dtype say
    explicit state_dict(std::vector<named_tensor> tensors, metadata_map metadata = {},
                        std::filesystem::path path = "(in memory)");

    /// The file, or the index of several: as it was given, or as it was found in the folder given.
    const std::filesystem::path& path() const& { return contents().path; }
    std::filesystem::path path() && { return contents().path; }

    /// What people call the checkpoint: its file's name, or its folder's where the file is an index of
    /// several, which has the same name in all folders.
    std::string label() const;

    /// The files that the tensors come from, with their sizes of now: one for a single file, those that the
    /// index names for a model of several, where a record's `storage` is a place in this list, and none for
    /// tensors in memory. Opens no file. O(tensors)
    std::vector<checkpoint_file> files() const;

    /// Number of tensors.
    std::size_t size() const { return contents().records.size(); }

    /// All names, ascending. A copy: walk `records()` where that matters.
    std::vector<std::string> names() const;

    /// All tensors in the order of their names. Opens all files of a model of several.
    std::span<const tensor_record> records() const&;
    std::vector<tensor_record> records() &&;

    /// Whether there is a tensor of that name. O(log n).
    bool contains(std::string_view name) const;

    /// Dtype and shape of a tensor, without its data. O(log n).
    /// @throws lookup_error (unknown_tensor), with the nearest names
    const tensor_record& record(std::string_view name) const&;
    tensor_record record(std::string_view name) && { return std::as_const(*this).record(name); }

    /// With the tensors that the metadata call by second names, under those names too. Writers that store
    /// shared tensors once leave such notes: `"transformer.wte.weight": "lm_head.weight"` (safetensors'
    /// `save_model`). A string that is no tensor's name is no such note, nor is one whose key is a tensor's
    /// name. Models of several files stay as they are: none is written so. O(n), bytes are shared.
    state_dict with_aliases() const;

    /// The strings that came with the tensors; of a model of several files, those of its index.
    const metadata_map& metadata() const& { return contents().metadata; }
    metadata_map metadata() && { return contents().metadata; }

    /// Of a torch file whose state dict was found by rule: behind which keys it stands (dots between; empty: the
    /// whole object), and what else holds tensors that are no optimizer's, and was not taken.
    const std::string& key() const& { return contents().key; }
    std::string key() && { return contents().key; }
    /// State dicts of the same file that were not chosen.
    const std::vector<std::string>& other_keys() const& { return contents().other_keys; }
    std::vector<std::string> other_keys() && { return contents().other_keys; }

    /// A tensor's bytes as they are stored: little-endian, row-major, at any alignment. Those of a tensor with
    /// strides are put in order when they are first asked for, and kept as long as the state dict: O(elements).
    /// @throws lookup_error (unknown_tensor), with the nearest names
    std::span<const std::byte> bytes(std::string_view name) const&;
    std::vector<std::byte> bytes(std::string_view name) &&;

    /// A tensor's values: a view of the file (kept alive by the result) where the dtype is T's and the data
    /// are aligned for it, else a converted copy as `convert` makes it. O(1) or O(elements).
    /// @throws lookup_error (unknown_tensor), with the nearest names
    /// @throws format_error (unsupported_dtype) for C64 and the F4 and F6 kinds, whose `bytes` are there
    template <std::floating_point T = float>
    basic_tensor<T> tensor(std::string_view name) const {
        if (auto viewed = view<T>(name)) return *std::move(viewed);
        const auto& found = record(name);
        const auto elements = (found.end - found.begin) / (bits_of(found.type) / 8);
        std::vector<T> values(static_cast<std::size_t>(elements));
        convert<T>(found.type, shared().bytes_of(found).bytes, values);
        return basic_tensor<T>(std::move(values), found.shape);
    }

    /// The view that `tensor` gives of a tensor whose dtype is T's and whose data are aligned for it; nothing
    /// for one that has to be converted. O(log n).
    /// @throws as `tensor`
    template <std::floating_point T = float>
    std::optional<basic_tensor<T>> view(std::string_view name) const {
        const auto& found = record(name);
        if (!is_convertible(found.type)) throw_unsupported(found);
        return aligned_view<T>(found);
    }

  private:
    /// Those without tensors where there are none.
    detail::shared_contents& shared() const;

    const state_dict_contents& contents() const { return shared().get(); }

    template <class T>
    std::optional<basic_tensor<T>> aligned_view(const tensor_record& found) const {
        constexpr auto same = std::is_same_v<T, float> ? dtype::f32 : dtype::f64;
        if (found.type != same || sizeof(T) * 8 != bits_of(same)) return std::nullopt;
        if (std::endian::native != std::endian::little) return std::nullopt;
        auto [all, owner] = shared().bytes_of(found);
        if (reinterpret_cast<std::uintptr_t>(all.data()) % alignof(T) != 0) return std::nullopt;
        const std::span<const T> values(reinterpret_cast<const T*>(all.data()), all.size() / sizeof(T));
        return basic_tensor<T>(values, found.shape, std::move(owner));
    }

    [[noreturn]] void throw_unknown(std::string_view name) const;

    [[noreturn]] void throw_unsupported(const tensor_record& found) const;

    std::shared_ptr<detail::shared_contents> shared_; ///< null: no tensors
};

} // namespace svdlens::inline v0_2

#ifndef SVDLENS_COMPILED
#include "detail/bodies/state_dict.hpp"
#endif

#endif
