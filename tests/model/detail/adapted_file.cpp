#include "svdlens/model/detail/adapted_file.hpp"

#include <string>
#include <vector>

#include "model/edited_adapter.hpp"
#include "model/edited_model.hpp"
#include "support/catch.hpp"
#include "support/message_of.hpp"

namespace sl = svdlens;
using namespace svdlens_tests;

TEST_CASE("an adapter stands behind the same wrapper everywhere, and is not guessed") {
    sl::detail::adapted_names plain(open_architecture("gpt2"));
    CHECK(plain.find("transformer.h.0.attn.c_attn.weight") == "h.0.attn.c_attn.weight");
    CHECK(plain.find("h.0.attn.c_attn.weight") == "h.0.attn.c_attn.weight");
    CHECK_FALSE(plain.find("transformer.h.9.attn.c_attn.weight"));
    CHECK_FALSE(plain.find("other.h.1.attn.c_attn.weight"));
    const auto towers = [](const std::string& first, const std::string& second) {
        const sl::tensor t(std::vector<float>{1}, {1, 1});
        return sl::state_dict({sl::named_tensor(first, t), sl::named_tensor(second, t)});
    };
    const std::string end = "layers.0.self_attn.q_proj.weight";
    const auto two = towers("vision_tower.encoder." + end, "language_model.model." + end);
    CHECK(sl::detail::adapted_names(two).find("model." + end) == "language_model.model." + end);
    CHECK(sl::detail::adapted_names(two).find("model.language_model." + end) ==
          "language_model.model." + end);
    CHECK_FALSE(sl::detail::adapted_names(two).find("model.decoder." + end));
    const auto alike = towers("audio.model." + end, "text.model." + end);
    expect_words(message_of([&] { (void)sl::detail::adapted_names(alike).find("model." + end); }),
                 {"audio.model." + end, "text.model." + end});
}

TEST_CASE("names share their ends in whole components") {
    using sl::detail::common_ending;
    CHECK(common_ending("a.b.c", "x.b.c") == 3);
    CHECK(common_ending("a.b.c", "a.b.c") == 5);
    CHECK(common_ending("b.c", "a.b.c") == 3);
    CHECK(common_ending("ab.c", "b.c") == 1);
    CHECK(common_ending("a.b", "c.d") == 0);
    CHECK(common_ending("", "a") == 0);
}
