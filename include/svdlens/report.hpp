/// @file
/// The report of a model. Lists the public headers of report/.
#ifndef SVDLENS_REPORT_HPP
#define SVDLENS_REPORT_HPP

#include "report/report.hpp"
#include "report/report_options.hpp"

#endif
