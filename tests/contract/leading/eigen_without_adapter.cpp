// error: adapt/eigen\.hpp
// needs Eigen
#include <Eigen/Core>

#include "svdlens/table/long_table.hpp"

int main() { return static_cast<int>(svdlens::long_table(Eigen::MatrixXf(3, 4), {"a", "b"}).size()); }
