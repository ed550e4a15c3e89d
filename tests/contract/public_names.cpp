/// @file
/// Every public name, once, by folder. Removing or renaming one breaks this unit, adding one fails its test:
/// either is a decision, and CHANGELOG.md says what became of the old name.
#include "svdlens/svdlens.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "contract/name_rules.hpp"
#include "support/catch.hpp"

// Of adapt/ only to_eigen and const_eigen_map are listed: xtensor's adaptor is no part of the umbrella.
namespace svdlens_tests::names {

namespace of_core {
using svdlens::append_number;
using svdlens::argument_error;
using svdlens::cancelled_error;
using svdlens::errc;
using svdlens::error;
using svdlens::execution;
using svdlens::file_error;
using svdlens::file_writer;
using svdlens::for_blocks;
using svdlens::for_blocks_in_order;
using svdlens::format_error;
using svdlens::lookup_error;
using svdlens::model_error;
using svdlens::numeric_error;
using svdlens::part_of;
using svdlens::progress_report;
using svdlens::quoted;
using svdlens::shown_bytes;
using svdlens::to_rounded_text;
using svdlens::to_text;
using svdlens::version;
using svdlens::worker_count;
} // namespace of_core

namespace of_tensor {
using svdlens::axes;
using svdlens::axis;
using svdlens::basic_tensor;
using svdlens::cartesian_labels;
using svdlens::find_index;
using svdlens::find_indices;
using svdlens::fit_axes;
using svdlens::from_shape;
using svdlens::label_column;
using svdlens::label_format;
using svdlens::label_pattern;
using svdlens::mdspan_like;
using svdlens::number_labels;
using svdlens::owns_values;
using svdlens::resolved_column;
using svdlens::row_number;
using svdlens::strided_traits;
using svdlens::strided_values;
using svdlens::sub_index;
using svdlens::tensor;
using svdlens::tensor_like;
using svdlens::tensor_traits;
using svdlens::tensor_value;
using svdlens::to_tensor;
} // namespace of_tensor

namespace of_table {
using svdlens::aggregate;
using svdlens::ascending;
using svdlens::ask;
using svdlens::asked_table;
using svdlens::axis_index;
using svdlens::basic_long_table;
using svdlens::basic_selection;
using svdlens::basic_tails;
using svdlens::basic_wide_table;
using svdlens::block_buffer;
using svdlens::bottom_k;
using svdlens::bound_question;
using svdlens::by;
using svdlens::by_columns;
using svdlens::centered;
using svdlens::collect;
using svdlens::column;
using svdlens::composed_question;
using svdlens::cosine_similarities;
using svdlens::cosine_similarity;
using svdlens::count_rows;
using svdlens::derived_column;
using svdlens::derived_label;
using svdlens::descending;
using svdlens::describe;
using svdlens::description;
using svdlens::ecdf;
using svdlens::ecdf_steps;
using svdlens::find_tails;
using svdlens::flag;
using svdlens::float_table;
using svdlens::for_each_outside;
using svdlens::for_each_tail;
using svdlens::group_axes;
using svdlens::group_by;
using svdlens::group_ecdf_steps;
using svdlens::group_quantiles;
using svdlens::grouped_columns;
using svdlens::histogram;
using svdlens::histogram_options;
using svdlens::intersect;
using svdlens::join;
using svdlens::label_column_of;
using svdlens::label_list;
using svdlens::label_lists;
using svdlens::long_table;
using svdlens::magnitude;
using svdlens::map_scores;
using svdlens::mapped_scores;
using svdlens::melt;
using svdlens::merge_order;
using svdlens::nan_scores;
using svdlens::narrowed;
using svdlens::normalized;
using svdlens::norms;
using svdlens::order_statistics;
using svdlens::outside;
using svdlens::outside_quantiles;
using svdlens::percent_name;
using svdlens::pick;
using svdlens::pivot;
using svdlens::positioned_source;
using svdlens::predicate;
using svdlens::print_options;
using svdlens::quantile_rule;
using svdlens::quantile_value;
using svdlens::quantiles;
using svdlens::question;
using svdlens::rank;
using svdlens::rank_method;
using svdlens::rank_options;
using svdlens::resample;
using svdlens::resample_options;
using svdlens::resampled;
using svdlens::rows_where;
using svdlens::sample;
using svdlens::sample_statistic;
using svdlens::score;
using svdlens::score_block;
using svdlens::score_bounds;
using svdlens::score_columns;
using svdlens::score_histogram;
using svdlens::score_key;
using svdlens::score_magnitude;
using svdlens::score_run;
using svdlens::score_source;
using svdlens::score_source_ref;
using svdlens::selection;
using svdlens::signed_score;
using svdlens::sort_by;
using svdlens::sort_key;
using svdlens::sort_order;
using svdlens::statistics;
using svdlens::store;
using svdlens::stored_source;
using svdlens::subtract;
using svdlens::table_columns;
using svdlens::tail_bounds;
using svdlens::tail_options;
using svdlens::tails;
using svdlens::tiled_source;
using svdlens::tiling;
using svdlens::to_columns;
using svdlens::to_string;
using svdlens::top_k;
using svdlens::unite;
using svdlens::value_count;
using svdlens::value_counts;
using svdlens::where;
using svdlens::wide_table;
using svdlens::wide_text_options;
using svdlens::aggregates::abs_max;
using svdlens::aggregates::abs_mean;
using svdlens::aggregates::abs_min;
using svdlens::aggregates::abs_sum;
using svdlens::aggregates::count;
using svdlens::aggregates::energy;
using svdlens::aggregates::max;
using svdlens::aggregates::mean;
using svdlens::aggregates::min;
using svdlens::aggregates::single;
using svdlens::aggregates::std_dev;
using svdlens::aggregates::sum;
} // namespace of_table

namespace of_io {
using svdlens::bits_of;
using svdlens::checkpoint_file;
using svdlens::convert;
using svdlens::dtype;
using svdlens::file_access;
using svdlens::file_sha256;
using svdlens::grouped_tensors;
using svdlens::is_adapter;
using svdlens::is_convertible;
using svdlens::is_json_weights;
using svdlens::is_pytorch_file;
using svdlens::largest_json_weights;
using svdlens::largest_model_config;
using svdlens::largest_safetensors_header;
using svdlens::largest_safetensors_index;
using svdlens::low_rank_adapter;
using svdlens::low_rank_update;
using svdlens::map_file;
using svdlens::mapped_file;
using svdlens::metadata_map;
using svdlens::model_config;
using svdlens::named_tensor;
using svdlens::normalization;
using svdlens::open_adapter;
using svdlens::open_json_weights;
using svdlens::open_pytorch;
using svdlens::open_safetensors;
using svdlens::open_weights;
using svdlens::parse_dtype;
using svdlens::parse_json_weights;
using svdlens::parse_safetensors_header;
using svdlens::parse_safetensors_index;
using svdlens::pattern_of;
using svdlens::pytorch_options;
using svdlens::read_model_config;
using svdlens::replaced_tensor;
using svdlens::rotary_scaling;
using svdlens::safetensors_header;
using svdlens::safetensors_index;
using svdlens::safetensors_options;
using svdlens::sha256;
using svdlens::shard_contents;
using svdlens::single_tensors;
using svdlens::state_dict;
using svdlens::state_dict_contents;
using svdlens::tensor_bits;
using svdlens::tensor_group;
using svdlens::tensor_pattern;
using svdlens::tensor_patterns;
using svdlens::tensor_record;
using svdlens::tensor_storage;
using svdlens::to_text;
using svdlens::token_labels;
using svdlens::weights_options;
using svdlens::write_json_weights;
using svdlens::write_safetensors;
} // namespace of_io

namespace of_linalg {
using svdlens::apply_sign_rule;
using svdlens::basic_matrix;
using svdlens::basic_svd;
using svdlens::block_scaled_matrix;
using svdlens::block_shape;
using svdlens::deferred_matrix;
using svdlens::low_rank_sum;
using svdlens::matrix;
using svdlens::matrix_part;
using svdlens::product_matrix;
using svdlens::scaled_matrix;
using svdlens::sign_rule_slack;
using svdlens::stacked_matrix;
using svdlens::svd;
using svdlens::tensor_traits;
using svdlens::thin_svd;
} // namespace of_linalg

namespace of_graph {
using svdlens::basic_circuit_graph;
using svdlens::circuit_graph;
using svdlens::component_summary;
using svdlens::connected_components;
using svdlens::edge_choice;
using svdlens::float_graph;
using svdlens::graph_components;
using svdlens::graph_edge;
using svdlens::graph_node;
using svdlens::graph_section;
using svdlens::hubs;
using svdlens::strongest_edges;
using svdlens::summarize;
} // namespace of_graph

namespace of_directions {
using svdlens::attention_profile;
using svdlens::attention_profile_options;
using svdlens::basic_attention_profile;
using svdlens::basic_chained_test;
using svdlens::basic_diagonal_test;
using svdlens::basic_direction_errors;
using svdlens::basic_eigenvalue_signs;
using svdlens::basic_factored_matrix;
using svdlens::basic_factored_set;
using svdlens::basic_head_composition;
using svdlens::basic_side_errors;
using svdlens::basic_singular_directions;
using svdlens::basic_vector_set;
using svdlens::chained_diagonal_test;
using svdlens::chained_test;
using svdlens::composition_options;
using svdlens::composition_role;
using svdlens::dead_direction_share;
using svdlens::dead_directions;
using svdlens::dead_heads;
using svdlens::dead_parts;
using svdlens::dead_share;
using svdlens::dead_vectors;
using svdlens::diagonal_test;
using svdlens::diagonal_test_options;
using svdlens::direction_block;
using svdlens::direction_block_options;
using svdlens::direction_blocks;
using svdlens::direction_error_options;
using svdlens::direction_errors;
using svdlens::eigenvalue_signs;
using svdlens::factored_matrix;
using svdlens::factored_set;
using svdlens::factored_svd;
using svdlens::float_attention_profile;
using svdlens::float_diagonal_test;
using svdlens::float_direction_errors;
using svdlens::float_directions;
using svdlens::float_eigenvalue_signs;
using svdlens::flow;
using svdlens::frobenius_cosine;
using svdlens::head_axes;
using svdlens::head_composition;
using svdlens::head_compositions;
using svdlens::head_index;
using svdlens::head_pairs;
using svdlens::head_spectra;
using svdlens::head_spectrum;
using svdlens::layer_spectra;
using svdlens::layer_spectrum;
using svdlens::leave_out;
using svdlens::moments_of;
using svdlens::normalized;
using svdlens::power_law;
using svdlens::power_law_of;
using svdlens::power_law_options;
using svdlens::principal_directions;
using svdlens::product_law;
using svdlens::product_law_of;
using svdlens::ranks_of;
using svdlens::reading_directions;
using svdlens::residual_port;
using svdlens::rounding_noise;
using svdlens::seen_space;
using svdlens::singular_directions;
using svdlens::spectrum_ranks;
using svdlens::v_composition;
using svdlens::vector_moments;
using svdlens::vector_set;
using svdlens::with_centered_writing;
using svdlens::without_dead_parts;
using svdlens::writing_directions;
} // namespace of_directions

namespace of_projection {
using svdlens::basic_energies;
using svdlens::basic_projection;
using svdlens::energies;
using svdlens::energy_kind;
using svdlens::energy_options;
using svdlens::fewest_sharing;
using svdlens::float_energies;
using svdlens::index_list;
using svdlens::null_space;
using svdlens::project;
using svdlens::projected_rows;
using svdlens::projection;
using svdlens::projection_options;
using svdlens::projection_restriction;
using svdlens::score_kind;
using svdlens::score_parts;
using svdlens::to_text;
} // namespace of_projection

namespace of_significance {
using svdlens::alignment_of;
using svdlens::basic_energy_cosines;
using svdlens::block_energies;
using svdlens::composition_moments;
using svdlens::composition_test;
using svdlens::control_counts;
using svdlens::control_of;
using svdlens::critical_score;
using svdlens::decoy_discoveries;
using svdlens::discovered_rows;
using svdlens::discoveries;
using svdlens::discovery_count;
using svdlens::discovery_options;
using svdlens::discovery_test;
using svdlens::energy_test;
using svdlens::factor_alignment;
using svdlens::findings;
using svdlens::for_each_discovery;
using svdlens::log_p;
using svdlens::log_p_of_block;
using svdlens::log_p_of_composition;
using svdlens::log_p_of_energy;
using svdlens::log_p_one_sided;
using svdlens::moments_of_composition;
using svdlens::null_model;
using svdlens::p_weights;
using svdlens::tested_as;
using svdlens::row_weights;
using svdlens::score_error;
using svdlens::score_error_options;
using svdlens::score_errors;
using svdlens::score_side;
using svdlens::spectrum;
using svdlens::summary_text;
using svdlens::test_compositions;
using svdlens::test_of;
using svdlens::with_energies;
} // namespace of_significance

namespace of_model {
using svdlens::adapter_updates;
using svdlens::analyses_of;
using svdlens::attention_names;
using svdlens::attention_weights;
using svdlens::basic_attention;
using svdlens::basic_block;
using svdlens::basic_mixture;
using svdlens::basic_mlp;
using svdlens::basic_named_matrix;
using svdlens::basic_norm;
using svdlens::basic_stream_vectors;
using svdlens::basic_transformer_weights;
using svdlens::block_order;
using svdlens::center_unembed;
using svdlens::center_writing_weights;
using svdlens::describe_model;
using svdlens::find_scheme;
using svdlens::flow_of;
using svdlens::fold_norms;
using svdlens::fold_post_norms;
using svdlens::fold_value_biases;
using svdlens::known_schemes;
using svdlens::largest_scheme_file;
using svdlens::matrix_role;
using svdlens::mixture_weights;
using svdlens::mlp_weights;
using svdlens::model_analysis;
using svdlens::model_description;
using svdlens::model_sizes;
using svdlens::named_matrix;
using svdlens::naming_scheme;
using svdlens::norm_output;
using svdlens::norm_placement;
using svdlens::norm_weights;
using svdlens::parse_scheme;
using svdlens::port_of;
using svdlens::read_scheme;
using svdlens::residual_site;
using svdlens::rotary_embedding;
using svdlens::rotary_pairing;
using svdlens::scheme_file;
using svdlens::scheme_json;
using svdlens::scheme_match;
using svdlens::scheme_search;
using svdlens::scheme_suggestion;
using svdlens::stored_vectors;
using svdlens::stream_place;
using svdlens::stream_places;
using svdlens::stream_vectors;
using svdlens::suggest_scheme;
using svdlens::to_string;
using svdlens::transformer_block;
using svdlens::transformer_options;
using svdlens::transformer_weights;
using svdlens::vector_axes;
using svdlens::weight_step;
using svdlens::weight_steps;
using svdlens::with_token_labels;
using svdlens::with_vectors;
using svdlens::write_scheme;
using svdlens::minigrid::action_labels;
using svdlens::minigrid::actions;
using svdlens::minigrid::channels;
using svdlens::minigrid::compact_channels;
using svdlens::minigrid::feature;
using svdlens::minigrid::feature_labels;
using svdlens::minigrid::features;
using svdlens::minigrid::view;
using svdlens::schemes::architecture_traits;
using svdlens::schemes::axis_factor;
using svdlens::schemes::config_multipliers;
using svdlens::schemes::embedding_scale;
using svdlens::schemes::extra_name;
using svdlens::schemes::first_attention;
using svdlens::schemes::fused_slice;
using svdlens::schemes::gated_bias;
using svdlens::schemes::hint_name;
using svdlens::schemes::joined;
using svdlens::schemes::matrix_form;
using svdlens::schemes::missing_unembedding;
using svdlens::schemes::model_axis;
using svdlens::schemes::name_root;
using svdlens::schemes::part_name;
using svdlens::schemes::position_kind;
using svdlens::schemes::recognition;
using svdlens::schemes::scheme_marker;
using svdlens::schemes::score_scale;
using svdlens::schemes::stack_part;
using svdlens::schemes::stacked_axes;
using svdlens::schemes::stored_axes;
using svdlens::schemes::stored_dimension;
using svdlens::schemes::stored_gain;
using svdlens::schemes::tensor_hint;
using svdlens::schemes::weight_part;
} // namespace of_model

namespace of_export {
using svdlens::arrow_options;
using svdlens::arrow_stream;
using svdlens::basic_csv_sink;
using svdlens::basic_npy_sink;
using svdlens::csv_number;
using svdlens::csv_options;
using svdlens::csv_sink;
using svdlens::csv_writer;
using svdlens::graphml_options;
using svdlens::npy_sink;
using svdlens::parallel_edges;
using svdlens::to_arrow;
using svdlens::to_dot;
using svdlens::to_graphml;
using svdlens::to_json;
using svdlens::write_csv;
using svdlens::write_dot;
using svdlens::write_graphml;
using svdlens::write_npy;
} // namespace of_export

namespace of_circuit {
using svdlens::all_channel_classes;
using svdlens::basic_induction_circuits;
using svdlens::channel_class;
using svdlens::channel_map;
using svdlens::channel_map_options;
using svdlens::channel_reader;
using svdlens::channel_table;
using svdlens::channel_writer;
using svdlens::chart_channels;
using svdlens::copying_scores;
using svdlens::copying_test;
using svdlens::dead_parts_of;
using svdlens::float_induction_circuits;
using svdlens::induction_circuits;
using svdlens::matching_test;
using svdlens::ov_circuits;
using svdlens::position_profile;
using svdlens::position_profile_options;
using svdlens::position_test_options;
using svdlens::previous_token_test;
using svdlens::qk_circuits;
using svdlens::rotary_frequencies;
using svdlens::rotary_qk_circuits;
using svdlens::stored_noise;
using svdlens::to_channel_class;
using svdlens::token_test_options;
} // namespace of_circuit

namespace of_plot {
using svdlens::plot::bar;
using svdlens::plot::bar_options;
using svdlens::plot::color;
using svdlens::plot::computed_columns;
using svdlens::plot::dash;
using svdlens::plot::dashes;
using svdlens::plot::description_table;
using svdlens::plot::drawn_by;
using svdlens::plot::ecdf;
using svdlens::plot::ecdf_options;
using svdlens::plot::figure;
using svdlens::plot::grid;
using svdlens::plot::grid_options;
using svdlens::plot::heat_table;
using svdlens::plot::heat_table_options;
using svdlens::plot::heatmap;
using svdlens::plot::heatmap_options;
using svdlens::plot::histogram;
using svdlens::plot::histogram_options;
using svdlens::plot::html_options;
using svdlens::plot::html_table;
using svdlens::plot::json;
using svdlens::plot::line;
using svdlens::plot::line_options;
using svdlens::plot::negative_color;
using svdlens::plot::network;
using svdlens::plot::network_figure;
using svdlens::plot::network_options;
using svdlens::plot::page;
using svdlens::plot::page_section;
using svdlens::plot::palette;
using svdlens::plot::panel;
using svdlens::plot::panel_source;
using svdlens::plot::plotly_from_cdn;
using svdlens::plot::positive_color;
using svdlens::plot::row_table;
using svdlens::plot::row_table_options;
using svdlens::plot::scatter;
using svdlens::plot::scatter_options;
using svdlens::plot::script_source;
using svdlens::plot::strip;
using svdlens::plot::strip_colors;
using svdlens::plot::strip_options;
using svdlens::plot::symbol;
using svdlens::plot::symbols;
using svdlens::plot::table_cell;
using svdlens::plot::thinning_options;
using svdlens::plot::to_html;
using svdlens::plot::to_json;
using svdlens::plot::to_panel;
using svdlens::plot::vis_network_from_cdn;
using svdlens::plot::with_diagonal;
using svdlens::plot::write_html;
using svdlens::plot::write_json;
namespace outside_plot {
using svdlens::write_html;
} // namespace outside_plot
} // namespace of_plot

namespace of_report {
using svdlens::report;
using svdlens::report_options;
} // namespace of_report

namespace of_adapt {
using svdlens::const_eigen_map;
using svdlens::tensor_traits;
using svdlens::to_eigen;
} // namespace of_adapt

} // namespace svdlens_tests::names

TEST_CASE("every public name is listed, and no other") {
    std::ifstream file(std::filesystem::path(SVDLENS_TESTS_PROJECT_DIR) / "tests" / "contract" /
                       "public_names.cpp");
    std::set<std::string> listed;
    for (std::string line; std::getline(file, line);)
        if (line.rfind("using svdlens::", 0) == 0) listed.insert(line.substr(6, line.size() - 7));
    auto names = svdlens_tests::public_names(svdlens_tests::read_headers(SVDLENS_TESTS_INCLUDE_DIR));
    names.erase(std::remove(names.begin(), names.end(), "svdlens::to_xtensor"), names.end());
    CHECK(std::vector<std::string>(listed.begin(), listed.end()) == names);
}
