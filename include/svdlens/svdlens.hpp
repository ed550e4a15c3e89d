/// @file
/// The whole library but for adapt/xtensor.hpp, which is included by hand by who uses xtensor.
///
/// A list and nothing else. Programs that use a part of the library compile faster with that part's headers.
#ifndef SVDLENS_SVDLENS_HPP
#define SVDLENS_SVDLENS_HPP

// IWYU pragma: begin_exports

#include "core/checked.hpp"
#include "core/error.hpp"
#include "core/execution.hpp"
#include "core/file_writer.hpp"
#include "core/text.hpp"
#include "core/version.hpp"

#include "tensor/axes.hpp"
#include "tensor/label_pattern.hpp"
#include "tensor/tensor.hpp"
#include "tensor/tensor_traits.hpp"

#include "table/best_rows.hpp"
#include "table/block_loop.hpp"
#include "table/describe.hpp"
#include "table/description.hpp"
#include "table/grouping.hpp"
#include "table/long_table.hpp"
#include "table/moments.hpp"
#include "table/outside_quantiles.hpp"
#include "table/quantiles.hpp"
#include "table/radix_select.hpp"
#include "table/row_order.hpp"
#include "table/score_source.hpp"
#include "table/selection.hpp"
#include "table/store.hpp"
#include "table/tiling.hpp"
#include "table/top_k.hpp"
#include "table/value_counts.hpp"

#include "io/convert.hpp"
#include "io/dtype.hpp"
#include "io/mapped_file.hpp"
#include "io/model_config.hpp"
#include "io/named_tensor.hpp"
#include "io/nearest_names.hpp"
#include "io/safetensors.hpp"
#include "io/safetensors_header.hpp"
#include "io/safetensors_json.hpp"
#include "io/safetensors_writer.hpp"
#include "io/state_dict.hpp"
#include "io/tensor_record.hpp"
#include "io/utf8.hpp"

#include "linalg/core_svd.hpp"
#include "linalg/dense_svd.hpp"
#include "linalg/eigen_map.hpp"
#include "linalg/eigen_threads.hpp"
#include "linalg/eigenvalue_sum.hpp"
#include "linalg/factored_set.hpp"
#include "linalg/factored_svd.hpp"
#include "linalg/finite.hpp"
#include "linalg/finite_factors.hpp"
#include "linalg/jacobi_svd.hpp"
#include "linalg/matrix.hpp"
#include "linalg/products.hpp"
#include "linalg/scaled_qr.hpp"
#include "linalg/sign_rule.hpp"
#include "linalg/singular_directions.hpp"
#include "linalg/svd.hpp"
#include "linalg/thin_svd.hpp"
#include "linalg/vector_set.hpp"

#include "projection/projection.hpp"
#include "projection/projection_axes.hpp"
#include "projection/projection_rows.hpp"
#include "projection/vector_norms.hpp"

#include "graph/circuit_graph.hpp"
#include "graph/components.hpp"
#include "graph/edge_end.hpp"
#include "graph/strongest_edges.hpp"

#include "model/known_schemes.hpp"
#include "model/minigrid_labels.hpp"
#include "model/naming_scheme.hpp"
#include "model/part_finder.hpp"
#include "model/residual_ports.hpp"
#include "model/size_book.hpp"
#include "model/transformer_lens_names.hpp"
#include "model/transformer_parts.hpp"
#include "model/transformer_weights.hpp"
#include "model/weight_processing.hpp"
#include "model/weights_reader.hpp"

#include "circuit/composition.hpp"
#include "circuit/head_similarity.hpp"
#include "circuit/head_tensors.hpp"
#include "circuit/ov_circuits.hpp"
#include "circuit/qk_circuits.hpp"

#include "export/csv.hpp"
#include "export/csv_writer.hpp"
#include "export/dot.hpp"
#include "export/graphml.hpp"
#include "export/printable_text.hpp"
#include "export/text_sink.hpp"

#include "adapt/eigen.hpp"

// IWYU pragma: end_exports

#endif
