/// @file
/// The bodies of io/low_rank_adapter.hpp.
#ifndef SVDLENS_IO_DETAIL_BODIES_LOW_RANK_ADAPTER_HPP
#define SVDLENS_IO_DETAIL_BODIES_LOW_RANK_ADAPTER_HPP

#include <algorithm>
#include <array>
#include <cstddef>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "../../../core/detail/body.hpp"
#include "../../../core/error.hpp"
#include "../../../core/text.hpp"
#include "../../low_rank_adapter.hpp"
#include "../../mapped_file.hpp"
#include "../../open_weights.hpp"
#include "../../state_dict.hpp"
#include "../../tensor_record.hpp"
#include "../checkpoint_folder.hpp"
#include "../json/adapter_config.hpp"

namespace svdlens::inline v0_2 {

namespace detail {

inline constexpr const char* adapter_files[] = {"adapter_model.safetensors", "adapter_model.bin"};

/// The adapter's file in a folder; empty where there is none.
inline std::filesystem::path adapter_file_in(const std::filesystem::path& folder) {
    for (const char* const name : adapter_files)
        if (is_present(folder / name)) return folder / name;
    return {};
}

/// What a tensor of an adapter's file is.
struct adapter_key {
    std::string module;  ///< of a factor; else the name of the tensor that it replaces
    std::string factor;  ///< `lora_A`, ...; empty: it replaces a tensor
    std::string adapter; ///< the adapter's name, where names have it
    bool is_bias = false;
};

inline std::vector<std::string_view> name_components(std::string_view name) {
    std::vector<std::string_view> all;
    for (std::size_t begin = 0; begin <= name.size();) {
        const auto end = (std::min)(name.find('.', begin), name.size());
        all.push_back(name.substr(begin, end - begin));
        begin = end + 1;
    }
    return all;
}

inline std::string joined_components(const std::vector<std::string_view>& all, std::size_t count) {
    std::string text;
    for (std::size_t k = 0; k < count; ++k) text += (k == 0 ? "" : ".") + std::string(all[k]);
    return text;
}

/// A tensor that replaces one: without the component that says so, and the adapter's name behind it.
inline adapter_key replacing_key(std::vector<std::string_view> parts) {
    const auto at = std::find(parts.begin(), parts.end(), "modules_to_save");
    adapter_key key;
    if (at != parts.end()) {
        const bool is_named = parts.end() - at > 2 && *(at + 1) == "default";
        parts.erase(at, at + (is_named ? 2 : 1));
    }
    key.module = joined_components(parts, parts.size());
    return key;
}

inline adapter_key adapter_key_of(std::string_view name) {
    constexpr std::string_view root = "base_model.model.";
    if (name.starts_with(root)) name.remove_prefix(root.size());
    const auto parts = name_components(name);
    constexpr std::array<std::string_view, 4> factors = {"lora_A", "lora_B", "lora_embedding_A",
                                                         "lora_embedding_B"};
    const auto at = std::find_first_of(parts.begin(), parts.end(), factors.begin(), factors.end());
    if (at == parts.end()) return replacing_key(parts);
    adapter_key key{
        joined_components(parts, static_cast<std::size_t>(at - parts.begin())), std::string(*at), {}};
    auto last = parts.end();
    if (last - at > 1 && (parts.back() == "weight" || parts.back() == "bias")) {
        key.is_bias = parts.back() == "bias";
        --last;
    }
    if (last - at > 1) key.adapter = std::string(*(at + 1));
    return key;
}

/// What an adapter's tensors belong to, by the names that other methods give theirs.
inline bool is_of_other_method(std::string_view component) {
    for (const std::string_view word :
         {"lora_", "hada_", "lokr_", "ia3_", "oft_", "boft_", "vera_", "vblora_", "hra_", "base_layer",
          "original_module", "token_adapter", "trainable_tokens", "prompt_e", "prefix_e", "ranknum",
          "adaption_", "shira_", "waveft_"})
        if (component.starts_with(word)) return true;
    return false;
}

/// Puts the tensors of an adapter's file together by module.
class adapter_reader {
  public:
    adapter_reader(state_dict file, const adapter_config& config) : file_(std::move(file)), config_(config) {
        for (const auto& record : file_.records()) add(record);
        if (adapters_.size() > 1)
            fail(errc::unsupported_model, "expected one adapter, found " + quoted(*adapters_.begin()) +
                                              " and " + quoted(*adapters_.rbegin()) +
                                              "; save them one by one");
        if (updates_.empty() && replaced_.empty())
            fail(errc::unsupported_model, "expected the updates of an adapter (lora_A, lora_B), found none");
    }

    low_rank_adapter read() {
        low_rank_adapter result{file_, config_.base(), {}, std::move(replaced_)};
        for (auto& [module, update] : updates_) {
            check(update);
            update.scale = config_.scale(module);
            result.updates.push_back(std::move(update));
        }
        std::sort(result.replaced.begin(), result.replaced.end(),
                  [](const auto& a, const auto& b) { return a.name < b.name; });
        return result;
    }

