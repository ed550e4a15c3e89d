/// @file
/// Figures, tables and pages. Lists the public headers of plot/.
#ifndef SVDLENS_PLOT_HPP
#define SVDLENS_PLOT_HPP

#include "plot/bar.hpp"
#include "plot/ecdf.hpp"
#include "plot/figure.hpp"
#include "plot/flow.hpp"
#include "plot/grid.hpp"
#include "plot/heatmap.hpp"
#include "plot/histogram.hpp"
#include "plot/html_table.hpp"
#include "plot/json.hpp"
#include "plot/line.hpp"
#include "plot/markup.hpp"
#include "plot/network.hpp"
#include "plot/page.hpp"
#include "plot/palette.hpp"
#include "plot/panel.hpp"
#include "plot/row_options.hpp"
#include "plot/scatter.hpp"
#include "plot/script_source.hpp"
#include "plot/strip.hpp"

#endif
