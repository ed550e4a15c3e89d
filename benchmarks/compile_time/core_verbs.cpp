// The table with the standard library alone.
#include <svdlens/table/describe.hpp>
#include <svdlens/table/long_table.hpp>
#include <svdlens/table/top_k.hpp>
namespace sl = svdlens;

double ask(const sl::basic_long_table<float>& table) {
    return sl::describe(table).mean + static_cast<double>(sl::top_k(table, 5).size());
}
