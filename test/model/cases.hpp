// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The named configurations, and the searches that show what would be found without a piece of the
// algorithm or with a weaker memory order.

#ifndef SHARED_MEMORY_TEST_MODEL_CASES_HPP
#define SHARED_MEMORY_TEST_MODEL_CASES_HPP

#include "lock_model.hpp"
#include "ring_model.hpp"

#include <functional>
#include <string>
#include <variant>
#include <vector>

namespace model {

struct named_case {
    std::string name;
    std::variant<ring_options, lock_options> options;
    bounds within;
    bool quick = false; // part of model_test
    std::string finds;  // the violation that is there; empty: none
};

const std::vector<named_case>& all_cases();
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

//! Each fault of ring_model.hpp and lock_model.hpp in turn.
std::vector<finding> try_faults(double seconds_each,
                                const std::function<void(const finding&)>& say);

//! Each memory order in the library's code, one step weaker and so on down. `filter`: of file:line.
std::vector<finding> try_weakening(double seconds_each, const std::string& filter,
                                   const std::function<void(const finding&)>& say);

} // namespace model

#endif
