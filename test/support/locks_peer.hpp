// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// A process that takes and lets go of an array's locks as it is told.

#ifndef SHARED_MEMORY_TEST_LOCKS_PEER_HPP
#define SHARED_MEMORY_TEST_LOCKS_PEER_HPP

#include "leftovers.hpp"
#include "locks_support.hpp"

#include <shared_memory/shared_array.hpp>

#include <string>

namespace locks_test {

using array = shared_memory::shared_array<int>;

struct two_handles {
    std::string name = test_support::unique_name("a");
    array a{shared_memory::create_only, name, 100};
    array b{shared_memory::open_only, name};
};

inline const char* word_for(shared_memory::acquired got) {
    return got == shared_memory::acquired::ok ? "ok" : got ? "inconsistent" : "timed_out";
}

// One order; "" if there is no such.
inline std::string obey(array& a, const std::string& order) {
    using shared_memory::errc;
    try {
        if (order == "lock")
            return word_for(a.acquire_write_lock());
        if (order == "lock 30")
            return word_for(a.acquire_write_lock(30ms));
        if (order == "lock_shared")
            return word_for(a.acquire_read_lock());
        if (order == "lock_shared 30")
            return word_for(a.acquire_read_lock(30ms));
        if (order == "unlock")
            a.release_write_lock();
        else if (order == "unlock_shared")
            a.release_read_lock();
        else if (order == "write")
            a.write(77, 0);
        else if (order == "read")
            a.read(0);
        else if (order == "mark_consistent")
            a.mark_consistent();
        else
            return {};
        return "ok";
    } catch (const shared_memory::error& failure) {
        return failure.code().message();
    }
}

SHARED_MEMORY_TEST_ROLE_OF_HEADER(obeys) {
    array a(shared_memory::open_only, args.at(0));
    test_support::say("ready");
    for (;;) {
        const std::string order = test_support::hear();
        if (order == "end")
            return 0;
        test_support::say(obey(a, order));
    }
}

struct peer : test_support::child {
    explicit peer(const std::string& name) : child("obeys", {name}) { read_line(); }
    std::string ask(const char* order) {
        send_line(order);
        return read_line();
    }
    bool ends() {
        send_line("end");
        return wait() == 0;
    }
};

} // namespace locks_test

#endif
