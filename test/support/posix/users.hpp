// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Users that tests are, or become.

#ifndef SHARED_MEMORY_TEST_USERS_HPP
#define SHARED_MEMORY_TEST_USERS_HPP

#include <grp.h>
#include <sys/types.h>
#include <unistd.h>

namespace test_support {

inline constexpr uid_t nobody = 65534;

inline bool is_root() {
    return geteuid() == 0;
}

// For good. False: this process may not.
inline bool become(uid_t user) {
    return setgroups(0, nullptr) == 0 && setgid(user) == 0 && setuid(user) == 0;
}

} // namespace test_support

#endif
