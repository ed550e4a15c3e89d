// error: give the extents
#include "svdlens/table/long_table.hpp"

int main() {
    const std::vector<float> values(6);
    return static_cast<int>(svdlens::long_table(values, {"a", "b"}).size());
}