  private:
    void add(const tensor_record& record) {
        const auto key = adapter_key_of(record.name);
        if (key.factor.empty()) return add_replaced(record, key);
        if (!key.adapter.empty()) adapters_.insert(key.adapter);
        auto& update = updates_[key.module];
        update.module = key.module;
        const bool is_A = key.factor.ends_with("A");
        if (is_A && key.is_bias) refuse(record, "is a bias of the inner factor");
        auto& place = key.is_bias ? update.bias : is_A ? update.A : update.B;
        if (!place.empty() && adapters_.size() < 2)
            refuse(record, "stands beside " + quoted(place) + ", which is the same factor");
        place = record.name;
        update.of_embedding = key.factor.starts_with("lora_embedding");
        check_type(record);
    }

    void add_replaced(const tensor_record& record, const adapter_key& key) {
        for (const auto component : name_components(record.name))
            if (is_of_other_method(component)) refuse(record, "is of another method than LoRA");
        replaced_.push_back({key.module, record.name});
    }

    void check_type(const tensor_record& record) const {
        for (const auto type : {dtype::f16, dtype::bf16, dtype::f32, dtype::f64})
            if (record.type == type) return;
        refuse(record, "holds " + std::string(to_text(record.type)) + ", expected F16, BF16, F32 or F64");
    }

    /// Whether both factors are there and of the rank that the config says.
    void check(const low_rank_update& update) const {
        if (update.A.empty() || update.B.empty())
            fail(errc::unknown_tensor, "tensor " + quoted(update.A.empty() ? update.B : update.A) +
                                           ": expected both factors of the update, found one");
        const auto& A = file_.record(update.A);
        const auto& B = file_.record(update.B);
        for (const auto* const each : {&A, &B})
            if (each->shape.size() != 2 || each->shape[0] == 0 || each->shape[1] == 0)
                fail(errc::wrong_shape, "tensor " + quoted(each->name) + ": expected a matrix, found shape " +
                                            to_text(each->shape));
        if (B.shape[1] != A.shape[0])
            fail(errc::wrong_shape, "tensor " + quoted(B.name) +
                                        ": expected shape [out, r] with the r = " + to_text(A.shape[0]) +
                                        " of " + quoted(A.name) + ", found " + to_text(B.shape));
        if (static_cast<double>(A.shape[0]) != config_.rank(update.module))
            fail(errc::invalid_config, "tensor " + quoted(A.name) + " has rank " + to_text(A.shape[0]) +
                                           ", expected the " + to_text(config_.rank(update.module)) +
                                           " of adapter_config.json (r, rank_pattern)");
        if (update.bias.empty()) return;
        const auto& bias = file_.record(update.bias);
        if (bias.shape.size() != 1 || bias.shape[0] != B.shape[0])
            fail(errc::wrong_shape, "tensor " + quoted(bias.name) + ": expected shape [" +
                                        to_text(B.shape[0]) + "], found " + to_text(bias.shape));
    }

    [[noreturn]] void refuse(const tensor_record& record, const std::string& what) const {
        fail(errc::unsupported_model,
             "tensor " + quoted(record.name) + " " + what +
                 "; merge the adapter with PEFT's merge_and_unload() and save the model");
    }

    [[noreturn]] void fail(errc code, const std::string& what) const {
        throw model_error(code, file_.path().string() + ": " + what);
    }

    state_dict file_;
    const adapter_config& config_;
    std::map<std::string, low_rank_update> updates_;
    std::vector<replaced_tensor> replaced_;
    std::set<std::string> adapters_;
};

} // namespace detail

SVDLENS_BODY std::string low_rank_adapter::label() const {
    const auto name = file.path().filename().string();
    const auto folder = file.path().parent_path().filename().string();
    return name.starts_with("adapter_model.") && !folder.empty() ? folder : name;
}

SVDLENS_BODY bool is_adapter(const std::filesystem::path& path) {
    std::error_code ignored;
    if (!std::filesystem::is_directory(path, ignored)) {
        const auto name = path.filename().string();
        return std::find(std::begin(detail::adapter_files), std::end(detail::adapter_files), name) !=
               std::end(detail::adapter_files);
    }
    if (!detail::is_present(path / "adapter_config.json") || detail::adapter_file_in(path).empty())
        return false;
    for (const char* const model : {"model.safetensors", "model.safetensors.index.json", "pytorch_model.bin",
                                    "pytorch_model.bin.index.json"})
        if (detail::is_present(path / model)) return false;
    return true;
}

SVDLENS_BODY low_rank_adapter open_adapter(const std::filesystem::path& path,
                                           const weights_options& options) {
    std::error_code ignored;
    const bool is_folder = std::filesystem::is_directory(path, ignored);
    const auto file = is_folder ? detail::adapter_file_in(path) : path;
    if (file.empty())
        throw file_error(errc::no_checkpoint,
                         path.string() + ": expected adapter_model.safetensors or " +
                             "adapter_model.bin beside adapter_config.json, found neither");
    const auto config_path = file.parent_path() / "adapter_config.json";
    const auto text = map_file(config_path);
    const detail::adapter_config config(text.text(), config_path.string());
    return detail::adapter_reader(open_weights(file, options), config).read();
}

} // namespace svdlens::inline v0_2

#endif
