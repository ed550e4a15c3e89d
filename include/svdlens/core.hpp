/// @file
/// Errors, execution, text, files. Lists the public headers of core/.
#ifndef SVDLENS_CORE_HPP
#define SVDLENS_CORE_HPP

#include "core/error.hpp"
#include "core/execution.hpp"
#include "core/file_writer.hpp"
#include "core/shard_run.hpp"
#include "core/text.hpp"
#include "core/version.hpp"

#endif
