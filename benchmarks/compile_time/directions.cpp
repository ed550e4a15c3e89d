// A decomposition and a projection.
#include <svdlens/directions/singular_directions.hpp>
#include <svdlens/projection/projection.hpp>
auto f(const svdlens::factored_set& a, const svdlens::vector_set& n) {
    const auto d = svdlens::singular_directions(a);
    return svdlens::project(d.writing(), n);
}
