// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// A daemon reads what four clients write, and is restarted again and again meanwhile, in order or by a
// kill: no client sees an error, nothing is lost, and nothing comes twice without being told.

#include "peer.hpp"

#include <boost/interprocess/mapped_region.hpp>

#include <atomic>

using namespace test_support;
using namespace std::chrono_literals;

namespace {

constexpr std::uint32_t clients = 4;
constexpr std::uint32_t messages = 2000; // of each
constexpr std::uint32_t nodes = 64;

struct entry {
    std::uint32_t client;
    std::uint32_t number;
};

//! How often each message came unmarked, and whether it came at all.
struct account {
    std::atomic<unsigned char> first;
    std::atomic<unsigned char> any;
};
constexpr std::size_t account_bytes = clients * messages * sizeof(account);

class accounts {
public:
    explicit accounts(memory_object const& object)
        : region_(object, boost::interprocess::read_write, 0, account_bytes) {}
    account& of(entry const& e) const {
        return static_cast<account*>(region_.get_address())[e.client * messages + e.number];
    }

private:
    boost::interprocess::mapped_region region_;
};

sm::circular_buffer serve(std::string const& name) {
    return {sm::open_or_create, name, nodes, std::uint32_t{sizeof(entry)},
            sm::options().on_owner_exit(sm::owner_exit::leave).wait_for_creator(10s)};
}

} // namespace

SHARED_MEMORY_TEST_ROLE(restarted_daemon) {
    accounts const book(open_object(args.at(1)));
    std::atomic<bool> stop{false};
    auto ring = serve(args.at(0));
    std::thread listener([&] {
        hear();
        stop = true;
    });
    say(ring.is_owner() ? "up" : "not the owner");
    while (!stop) {
        auto claim = ring.try_claim_read_for(5ms);
        if (!claim)
            continue;
        account& one = book.of(claim->as<entry>());
        if (claim->delivery_count() == 1)
            ++one.first;
        one.any = 1;
        claim->release();
    }
    listener.join();
    return 0; // its destructor leaves
}

SHARED_MEMORY_TEST_ROLE(client_of_a_daemon) {
    sm::circular_buffer ring(sm::open_only, args.at(0),
                             sm::options().wait_for_creator(10s).role(sm::role::writer));
    auto const client = static_cast<std::uint32_t>(std::stoul(args.at(1)));
    say("ready");
    hear();
    for (std::uint32_t i = 0; i != messages; ++i) {
        if (!ring.try_write_for(entry{client, i}, 60s))
            return 1;
        if (i % 16 == 0)
            std::this_thread::sleep_for(100us);
    }
    say("done");
    hear();
    return 0;
}

void restarts(bool by_kill) {
    std::string const name = unique_name("ring");
    std::string const book_name = unique_name("book");
    memory_object const object = create_object(book_name, account_bytes);
    accounts const book(object);
    auto const start = [&] {
        child daemon("restarted_daemon", {name, book_name});
        BOOST_TEST_REQUIRE(daemon.read_line() == "up");
        return daemon;
    };
    child daemon = start();
    std::vector<child> all;
    for (std::uint32_t i = 0; i != clients; ++i) {
        all.emplace_back("client_of_a_daemon", role_args{name, std::to_string(i)});
        BOOST_TEST_REQUIRE(all.back().read_line() == "ready");
    }
    for (child& one : all)
        one.send_line("begin");
    std::atomic<std::uint32_t> done{0};
    std::vector<std::thread> watchers;
    for (child& one : all)
        watchers.emplace_back([&] {
            try {
                if (one.read_line() != "done")
                    BOOST_TEST_MESSAGE("a client ended early");
            } catch (std::exception const& e) {
                BOOST_TEST_MESSAGE("a client has failed: " << e.what());
            }
            ++done;
        });
    int restarted = 0;
    while (done != clients) {
        std::this_thread::sleep_for(10ms);
        if (by_kill) {
            daemon.kill();
        } else {
            daemon.send_line("stop");
            BOOST_TEST(daemon.wait() == 0);
        }
        daemon = start();
        ++restarted;
    }
    for (std::thread& one : watchers)
        one.join();
    BOOST_TEST_MESSAGE("the daemon was restarted " << restarted << " times");
    BOOST_TEST(restarted >= 3);
    for (child& one : all) {
        one.send_line("end");
        BOOST_TEST(one.wait() == 0, "a client has seen an error");
    }
    std::uint32_t lost = 0;
    std::uint32_t twice = 0;
    BOOST_TEST(becomes_true([&] {
        lost = twice = 0;
        for (std::uint32_t c = 0; c != clients; ++c) {
            for (std::uint32_t i = 0; i != messages; ++i) {
                lost += book.of({c, i}).any == 0 ? 1U : 0U;
                twice += book.of({c, i}).first > 1 ? 1U : 0U;
            }
        }
        return lost == 0;
    }));
    BOOST_TEST(lost == 0U);
    BOOST_TEST(twice == 0U);
    daemon.send_line("stop");
    BOOST_TEST(daemon.wait() == 0);
    BOOST_TEST(!exists(name), "nothing is unread, and the last one has left");
    remove_object(book_name);
}

BOOST_AUTO_TEST_CASE(a_daemon_that_restarts_in_order) {
    restarts(false);
}
BOOST_AUTO_TEST_CASE(a_daemon_that_is_killed, *needs_robust_waiting()) {
    restarts(true);
}
