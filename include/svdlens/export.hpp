/// @file
/// Tables and graphs as files. Lists the public headers of export/.
#ifndef SVDLENS_EXPORT_HPP
#define SVDLENS_EXPORT_HPP

#include "export/arrow.hpp"
#include "export/axes_json.hpp"
#include "export/csv.hpp"
#include "export/csv_sink.hpp"
#include "export/csv_tables.hpp"
#include "export/csv_writer.hpp"
#include "export/dot.hpp"
#include "export/gexf.hpp"
#include "export/graphml.hpp"
#include "export/npy.hpp"
#include "export/npy_sink.hpp"
#include "export/parallel_edges.hpp"

#endif
