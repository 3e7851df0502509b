// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// A process with a ring's handle that does what it is told.

#ifndef SHARED_MEMORY_TEST_PEER_HPP
#define SHARED_MEMORY_TEST_PEER_HPP

#include "segment_files.hpp"

#include <shared_memory/shared_buffer.hpp>

#include <boost/algorithm/string/classification.hpp>
#include <boost/algorithm/string/split.hpp>

#include <optional>
#include <thread>

namespace test_support {

inline std::int64_t steady_now() {
    return std::chrono::steady_clock::now().time_since_epoch().count();
}

inline std::string obey(sm::circular_buffer& ring, std::vector<std::string> const& words) {
    std::string const& verb = words.at(0);
    auto const argument = [&](std::size_t i) { return words.at(i); };
    auto const how = [&](std::size_t i) {
        return words.size() > i ? sm::options().max_participants(
                                      static_cast<std::uint32_t>(std::stoul(words[i])))
                                : sm::options();
    };
    auto const yes = [](bool value) { return std::string(value ? "yes" : "no"); };
    if (verb == "create_only")
        ring = sm::circular_buffer(sm::create_only, argument(1), 4, 8, how(2));
    else if (verb == "open_or_create")
        ring = sm::circular_buffer(sm::open_or_create, argument(1), 4, 8, how(2));
    else if (verb == "open_only")
        ring = sm::circular_buffer(sm::open_only, argument(1));
    else if (verb == "open_read_only")
        ring = sm::circular_buffer(sm::open_read_only, argument(1));
    else if (verb == "remove")
        return yes(sm::shared_buffer::remove(argument(1)));
    else if (verb == "write")
        return yes(ring.try_write_for(std::stoi(argument(1)), std::chrono::seconds(10)));
    else if (verb == "read")
        return std::to_string(ring.try_read_for<int>(std::chrono::seconds(10)).value_or(-1));
    else if (verb == "try_read")
        return std::to_string(ring.try_read<int>().value_or(-1));
    else if (verb == "leave")
        ring.leave();
    else if (verb == "keep" || verb == "let_go")
        ring.keep(verb == "keep");
    else if (verb == "kept")
        return yes(ring.kept());
    else if (verb == "left_unread")
        return std::to_string(ring.left_unread());
    else if (verb == "end_of_stream")
        ring.end_of_stream();
    else if (verb == "is_owner")
        return yes(ring.is_owner());
    else if (verb == "owner_alive")
        return yes(ring.owner_alive());
    else if (verb == "participants")
        return std::to_string(ring.participants().size());
    else if (verb == "close")
        ring.close();
    else if (verb == "destroy")
        ring = sm::circular_buffer();
    else
        die_by(verb);
    return "ok";
}

SHARED_MEMORY_TEST_ROLE_OF_HEADER(peer_role) {
    sm::circular_buffer ring;
    std::vector<std::string> words;
    say("ready");
    for (;;) {
        std::string const line = hear();
        boost::split(words, line, boost::is_any_of(" "));
        if (words.front() == "at") { // at TIME COMMAND: all at once, not one after the other
            std::int64_t const start = std::stoll(words.at(1));
            words.erase(words.begin(), words.begin() + 2);
            while (steady_now() < start)
                std::this_thread::yield();
        }
        if (words.front() == "quit")
            return 0;
        try {
            say(obey(ring, words));
        } catch (sm::error const& e) {
            say("error " + std::to_string(e.code().value()) + ' ' + e.what());
        }
    }
}

class peer : public child {
public:
    peer() : child("peer_role") {
        if (read_line() != "ready")
            throw std::runtime_error("a peer that is not ready");
    }
    explicit peer(std::string const& first_command) : peer() {
        std::string const reply = ask(first_command);
        if (reply != "ok")
            throw std::runtime_error("peer: " + first_command + ": " + reply);
    }
    std::string ask(std::string const& command) {
        send_line(command);
        return read_line();
    }
};

// What a peer answers to a command that fails so.
inline bool is_error(std::string const& reply, sm::errc code) {
    std::string const start = "error " + std::to_string(static_cast<int>(code)) + ' ';
    return reply.compare(0, start.size(), start) == 0;
}

// A segment whose owner was killed: 4 nodes of 8 bytes, with the messages 1 and 2.
inline std::string dead_leftover(std::string const& hint) {
    std::string name = unique_name(hint);
    peer owner("create_only " + name);
    for (char const* const command : {"write 1", "write 2"})
        if (owner.ask(command) != "yes")
            throw std::runtime_error("the owner could not write");
    keep_object(name);
    owner.kill();
    return name;
}

inline std::string error_text(std::string const& reply) {
    return "got: " + reply;
}

} // namespace test_support

#endif
