#include "svdlens/export/axes_json.hpp"

#include <string>
#include <vector>

#include "support/catch.hpp"

using namespace svdlens;

TEST_CASE("axes become JSON with labels, formats and label columns") {
    axes table({{"layer", 2},
                {"action", std::vector<std::string>{"left", "go \"on\""}},
                {"neuron", 3072, label_format{"L2N{}"}}},
               {{"head", "L{layer}H0"}, {"source", "{neuron}!", "neuron"}});
    table.set_title("ov");
    table.set_provenance("m.safetensors\nfolded");
    CHECK(to_json(table) == R"({
  "title": "ov",
  "provenance": "m.safetensors\u000afolded",
  "axes": [
    {"name": "layer", "extent": 2},
    {"name": "action", "extent": 2, "labels": ["left", "go \"on\""]},
    {"name": "neuron", "extent": 3072, "format": "L2N{}"}
  ],
  "label_columns": [
    {"name": "head", "pattern": "L{layer}H0", "entity": "head"},
    {"name": "source", "pattern": "{neuron}!", "entity": "neuron"}
  ]
}
)");
}

TEST_CASE("a scalar has no axes") {
    CHECK(to_json(axes()) ==
          "{\n  \"title\": \"\",\n  \"provenance\": \"\",\n  \"axes\": [],\n  \"label_columns\": []\n}\n");
}
