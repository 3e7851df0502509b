// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// A handler of SIGTERM ends the program's handles: 10,000 times in all, at some instruction of every
// public call. The call ends, no message is lost, and the name goes with its last user.
//
// A program of its own: keeps signal handlers.
// Not on Windows: is about signals.

#include "ring_support.hpp"
#include "segment_files.hpp"

#include <shared_memory/buffer_read_write.hpp>
#include <shared_memory/shared_array.hpp>
#include <shared_memory/wait_any.hpp>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <functional>
#include <mutex>
#include <optional>
#include <pthread.h>
#include <random>
#include <shared_mutex>
#include <thread>
#include <unistd.h>

using namespace ring_support;
using sm::errc;
using test_support::unique_name;

namespace {

// ---- The handler, and who sends

using ending = void (*)(sm::segment_handle&);
std::atomic<sm::segment_handle*> ended_by_handler{nullptr};
std::atomic<ending> how_to_end{nullptr};
std::atomic<int> ends{0};
std::atomic<int> errors{0};

void on_sigterm(int) {
    const int kept = errno;
    sm::segment_handle* const handle = ended_by_handler.exchange(nullptr);
    if (handle == nullptr)
        return;
    errno = 12345;
    how_to_end.load()(*handle);
    errors += errno == 12345 ? 0 : 1; // the interrupted call may be about to look at it
    errno = kept;
    ++ends;
}

// Sends SIGTERM to the thread that made it, some time after each call of `arm`.
class sender {
public:
    sender() {
        struct sigaction handler {};
        handler.sa_handler = &on_sigterm;
        ::sigaction(SIGTERM, &handler, &old_);
        thread_ = std::thread([this, target = ::pthread_self()] {
            std::minstd_rand random(1);
            while (!over_) {
                if (ended_by_handler.load() == nullptr) {
                    std::this_thread::yield();
                    continue;
                }
                // sometimes at once, sometimes when the call waits already
                const auto until = std::chrono::steady_clock::now() +
                                   std::chrono::nanoseconds(random() % 8 == 0 ? random() % 1000000
                                                                              : random() % 30000);
                while (std::chrono::steady_clock::now() < until)
                    std::this_thread::yield();
                ::pthread_kill(target, SIGTERM);
            }
        });
    }
    ~sender() {
        over_ = true;
        thread_.join();
        ::sigaction(SIGTERM, &old_, nullptr);
    }

private:
    struct sigaction old_ {};
    std::atomic<bool> over_{false};
    std::thread thread_;
};

void closes(sm::segment_handle& handle) {
    handle.close();
}
void leaves(sm::segment_handle& handle) {
    handle.leave();
}
const std::array<ending, 2> endings = {&closes, &leaves};

// Calls until the handler has ended the handle; true if all errors were those of an end.
bool until_ended(sm::segment_handle& handle, const std::function<void()>& call) {
    const int before = ends;
    bool as_expected = true;
    ended_by_handler = &handle;
    while (ends == before) {
        try {
            call();
        } catch (const sm::error& failure) {
            const auto code = failure.code();
            if (code != errc::closed && code != errc::shut_down && code != errc::end_of_stream) {
                BOOST_TEST(false, failure.what());
                as_expected = false;
            }
        }
    }
    return as_expected && !handle.is_open();
}

// ---- Rings

struct ring_users {
    std::string name = unique_name("r");
    std::optional<sm::circular_buffer> owner{std::in_place, sm::create_only, name, 8, 8};
    std::optional<sm::circular_buffer> guest{std::in_place, sm::open_only, name};
    long written = 0, read = 0;

