// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The other process of build/bits32.cpp, which compiles this with the library's sources for 32 bits.
//
//     peer layout              prints where everything lies
//     peer shapes              prints what types look like
//     peer open|create NAME    the array NAME and the rings NAME-in, NAME-out; then obeys
//
// It reads orders from the one ring and answers into the other.

#include "../../support/shaped_types.hpp"
#include "orders.hpp"

#include <shared_memory/shared_memory.hpp>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <iostream>
#include <numeric>
#include <string>

namespace sm = shared_memory;
using namespace bits32;
using namespace std::chrono_literals;

namespace {

template <class Tag, class... Size>
int obey(Tag tag, const std::string& name, std::uint32_t nodes, Size... length) {
    numbers a(tag, name, std::uint64_t{length}...);
    sm::circular_buffer in = make_ring(tag, name + "-in", nodes);
    sm::circular_buffer out = make_ring(tag, name + "-out", nodes);
    for (;;) {
        const message order = in.read<message>();
        message answer = order;
        switch (static_cast<what>(order.what)) {
        case what::echo:
            for (auto& word : answer.words)
                word = ~word;
            break;
        case what::sum:
            answer.words[0] = 0;
            a.read_write_timeout(10s);
            for (std::size_t i = 0; i != a.size(); ++i)
                answer.words[0] += a.read(i);
            break;
        case what::write:
            a.write(order.words[1], static_cast<std::size_t>(order.words[0]));
            break;
        case what::lock:
            answer.words[0] = a.try_lock_for(std::chrono::milliseconds(order.words[0])) ? 1 : 0;
            break;
        case what::unlock:
            a.unlock();
            break;
        case what::lock_shared:
            answer.words[0] =
                a.try_lock_shared_for(std::chrono::milliseconds(order.words[0])) ? 1 : 0;
            break;
        case what::unlock_shared:
            a.unlock_shared();
            break;
        case what::inconsistent:
            answer.words[0] = a.inconsistent() ? 1 : 0;
            break;
        case what::die:
            std::raise(SIGKILL);
            break;
        case what::end:
            out.write(answer);
            // the creator's end is the segments': not before the answer is read
            return out.wait_drained_for(20s) ? 0 : 3;
        }
        out.write(answer);
    }
}

} // namespace

int main(int argc, char** argv) {
    const std::string mode = argc > 1 ? argv[1] : "";
    try {
        if (mode == "layout") {
            std::cout << layout(sizeof(void*) == 4);
            return 0;
        }
        if (mode == "shapes") {
            std::cout << shaped_types::all();
            return 0;
        }
        if (argc == 3 && mode == "open")
            return obey(sm::open_only, argv[2], 0);
        if (argc == 3 && mode == "create")
            return obey(sm::create_only, argv[2], node_count, array_length);
        std::cerr << "usage: peer layout|shapes|open NAME|create NAME\n";
        return 2;
    } catch (const std::exception& failure) {
        std::cerr << "peer: " << failure.what() << '\n';
        return 1;
    }
}
