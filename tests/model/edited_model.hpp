/// @file
/// A model that make_architectures.py wrote, in memory and changed: tensors left out, added, or of
/// other shapes.
#ifndef SVDLENS_TESTS_MODEL_EDITED_MODEL_HPP
#define SVDLENS_TESTS_MODEL_EDITED_MODEL_HPP

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/temporary_directory.hpp"
#include "svdlens/io/dtype.hpp"
#include "svdlens/io/model_config.hpp"
#include "svdlens/io/safetensors.hpp"
#include "svdlens/model/naming_scheme.hpp"

namespace svdlens_tests {

inline std::filesystem::path architecture_folder() {
    return std::filesystem::path(SVDLENS_TEST_SOURCE_DIR) / "model" / "architectures";
}

inline svdlens::state_dict open_architecture(const std::string& name) {
    return svdlens::open_safetensors(architecture_folder() / name / "model.safetensors");
}

/// What the caller has to say of a model that make_architectures.py wrote: which tower, how many heads.
inline svdlens::transformer_options options_of(const std::string& architecture) {
    const auto told =
        svdlens::open_safetensors(architecture_folder() / architecture / "canonical.safetensors").metadata();
    svdlens::transformer_options options;
    if (told.count("tower") != 0) options.tower = told.at("tower");
    if (told.count("given_heads") != 0) options.config.n_heads = std::stoull(told.at("given_heads"));
    return options;
}

class edited_model {
  public:
    svdlens::metadata_map metadata;

    explicit edited_model(const std::string& name) : original_(open_architecture(name)) {
        for (const auto& record : original_.records())
            tensors_.insert({record.name, svdlens::named_tensor(record.name, record.type, record.shape,
                                                                original_.bytes(record.name), nullptr)});
        const auto options = options_of(name);
        tower = options.tower;
        config = svdlens::read_model_config(original_, tower.value_or(""));
        if (!config.n_heads) config.n_heads = options.config.n_heads;
    }

    /// Hands every tensor on under another name.
    template <class Rename>
    void rename(Rename change) {
        std::map<std::string, svdlens::named_tensor> renamed;
        for (auto& [name, tensor] : tensors_) {
            tensor.name = change(name);
            renamed.insert({tensor.name, tensor});
        }
        tensors_ = std::move(renamed);
    }
    void erase(const std::string& name) { tensors_.erase(name); }
    bool has(const std::string& name) const { return tensors_.count(name) != 0; }
    const std::vector<std::uint64_t>& shape(const std::string& name) const { return tensors_.at(name).shape; }
    std::vector<std::string> names() const {
        std::vector<std::string> all;
        for (const auto& each : tensors_) all.push_back(each.first);
        return all;
    }
    void add(const std::string& name, const std::vector<std::uint64_t>& shape) {
        std::vector<float> values(size_of(shape));
        for (std::size_t k = 0; k < values.size(); ++k) values[k] = static_cast<float>(k + 1) / 8;
        tensors_.erase(name);
        tensors_.insert({name, svdlens::named_tensor(name, svdlens::tensor(std::move(values), shape))});
    }
    /// A tensor of any dtype; its bytes are small numbers.
    void add(const std::string& name, svdlens::dtype type, std::vector<std::uint64_t> shape) {
        auto bytes = std::make_shared<std::vector<std::byte>>(size_of(shape) * svdlens::bits_of(type) / 8);
        for (std::size_t k = 0; k < bytes->size(); ++k) (*bytes)[k] = static_cast<std::byte>(k % 2);
        tensors_.erase(name);
        tensors_.insert({name, svdlens::named_tensor(name, type, shape, *bytes, bytes)});
    }

    /// Without the config.json that stands beside the original.
    svdlens::state_dict dict() const {
        std::vector<svdlens::named_tensor> all;
        for (const auto& each : tensors_) all.push_back(each.second);
        return svdlens::state_dict(std::move(all), metadata, "folder/test.safetensors");
    }

    /// Written into a folder as `model.safetensors`, with that text as config.json unless it is empty, and
    /// opened again.
    svdlens::state_dict written(const std::filesystem::path& folder, const std::string& config_text) const {
        std::vector<svdlens::named_tensor> all;
        for (const auto& each : tensors_) all.push_back(each.second);
        svdlens::write_safetensors(folder / "model.safetensors", std::move(all), metadata);
        if (!config_text.empty()) write_file(folder / "config.json", config_text);
        return svdlens::open_safetensors(folder / "model.safetensors");
    }

    svdlens::model_config config;     ///< what that config.json says, and whoever reads the model has to say
    std::optional<std::string> tower; ///< which of its towers

  private:
    static std::size_t size_of(const std::vector<std::uint64_t>& extents) {
        std::size_t size = 1;
        for (const auto extent : extents) size *= static_cast<std::size_t>(extent);
        return size;
    }

    svdlens::state_dict original_;
    std::map<std::string, svdlens::named_tensor> tensors_;
};

} // namespace svdlens_tests

#endif
