#include "svdlens/io/open_weights.hpp"

#include <filesystem>
#include <string>

#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

namespace sl = svdlens;

TEST_CASE("a path says what kind of checkpoint it is", "[io][open_weights]") {
    const svdlens_tests::temporary_directory folder;
    const std::string index = "model.safetensors.index.json";
    const std::vector<sl::named_tensor> one = {{"t", sl::tensor({1}, {1})}};
    sl::write_safetensors(folder / "s.safetensors", one, {});
    sl::write_safetensors(folder / "no extension", one, {});
    svdlens_tests::write_file(folder / index, R"({"weight_map":{"t":"s.safetensors"}})");
    svdlens_tests::write_file(folder / "w.json", R"({"t":[1]})");
    for (const auto& path : {folder / "s.safetensors", folder / "no extension", folder / index,
                             folder / "w.json", folder.path()}) {
        CAPTURE(path.string());
        CHECK(sl::open_weights(path).tensor("t").values()[0] == 1.0F);
    }
    CHECK(sl::open_weights(folder.path()).path() == folder / index);
    CHECK(sl::open_weights(folder / "s.safetensors", {.access = sl::file_access::read}).size() == 1);
}

TEST_CASE("a folder that ends in .json is a folder", "[io][open_weights]") {
    const svdlens_tests::temporary_directory folder;
    std::filesystem::create_directory(folder / "model.json");
    sl::write_safetensors(folder / "model.json" / "model.safetensors", {{"t", sl::tensor({1}, {1})}}, {});
    CHECK(sl::open_weights(folder / "model.json").size() == 1);
    CHECK_THROWS_AS(sl::open_weights(folder / "absent.json"), sl::file_error);
    CHECK_THROWS_AS(sl::open_weights(folder / "absent"), sl::file_error);
}
