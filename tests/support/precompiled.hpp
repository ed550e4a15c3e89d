/// @file
/// What most test programs spend their compile time on, read once for all of them. No test relies on it:
/// headers are also compiled alone, and tests include what they use.
#ifndef SVDLENS_TESTS_SUPPORT_PRECOMPILED_HPP
#define SVDLENS_TESTS_SUPPORT_PRECOMPILED_HPP

#include <Eigen/Core>
#include <Eigen/QR>
#include <Eigen/SVD>
#include <algorithm>
#include <atomic>
#include <cmath>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "catch.hpp"

#endif
