// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The contract of lib/system/process.hpp: what tells a process from any other.

#include "support.hpp"

#include <system/process.hpp>

#include <string>

using namespace test_support;
namespace smd = shared_memory::detail;

SHARED_MEMORY_TEST_ROLE(system_process) {
    smd::process_identity const self = smd::this_process();
    say(std::to_string(self.id));
    say(std::to_string(self.start_time));
    hear();
    return 0;
}

BOOST_AUTO_TEST_CASE(process_knows_itself) {
    smd::process_identity const self = smd::this_process();
    BOOST_TEST(self.id == own_process_id());
    BOOST_TEST(self.start_time != 0U);
    smd::process_identity const again = smd::this_process();
    BOOST_TEST(again.id == self.id);
    BOOST_TEST(again.start_time == self.start_time);
}

BOOST_AUTO_TEST_CASE(processes_differ) {
    smd::process_identity const self = smd::this_process();
    child other("system_process");
    BOOST_TEST(std::stoull(other.read_line()) != self.id);
    BOOST_TEST(std::stoull(other.read_line()) >= self.start_time, "it has started later");
    other.send_line("end");
    BOOST_TEST(other.wait() == 0);
}
