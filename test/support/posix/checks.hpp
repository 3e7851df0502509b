// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// What a role checks, which runs no test case: it prints what was not so, and says by its exit status
// whether all was.

#ifndef SHARED_MEMORY_TEST_CHECKS_HPP
#define SHARED_MEMORY_TEST_CHECKS_HPP

#include "segment_files.hpp"

#include <cstdio>
#include <string>
#include <system_error>

namespace test_support {

class checks {
public:
    void that(bool good, std::string const& what) {
        if (good)
            return;
        std::fprintf(stderr, "not so: %s\n", what.c_str());
        failed_ = true;
    }
    // Returns the error's text.
    template <class Call>
    std::string fails(sm::errc code, std::string const& what, Call&& call) {
        outcome const o = outcome_of(call);
        that(o.code == code, what + " fails with " + std::error_code(code).message() +
                                 "; it ended with: " + o.text);
        return o.text;
    }
    int status() const { return failed_ ? 1 : 0; }

private:
    bool failed_ = false;
};

} // namespace test_support

#endif
