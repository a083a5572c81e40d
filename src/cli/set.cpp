#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cstddef>
#include <memory>
#include <optional>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/report.hpp"
#include "run/live.hpp"

namespace skep::cli {
namespace {

struct Arguments {
  std::vector<std::string> words;  // [SESSION] NAME=VALUE…
  std::string map;                 // an id, or the path of a pin
};

using Sections = std::vector<run::LiveSection>;

std::optional<std::uint32_t> number_in(const std::string& text) {
  std::uint32_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
  return is_number ? std::optional(number) : std::nullopt;
}

std::string describe(const run::RunningSession& session) {
  return fmt::format("{} (process {})", session.name, session.process);
}

Result<run::LiveSection> open_section(std::uint32_t map_id) {
  SKEP_TRY(auto map, Map::by_id(map_id));
  return run::LiveSection::open(std::move(map));
}

// Those that can be opened; an error when there are some, and none can.
Result<Sections> open_sections(const run::RunningSession& session) {
  Sections out;
  std::optional<Error> trouble;
  for (const auto id : session.maps) {
    auto section = open_section(id);
    if (section) {
      out.push_back(*std::move(section));
    } else if (!trouble) {
      trouble = std::move(section).error();
    }
  }
  if (out.empty() && trouble) return std::unexpected(*std::move(trouble));
  return out;
}

Result<Sections> open_map(const std::string& name) {
  const auto id = number_in(name);
  SKEP_TRY(auto map, id ? Map::by_id(*id) : Map::open(name));
  SKEP_TRY(auto section, run::LiveSection::open(std::move(map)));
  Sections out;
  out.push_back(std::move(section));
  return out;
}

// The one that is meant: `wanted` is a name, a process number, or empty for the only one.
Result<run::RunningSession> choose(const std::vector<run::RunningSession>& sessions,
                                   const std::string& wanted) {
  const auto process = number_in(wanted);
  std::vector<run::RunningSession> fit;
  std::vector<std::string> names;
  for (const auto& session : sessions) {
    names.push_back(describe(session));
    const bool is_meant = wanted.empty() || session.name == wanted ||
                          (process && session.process == static_cast<int>(*process));
    if (is_meant) fit.push_back(session);
  }
  if (fit.size() == 1) return fit.front();
  if (sessions.empty()) {
    const bool sees_all = ::geteuid() == 0;
    return std::unexpected(
        Error(ErrorKind::not_found, "there is no session of skep whose variables could be set")
            .hint(sees_all ? "`skep run NAME` starts one; of other programs name the map: --map ID."
                           : "Those of root are seen by root alone: use sudo."));
  }
  if (fit.empty()) {
    return std::unexpected(
        Error(ErrorKind::not_found, fmt::format("there is no session '{}'", wanted))
            .hint(fmt::format("There is {}.", enumerate(names))));
  }
  return std::unexpected(
      Error(ErrorKind::invalid_argument, "there are several sessions")
          .hint(fmt::format("Name one by its process number: there is {}.", enumerate(names))));
}

std::unexpected<Error> refuse_variable(const Sections& sections, const std::string& name) {
  std::vector<std::string> names;
  for (const auto& section : sections) {
    for (const auto& variable : section.variables()) {
      if (!section.is_frozen()) names.push_back(variable.name);
    }
  }
  Error error(ErrorKind::not_found, fmt::format("there is no variable '{}'", name));
  if (names.empty()) {
    return std::unexpected(std::move(error).hint("There is none that could be changed."));
  }
  return std::unexpected(
      std::move(error).hint(fmt::format("What can be changed is {}.", enumerate(names))));
}

struct Place {
  run::LiveSection* section = nullptr;
  const run::LiveVariable* variable = nullptr;
  std::vector<std::byte> value;  // that it shall have
};

Result<Place> find(Sections& sections, const std::string& name) {
  std::string in_c = name;
  std::ranges::replace(in_c, '-', '_');
  for (auto& section : sections) {
    const auto* variable = section.find(in_c);
    if (variable == nullptr) continue;
    if (!section.is_frozen()) return Place{&section, variable, {}};
    return fail(ErrorKind::invalid_argument,
                "{} is const: it was fixed when the program was loaded; give it to `skep run`",
                in_c);
  }
  return refuse_variable(sections, name);
}

// Nothing is changed unless all of it can be.
Result<void> set_all(Sections& sections, const std::vector<std::string>& assignments) {
  std::vector<Place> places;
  for (const auto& assignment : assignments) {
    const auto equals = assignment.find('=');
    SKEP_TRY(auto place, find(sections, assignment.substr(0, equals)));
    SKEP_TRY(place.value, place.section->parse(*place.variable, assignment.substr(equals + 1)));
    places.push_back(std::move(place));
  }
  for (const auto& [section, variable, value] : places) {
    const auto before = section->value(*variable);
    section->set(*variable, value);
    print("{}: {} -> {}\n", variable->name, before, section->value(*variable));
  }
  return {};
}

void print_variables(const Sections& sections) {
  for (const auto& section : sections) {
    if (section.is_frozen()) continue;
    for (const auto& variable : section.variables()) {
      print("  {} = {}  ({})\n", variable.name, section.value(variable), section.type_of(variable));
    }
  }
}

void list(const std::vector<run::RunningSession>& sessions) {
  for (const auto& session : sessions) {
    print("{}\n", describe(session));
    if (const auto sections = open_sections(session)) print_variables(*sections);
  }
  if (sessions.empty()) print("There is no session of skep.\n");
}

Result<void> carry_out(const Arguments& arguments) {
  auto words = arguments.words;
  std::string wanted;
  const bool is_named = !words.empty() && words.front().find('=') == std::string::npos;
  if (is_named) {
    wanted = words.front();
    words.erase(words.begin());
  }
  if (is_named && !arguments.map.empty()) {
    return fail(ErrorKind::invalid_argument,
                "'{}': --map names the section already; it takes NAME=VALUE beside it", wanted);
  }
  for (const auto& word : words) {
    if (word.find('=') != std::string::npos && !word.starts_with('=')) continue;
    return fail(ErrorKind::invalid_argument, "'{}': it takes NAME=VALUE", word);
  }
  Sections sections;
  if (!arguments.map.empty()) {
    SKEP_TRY(sections, open_map(arguments.map));
  } else {
    SKEP_TRY(const auto sessions, run::find_sessions());
    if (arguments.words.empty()) {
      list(sessions);
      return {};
    }
    SKEP_TRY(const auto session, choose(sessions, wanted));
    SKEP_TRY(sections, open_sections(session));
  }
  if (words.empty()) print_variables(sections);
  return set_all(sections, words);
}

int act(const Arguments& arguments) {
  const auto done = carry_out(arguments);
  return done ? exit_ok : report(done.error());
}

}  // namespace

void add_set(CLI::App& app, Action& action) {
  auto arguments = std::make_shared<Arguments>();
  auto* command =
      app.add_subcommand("set", "Change global variables of a program that runs, or list them");
  command
      ->add_option("SESSION NAME=VALUE", arguments->words,
                   "A session's name or process number (unless there is only one), and what to "
                   "change in it; nothing: list them")
      ->option_text(" ");
  command
      ->add_option("--map", arguments->map,
                   "Not of a session: a data section by its map's id, or where it is pinned")
      ->option_text("ID|PIN");
  command->footer(
      "Examples:\n  skep set\n  skep set verbose=true\n  skep set mytool min_latency_ns=10ms\n"
      "  skep set --map 42 verbose=true");
  command->callback([arguments, &action] { action = [arguments] { return act(*arguments); }; });
}

}  // namespace skep::cli