    void write(sm::circular_buffer& h) { written += h.try_write(1) ? 1 : 0; }
    // What is left, by the handle that was not ended.
    void drain(sm::circular_buffer& h) {
        try {
            while (h.try_read_for<int>(0ms))
                ++read;
        } catch (const sm::error& failure) {
            BOOST_TEST((failure.code() == errc::shut_down || failure.code() == errc::end_of_stream),
                       failure.what());
        }
    }
};

struct ring_call {
    const char* what;
    void (*make)(ring_users& users, sm::circular_buffer& h);
};

template <class Claim>
void commit(ring_users& users, Claim claim) {
    if (!claim)
        return;
    claim->commit(4);
    ++users.written;
}

const ring_call ring_calls[] = {
    {"read, for ever", [](ring_users& u, auto& h) { h.template read<int>(), ++u.read; }},
    {"write, for ever", [](ring_users& u, auto& h) { h.write(1), ++u.written; }},
    {"write, read",
     [](ring_users& u, auto& h) {
         h.write(1), ++u.written;
         h.template read<int>(), ++u.read;
     }},
    {"try_write, try_read",
     [](ring_users& u, auto& h) {
         u.write(h);
         u.read += h.template try_read<int>() ? 1 : 0;
     }},
    {"try_write_for, try_read_for",
     [](ring_users& u, auto& h) {
         u.written += h.try_write_for(1, 1ms) ? 1 : 0;
         u.read += h.template try_read_for<int>(1ms) ? 1 : 0;
         u.read += h.template try_read_for<int>(1ms) ? 1 : 0;
     }},
    {"claims",
     [](ring_users& u, auto& h) {
         commit(u, h.try_claim_write());
         if (auto claim = h.try_claim_read()) {
             claim->release();
             ++u.read;
         }
     }},
    {"claims, aborted and given back",
     [](ring_users& u, auto& h) {
         u.write(h);
         (void)h.try_claim_write();
         (void)h.try_claim_read();
     }},
    {"claim_read, for ever", [](ring_users& u, auto& h) { h.claim_read().release(), ++u.read; }},
    {"functions",
     [](ring_users& u, auto& h) {
         u.written += h.try_write([](boost::span<std::byte>) { return 4; }) ? 1 : 0;
         u.read += h.try_read([](boost::span<const std::byte>) {}) ? 1 : 0;
     }},
    {"next_size, discard",
     [](ring_users& u, auto& h) {
         u.write(h);
         (void)h.next_size();
         u.read += h.discard() ? 1 : 0;
     }},
    {"looks",
     [](ring_users&, auto& h) {
         h.participants();
         h.owner_alive();
         h.recover();
         h.snapshot();
         h.writers_alive();
     }},
    {"wait_drained_for",
     [](ring_users& u, auto& h) {
         u.write(h);
         (void)h.wait_drained_for(1ms);
     }},
    {"wait_any",
     [](ring_users&, auto& h) { (void)sm::wait_any({sm::for_reading(h)}, sm::deadline::never()); }},
    {"opens and closes another handle",
     [](ring_users& u, auto&) {
         try {
             sm::circular_buffer more(sm::open_only, u.name);
             u.write(more);
             sm::circular_buffer moved(std::move(more));
         } catch (const sm::error& failure) { // the owner has ended it
             if (failure.code() != errc::not_found)
                 throw;
         }
     }},
};

void one_ring(const ring_call& one, bool by_owner) {
    ring_users users;
    auto& ended = by_owner ? users.owner : users.guest;
    auto& other = by_owner ? users.guest : users.owner;
    BOOST_TEST(until_ended(*ended, [&] { one.make(users, *ended); }), one.what);
    if (!by_owner) { // the owner does not notice
        users.drain(*other);
        BOOST_TEST(other->try_write(1), one.what);
        ++users.written;
    }
    users.drain(*other);
    // A call that was ended may have done what it was to do.
    BOOST_TEST(users.read >= users.written, one.what);
    BOOST_TEST(users.read <= users.written + 1, one.what);
    ended.reset();
    other.reset();
    BOOST_TEST(!sm::segment_handle::remove(users.name), one.what); // the name went with them
}

// ---- Arrays and buffers

using array64 = sm::shared_array<std::uint64_t>;
struct array_call {
    const char* what;
    void (*make)(array64& a);
};
const array_call array_calls[] = {
    {"read, write",
     [](array64& a) {
         a.write(1, 3);
         a.read(3);
     }},
    {"fill, copy_to",
     [](array64& a) {
         std::array<std::uint64_t, 64> words;
         a.fill(7);
         a.copy_to(words);
     }},
    {"unique_lock",
     [](array64& a) {
         const std::unique_lock<array64> lock(a);
         a[0] = a[0] + 1;
         a.write(5, 1);
     }},
    {"shared_lock",
     [](array64& a) {
         const std::shared_lock<array64> lock(a);
         a.read(1);
         const std::shared_lock<array64> nested(a);
     }},
    {"acquire, release",
     [](array64& a) {
         if (a.acquire_write_lock(1ms))
             a.release_write_lock();
         if (a.acquire_read_lock(1ms))
             a.release_read_lock();
     }},
    {"mark_consistent", [](array64& a) { a.mark_consistent(); }},
};

void one_array(const array_call& one, bool by_owner, bool locked_by_other) {
    const auto name = unique_name("a");
    std::optional<array64> owner(std::in_place, sm::create_only, name, 64);
    std::optional<array64> guest(std::in_place, sm::open_only, name);
    auto& ended = by_owner ? owner : guest;
    auto& other = by_owner ? guest : owner;
    ended->read_write_timeout(20s);
    if (locked_by_other)
        other->lock(); // the call waits
    BOOST_TEST(until_ended(*ended, [&] { one.make(*ended); }), one.what);
    if (locked_by_other)
        other->unlock();
    ended.reset(); // what it held goes with it
    BOOST_TEST(other->try_lock(), one.what);
    BOOST_TEST(!other->inconsistent(), one.what);
    other->unlock();
    other.reset();
    // What an owner leaves has contents, and stays for the next one; what it closes goes.
    const bool stays = by_owner && how_to_end == ending(&leaves);
    BOOST_TEST(sm::segment_handle::remove(name) == stays, one.what);
}

} // namespace

