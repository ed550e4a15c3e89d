/// @file
/// The program: from a checkpoint to its circuits. `svdlens --help` says how.

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <iterator>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "program/analyse.hpp"
#include "program/command_line.hpp"
#include "program/diff.hpp"
#include "program/edges.hpp"
#include "program/ending.hpp"
#include "program/estimate.hpp"
#include "program/inspect.hpp"
#include "program/map.hpp"
#include "program/options.hpp"
#include "program/planted.hpp"
#include "program/report.hpp"
#include "program/shards.hpp"
#include "program/version.hpp"

namespace {

using program::options;

struct command {
    const char* name;
    const char* alias; ///< empty: none
    const char* what;
    const char* examples;
    void (*offer)(CLI::App& to, options& o);
    int (*run)(const options& o);
};

int merge_command(const options& o);

int analyse(const options& o) { return program::analyse_command(o); }

int shard_or_run(const options& o, int (*command)(const options&)) {
    return o.shard && o.estimate ? program::print_estimate(o) : program::run_or_shard(o, command);
}

const command commands[] = {
    {"inspect", "", "what a checkpoint holds, and whether it is a transformer",
     "  svdlens inspect model.safetensors\n"
     "  svdlens inspect ~/models/gpt2 --all\n"
     "  svdlens inspect circuit          (a folder of results: is it whole?)\n",
     [](CLI::App& to, options& o) {
         program::add_model(to, o, true);
         to.add_flag("--all", o.all_tensors, "a line for every tensor");
         to.add_option("--suggest-scheme", o.suggestion,
                       "write a file for --scheme: the model's scheme, or one to\nstart from")
             ->type_name("FILE");
         program::add_talk(to, o);
     },
     [](const options& o) { return program::inspect_command(o); }},
    {"analyse", "analyze", "tables and graphs of all circuits, into a folder",
     "  svdlens analyse model.safetensors --out circuit\n"
     "  svdlens analyse gpt2 --layers 0-3 --tail 0.0001\n"
     "  svdlens analyse                  (plants a circuit and finds it again)\n",
     [](CLI::App& to, options& o) {
         program::add_model(to, o, false);
         program::add_scores(to, o, "0.001; planted model: 0.01");
         program::add_tests(to, o);
         program::add_filters(to, o);
         program::add_features(to, o);
         program::add_neurons(to, o);
         o.max_edges = 100'000;
         program::add_count(to, "--max-edges", o.max_edges,
                            "the graph files hold the N strongest edges, 0 for all\n(default: 100000)");
         o.paths = 1000;
         program::add_count(
             to, "--paths", o.paths,
             "the N strongest paths from inputs through heads to\neach kind of output, 0 for none "
             "(default: 1000)");
         program::add_output(to, o, "the folder (default: circuit)");
         program::add_export(to, o);
         program::add_shard(to, o);
         program::add_limits(to, o);
         program::add_talk(to, o);
     },
     [](const options& o) { return shard_or_run(o, analyse); }},
    {"edges", "", "the edges of a model of any size, in bounded memory",
     "  svdlens edges llama-3-8b --tail 0.0001 --out edges.csv\n"
     "  svdlens edges gpt2 --heads L5H1,L5H5 --tokens --top 50\n"
     "  svdlens edges gpt2 --vectors 'sae=reads:sae.safetensors:W_enc@resid_pre.8'\n",
     [](CLI::App& to, options& o) {
         program::add_model(to, o, true);
         program::add_scores(to, o, "0.001");
         program::add_filters(to, o);
         to.add_flag("--abs", o.magnitudes, "edges lie beyond the 1-P quantile of |score|");
         program::add_count(to, "--top", o.top, "instead of tails: the N largest |score| of each table", 1);
         to.add_flag("--tokens", o.tokens, "also tokens (or actions), a table more");
         program::add_output(to, o, "a CSV file of all edges (default: none)");
         program::add_shard(to, o);
         program::add_limits(to, o);
         program::add_talk(to, o);
     },
     [](const options& o) { return shard_or_run(o, program::edges_command); }},
    {"map", "", "every class of channel, and what of it is more than chance",
     "  svdlens map gpt2 --out map.csv\n"
     "  svdlens map gpt2 --classes head_to_key,neuron_to_neuron\n",
     [](CLI::App& to, options& o) {
         program::add_model(to, o, true);
         program::add_map(to, o);
         program::add_output(to, o, "a CSV file of all that is found (default: none)");
         program::add_shard(to, o);
         program::add_limits(to, o);
         program::add_talk(to, o);
     },
     [](const options& o) { return shard_or_run(o, program::map_command); }},
    {"diff", "", "what changed between two checkpoints of one model",
     "  svdlens diff step1000.safetensors step2000.safetensors\n"
     "  svdlens diff gpt2 gpt2-finetuned --out diff\n"
     "  svdlens diff llama-3-8b adapter_folder\n",
     [](CLI::App& to, options& o) {
         program::add_diff(to, o);
         program::add_vectors(to, o);
         program::add_features(to, o);
         program::add_neurons(to, o);
         program::add_output(to, o, "the folder (default: diff)");
         program::add_limits(to, o);
         program::add_talk(to, o);
     },
     [](const options& o) { return program::diff_command(o); }},
    {"report", "", "one page for a browser",
     "  svdlens report model.safetensors --out report.html\n"
     "  svdlens report gpt2 --embed node_modules\n",
     [](CLI::App& to, options& o) {
         program::add_model(to, o, true);
         program::add_scores(to, o, "0.001");
         program::add_rate(to, o);
         program::add_null(to, o);
         program::add_head_tests(to, o);
         program::add_features(to, o);
         program::add_neurons(to, o);
         o.max_edges = 500;
         program::add_count(to, "--max-edges", o.max_edges,
                            "found edges that the graph holds (default: 500)");
         program::add_output(to, o, "the page (default: report.html)");
         to.add_option(
               "--embed", o.embed,
               "write plotly.js and vis-network into the page; DIR is\nnode_modules, or holds plotly.min.js "
               "and\nvis-network.min.js (default: fetched from a CDN)")
             ->type_name("DIR");
         to.add_option("--link", o.link, "find them at DIR, seen from the page")->type_name("DIR");
         program::add_limits(to, o);
         program::add_talk(to, o);
     },
     [](const options& o) { return program::report_command(o); }},
    {"merge", "", "puts together what the shards of a command found",
     "  svdlens edges llama-3-8b --shard 2/7 --out work    (and the other six)\n"
     "  svdlens merge work\n",
     [](CLI::App& to, options& o) {
         to.add_option("DIR", o.model, "the folder of the shards")->type_name("")->required();
         program::add_output(to, o, "the result (default: circuit, edges.csv or map.csv in\nDIR)");
         to.add_flag("--mixed", o.mixed, "shards of unlike machines go together");
         program::add_count(to, "--threads", o.threads, "worker threads, 0 for all (default: 0)");
         program::add_talk(to, o);
     },
     [](const options& o) { return merge_command(o); }},
    {"planted", "", "a small model with a known circuit",
     "  svdlens planted --out planted.safetensors --seed 1\n"
     "  svdlens planted --program induction --form grouped --out model.safetensors\n",
     [](CLI::App& to, options& o) {
         program::add_output(to, o, "the file (default: planted.safetensors)");
         program::add_count(to, "--seed", o.seed, "another model of the kind (default: 0)");
         program::add_programs(to, o);
         program::add_talk(to, o);
     },
     [](const options& o) { return program::planted_command(o); }},
};

/// What can be merged, and where its result goes.
struct shared_command {
    const char* name;
    const char* result;
    int (*run)(const options& o);
};

const shared_command shared_commands[] = {{"analyse", "circuit", analyse},
                                          {"edges", "edges.csv", program::edges_command},
                                          {"map", "map.csv", program::map_command}};

/// Asks the command of the shards, with the arguments that they were given, to make its result of what they found.
int merge_command(const options& o) {
    const auto work = program::work_of_shards(o.model);
    const auto asked = [&](const auto& each) { return each.name == work.command; };
    const auto* const found = std::find_if(std::begin(commands), std::end(commands), asked);
    const auto* const shared = std::find_if(std::begin(shared_commands), std::end(shared_commands), asked);
    if (found == std::end(commands) || shared == std::end(shared_commands))
        throw program::usage_error(o.model +
                                   ": its shards are of no command that can be merged: " + work.command);
    options of = o;
    of.model.clear();
    CLI::App parser;
    found->offer(parser, of);
    parser.parse(std::vector<std::string>(work.arguments.rbegin(), work.arguments.rend()));
    of.program = "svdlens " + work.command;
    of.command = work.command;
    of.given = work.arguments;
    return program::merge_shards(of, o.model, shared->result, work.started_in, shared->run);
}

std::vector<std::string> command_names() {
    std::vector<std::string> names;
    for (const auto& each : commands) {
        names.emplace_back(each.name);
        if (*each.alias != '\0') names.emplace_back(each.alias);
    }
    return names;
}

std::vector<std::string> option_names(const CLI::App& of) {
    std::vector<std::string> names;
    for (const auto* option : of.get_options())
        for (const auto& name : option->get_lnames()) names.push_back("--" + name);
    return names;
}

/// What is left over on a command line.
void refuse_extras(const CLI::App& app, const CLI::App* chosen) {
    const auto extras = (chosen != nullptr ? *chosen : app).remaining();
    if (extras.empty()) return;
    const auto& first = extras.front();
    using program::detail::nearest;
    if (first.starts_with("-")) {
        const auto option = first.substr(0, first.find('='));
        throw program::usage_error("unknown option " + option +
                                   nearest(option, option_names(chosen != nullptr ? *chosen : app)));
    }
    if (chosen == nullptr)
        throw program::usage_error("no command " + first + nearest(first, command_names()));
    throw program::usage_error("more than one model: " + first);
}

/// What CLI11 finds wrong, in our words where they are clearer.
[[noreturn]] void refuse(const CLI::ParseError& failure) {
    if (failure.get_exit_code() == static_cast<int>(CLI::ExitCodes::RequiredError))
        throw program::usage_error("a model is missing");
    std::string text = failure.what();
    std::replace(text.begin(), text.end(), '\n', ' ');
    throw program::usage_error(text);
}

/// All commands, each with the options that it will be asked with.
std::vector<CLI::App*> add_commands(CLI::App& app, std::vector<options>& asked) {
    std::vector<CLI::App*> made;
    for (std::size_t k = 0; k < std::size(commands); ++k) {
        const auto& each = commands[k];
        auto* sub = app.add_subcommand(each.name, each.what);
        if (*each.alias != '\0') sub->alias(each.alias);
        sub->set_help_flag("-h,--help", "this text");
        sub->get_formatter()->column_width(22);
        sub->footer(std::string("\nExamples:\n") + each.examples);
        sub->allow_extras();
        each.offer(*sub, asked[k]);
        made.push_back(sub);
    }
    return made;
}

int run(int count, char** arguments, std::string& name) {
    CLI::App app("Which attention heads read what, write what, and feed which neurons, tokens and\n"
                 "later heads: from a transformer's weights alone.\n",
                 "svdlens");
    app.set_help_flag("-h,--help", "this text, or that of a command: svdlens analyse --help");
    app.set_version_flag("--version", program::build_text(), "version, revision and options of the build");
    app.get_formatter()->column_width(22);
    app.allow_extras();
    app.require_subcommand(0, 1);
    app.footer("\nExamples:\n  svdlens inspect model.safetensors\n  svdlens analyse model.safetensors --out "
               "circuit\n"
               "  svdlens report model.safetensors --out report.html");
    std::vector<options> asked(std::size(commands));
    const auto made = add_commands(app, asked);
    const auto chosen = [&] {
        return app.get_subcommands().empty() ? nullptr : app.get_subcommands().front();
    };
    try {
        app.parse(count, arguments);
    } catch (const CLI::Success& text) {
        return app.exit(text); // help and version
    } catch (const program::usage_error&) {
        if (chosen() != nullptr) name += " " + chosen()->get_name();
        throw;
    } catch (const CLI::ParseError& failure) {
        if (chosen() != nullptr) name += " " + chosen()->get_name();
        refuse_extras(app, chosen());
        refuse(failure);
    }
    if (chosen() == nullptr) {
        refuse_extras(app, nullptr);
        throw program::usage_error(
            "a command is missing: inspect, analyse, edges, map, diff, report, merge or planted");
    }
    refuse_extras(app, nullptr); // what stands before the command
    name += " " + chosen()->get_name();
    refuse_extras(app, chosen());
    const auto k = static_cast<std::size_t>(std::find(made.begin(), made.end(), chosen()) - made.begin());
    asked[k].program = name;
    asked[k].command = made[k]->get_name();
    asked[k].given.assign(std::find(arguments, arguments + count, chosen()->get_name()) + 1,
                          arguments + count);
    return commands[k].run(asked[k]);
}

} // namespace

int main(int count, char** arguments) {
    std::string name = "svdlens";
    return program::run_program(name, [&] { return run(count, arguments, name); });
}
