// error: deleted
#include "svdlens/table/selection.hpp"

int main() { const svdlens::score_source_ref<float> dangling(svdlens::selection({}, {}, {})); }