// Waking by Boost.Interprocess takes a mutex, which the interrupted call may have.
BOOST_AUTO_TEST_SUITE(end_in_handler, *test_support::needs_robust_waiting())

// FAULTS' C7: a program that waits for a message ends.
BOOST_AUTO_TEST_CASE(a_read_that_waits_for_ever_ends) {
    for (const ending how : endings) {
        const sender sends;
        how_to_end = how;
        const auto name = unique_name("r");
        sm::circular_buffer r(sm::create_only, name, 16, 16);
        ended_by_handler = &r;
        TEST_THROWS(closed, r.read<int>());
        BOOST_TEST(!r.is_open());
    }
}

// Where calls to the system fail within: the name is gone, and there is nothing to remove.
BOOST_AUTO_TEST_CASE(errno_stays_as_it_was) {
    for (const ending how : endings) {
        const auto name = unique_name("r");
        sm::circular_buffer r(sm::create_only, name, 16, 16);
        BOOST_TEST(::unlink(("/dev/shm/" + name).c_str()) == 0);
        errno = 12345;
        how(r);
        const int after = errno;
        BOOST_TEST(after == 12345);
        BOOST_TEST(!r.is_open());
    }
}

void rings(bool by_owner) {
    const sender sends;
    const int before = ends;
    const int all = rounds(3500);
    while (ends - before < all) {
        for (const ending how : endings) {
            how_to_end = how;
            for (const ring_call& one : ring_calls)
                one_ring(one, by_owner);
        }
    }
    BOOST_TEST(errors == 0);
}
BOOST_AUTO_TEST_CASE(the_owners_ring) {
    rings(true);
}
BOOST_AUTO_TEST_CASE(a_guests_ring) {
    rings(false);
}

BOOST_AUTO_TEST_CASE(arrays) {
    const sender sends;
    const int before = ends;
    const int all = rounds(3000);
    while (ends - before < all) {
        for (const ending how : endings) {
            how_to_end = how;
            for (const array_call& one : array_calls) {
                for (const bool by_owner : {true, false}) {
                    one_array(one, by_owner, false);
                    one_array(one, by_owner, true);
                }
            }
        }
    }
    BOOST_TEST(errors == 0);
}

BOOST_AUTO_TEST_SUITE_END()
