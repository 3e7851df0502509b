// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The algorithms in every interleaving and with deaths at every step, as far as the quick
// configurations of test/model go. model_check runs the others; doc/proof.md tells what is proven.
//
// Not on Windows: is the same however the library is built.

#include "cases.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdio>

namespace {

using namespace model;

std::vector<named_case> quick_cases() {
    std::vector<named_case> quick;
    for (const named_case& c : all_cases()) {
        if (c.set == case_set::quick)
            quick.push_back(c);
    }
    return quick;
}

} // namespace

namespace model {
std::ostream& operator<<(std::ostream& to, const named_case& c) {
    return to << c.name;
}
std::ostream& operator<<(std::ostream& to, const named_fault& f) {
    return to << f.name;
}
} // namespace model

BOOST_DATA_TEST_CASE(configuration, boost::unit_test::data::make(quick_cases()), one) {
    bounds b = one.within;
    b.seconds = 100; // a limit for a machine that does much else
    const verdict v = explore(scene_of(one), b, {}, 5);
    BOOST_TEST_MESSAGE(one.name << ": " << describe(v));
    BOOST_TEST(v.violation == "");
    for (const std::string& line : v.trace)
        std::printf("%s\n", line.c_str());
    BOOST_TEST(v.complete);
}

// A model that finds nothing proves nothing: each piece of the algorithms is left out in turn.
BOOST_DATA_TEST_CASE(fault_is_found, boost::unit_test::data::make(all_faults()), one) {
    BOOST_TEST(!try_fault(one, 30).found.empty(), one.name);
}

// Some of the memory orders, each made weaker; doc/proof.md has all of them.
BOOST_AUTO_TEST_CASE(weak_orders_are_found) {
    struct {
        const char* in;
        weakening w;
    } const weakened[] = {
        {"ra_1w1r", {"waiting.hpp", 0, op::fence, false, order::seq_cst, order::acq_rel}},
        {"ra_1w1r_cas", {"wait_room.hpp", 0, op::fence, false, order::seq_cst, order::acq_rel}},
        {"ra_1w1r_cas", {"node_ring.hpp", 0, op::cas, false, order::seq_cst, order::acq_rel}},
        {"ra_end_2w_cas", {"node_ring.hpp", 0, op::cas, false, order::seq_cst, order::acq_rel}},
        {"ra_2w_repairer", {"node_ring.hpp", 0, op::store, false, order::release, order::relaxed}},
        {"ra_lock_1w1r", {"rw_lock.hpp", 0, op::cas, false, order::seq_cst, order::acq_rel}},
        {"ra_lock_observed", {"rw_lock.hpp", 0, op::fence, false, order::acquire, order::relaxed}},
    };
    for (const auto& one : weakened) {
        for (const named_case& c : all_cases()) {
            if (c.name == one.in)
                BOOST_TEST(!explore(scene_of(c), c.within, one.w).violation.empty(),
                           one.in << ": " << one.w.file << " " << name_of(one.w.what));
        }
    }
}
