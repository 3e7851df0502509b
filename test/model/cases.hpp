// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The named configurations, and the searches that show what would be found without a piece of the
// algorithm or with a weaker memory order.

#ifndef SHARED_MEMORY_TEST_MODEL_CASES_HPP
#define SHARED_MEMORY_TEST_MODEL_CASES_HPP

#include "latest_model.hpp"
#include "lock_model.hpp"
#include "ring_model.hpp"
#include "room_model.hpp"
#include "spsc_model.hpp"

#include <functional>
#include <string>
#include <variant>
#include <vector>

namespace model {

//! quick: part of model_test. Of the others, `forms` are those that a slow or quick case covers too,
//! with claims that are kept.
enum class case_set { quick, slow, forms };

using any_options =
    std::variant<ring_options, lock_options, spsc_options, room_options, latest_options>;

struct named_case {
    std::string name;
    any_options options;
    bounds within;
    case_set set = case_set::quick;
};

const std::vector<named_case>& all_cases();
void add_spsc_cases(std::vector<named_case>& to);   // of all_cases(); in spsc_cases.cpp
void add_room_cases(std::vector<named_case>& to);   // in room_cases.cpp
void add_latest_cases(std::vector<named_case>& to); // in latest_cases.cpp
make_scene scene_of(const named_case& c);
std::string describe(const bounds& b);
std::string describe(const verdict& v);

//! A fault, and where it was found.
struct finding {
    std::string what;
    std::string found; // empty: it was not
    std::string where; // the case
    verdict details;
};

//! A piece of the algorithms, left out.
struct named_fault {
    std::string name;
    std::variant<ring_fault, lock_fault, spsc_fault, room_fault, latest_fault> fault;
    const char* likely; // the case that finds it
};
//! Each fault of ring_model.hpp, lock_model.hpp, spsc_model.hpp, room_model.hpp
//! and latest_model.hpp.
const std::vector<named_fault>& all_faults();
void add_spsc_faults(std::vector<named_fault>& to);   // of all_faults(); in spsc_cases.cpp
void add_room_faults(std::vector<named_fault>& to);   // in room_cases.cpp
void add_latest_faults(std::vector<named_fault>& to); // in latest_cases.cpp
//! Tries the likely case first, then all that are small, each for so long at most.
finding try_fault(const named_fault& one, double seconds_each);

//! Each memory order in the library's code, one step weaker and so on down. `filter`: of file:line.
std::vector<finding> try_weakening(double seconds_each, const std::string& filter,
                                   const std::function<void(const finding&)>& say);

} // namespace model

#endif
