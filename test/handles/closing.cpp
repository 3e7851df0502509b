// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// A handle is closed while other threads use it, in every way: they get `errc::closed`, and what
// they held stays valid until they let it go.

#include "ring_support.hpp"

#include <shared_memory/buffer_read_write.hpp>
#include <shared_memory/shared_array.hpp>

#include <algorithm>
#include <atomic>
#include <numeric>
#include <shared_mutex>
#include <thread>

using namespace ring_support;
using test_support::unique_name;

namespace {

using array = sm::shared_array<std::uint64_t>;

// Threads that do something again and again until it throws.
class crowd {
public:
    template <class Work>
    void add(const char* what, Work work) {
        ++count_;
        threads_.push_back(at_once([=] {
            bool first = true;
            const thrown t = what_throws([&] {
                for (;;) {
                    work();
                    if (std::exchange(first, false))
                        ++working_;
                }
            });
            if (first)
                ++working_; // its first call is one that waits
            return std::make_pair(what, t);
        }));
    }
    // All of them are at it, but for those that wait.
    void begin(int waiting) {
        BOOST_TEST(test_support::becomes_true([&] { return working_ >= count_ - waiting; }));
    }
    // They end with `closed`; by the watchdog, if one of them does not.
    void ends_with_closed() {
        for (auto& one : threads_) {
            const auto [what, t] = one.get();
            BOOST_TEST((t.code == sm::errc::closed), what << ": " << t.text);
        }
        threads_.clear();
    }

private:
    int count_ = 0;
    std::atomic<int> working_{0};
    std::vector<std::future<std::pair<const char*, thrown>>> threads_;
};

// Asleep, or on its way, or at work.
void some_time(int round) {
    std::this_thread::sleep_for(round % 3 == 0 ? 20ms : std::chrono::milliseconds(round % 7));
}

} // namespace

BOOST_AUTO_TEST_SUITE(closed_while_others)

// by_owner: the handle is the owner's, and is shut down by that.
void a_ring(bool by_owner) {
    for (int round = 0; round != rounds(40); ++round) {
        const auto name = unique_name("ring");
        std::optional<sm::circular_buffer> owner(std::in_place, sm::create_only, name, 4, 8);
        sm::circular_buffer other(sm::open_only, name);
        sm::circular_buffer& handle = by_owner ? *owner : other;
        crowd all;
        all.add("write", [&] { handle.write(1); });
        all.add("read", [&] { handle.read<int>(); });
        all.add("try_write_for", [&] { (void)handle.try_write_for(2, 1ms); });
        all.add("try_read", [&] { (void)handle.try_read<int>(); });
        all.add("claim_write", [&] { handle.claim_write().commit(4); });
        all.add("claim_read", [&] { handle.claim_read().release(); });
        all.add("claims, aborted, given back", [&] {
            (void)handle.try_claim_write();
            (void)handle.try_claim_read();
        });
        all.add("functions", [&] {
            (void)handle.try_write([](boost::span<std::byte>) { return 4; });
            (void)handle.try_read([](boost::span<const std::byte>) {});
        });
        all.add("next_size, discard", [&] {
            handle.next_size();
            handle.discard();
        });
        all.add("looks", [&] {
            handle.participants();
            handle.owner_alive();
            handle.recover();
            handle.snapshot();
        });
        all.begin(4);
        some_time(round);
        handle.close();
        all.ends_with_closed();
        TEST_THROWS(closed, handle.try_read<int>());
        BOOST_TEST(!handle.is_open());
        if (!by_owner) { // the others do not notice
            while (owner->discard()) {
            }
            owner->write(3);
            BOOST_TEST(owner->read<int>() == 3);
        }
    }
}
BOOST_AUTO_TEST_CASE(use_a_ring) {
    a_ring(false);
}
BOOST_AUTO_TEST_CASE(use_the_owners_ring) {
    a_ring(true);
}

BOOST_AUTO_TEST_CASE(wait_on_a_ring) {
    for (int round = 0; round != rounds(40); ++round) {
        const bool by_owner = round % 2 != 0;
        sm::circular_buffer empty(sm::create_only, unique_name("empty"), 2, 8);
        sm::circular_buffer full(sm::create_only, unique_name("full"), 2, 8);
        const auto how = sm::options().death_check_interval(0ms);
        sm::circular_buffer empty_2(sm::open_only, empty.name(), how);
        sm::circular_buffer full_2(sm::open_only, full.name(), how);
        while (full.try_write(0)) {
        }
        sm::circular_buffer& reads = by_owner ? empty : empty_2;
        sm::circular_buffer& writes = by_owner ? full : full_2;
        crowd all;
        all.add("read", [&] { reads.read<int>(); });
        all.add("claim_read", [&] { (void)reads.try_claim_read_for(1h); });
        all.add("write", [&] { writes.write(1); });
        all.add("claim_write", [&] { (void)writes.try_claim_write_for(1h); });
        all.add("wait_drained_for", [&] { (void)writes.wait_drained_for(1h); });
        if (round % 4 < 2)
            BOOST_TEST(a_reader_sleeps(segment_view(empty.name())));
        some_time(round);
        reads.close();
        writes.close();
        all.ends_with_closed();
    }
}

// What a thread has claimed stays its own; also when the handle is gone.
BOOST_AUTO_TEST_CASE(hold_claims) {
    const auto name = unique_name("ring");
    sm::circular_buffer owner(sm::create_only, name, 4, 8);
    for (int round = 0; round != rounds(100); ++round) {
        owner.write(round);
        std::optional<sm::circular_buffer> handle(std::in_place, sm::open_only, name);
        std::atomic<int> holding{0};
        std::atomic<bool> is_closed{false};
        const auto when_closed = [&] {
            ++holding;
            while (!is_closed)
                std::this_thread::yield();
        };
        auto writer = at_once([&, claim = handle->claim_write()]() mutable {
            when_closed();
            const int number = round + 1;
            std::memcpy(claim.data(), &number, sizeof number);
            claim.commit(sizeof number);
        });
        auto reader = at_once([&, claim = handle->claim_read()]() mutable {
            when_closed();
            const int number = claim.as<int>();
            claim.release();
            return number;
        });
        while (holding != 2)
            std::this_thread::yield();
        handle->close();
        if (round % 2 == 0)
            handle.reset();
        is_closed = true;
        writer.get();
        BOOST_TEST(reader.get() == round);
        handle.reset();
        BOOST_TEST(owner.read<int>() == round + 1);
        BOOST_TEST(owner.participants().size() == 1U);
        BOOST_TEST(owner.redelivered() == 0U);
    }
}

void a_lock(bool by_owner) {
    for (int round = 0; round != rounds(40); ++round) {
        const auto name = unique_name("array");
        std::optional<array> owner(std::in_place, sm::create_only, name, 64);
        array other(sm::open_only, name);
        // Through a handle that holds a lock, all its threads go straight on: one for each way.
        array shares(sm::open_only, name);
        array locks(sm::open_only, name);
        sm::shared_array<const std::uint64_t> looks(sm::open_read_only, name);
        array& handle = by_owner ? *owner : other;
        handle.read_write_timeout(1h);
        crowd all;
        const array::size_type last = 63;
        all.add("lock", [&] {
            locks.lock();
            locks[0] = locks[last];
            locks.unlock();
        });
        all.add("lock_shared", [&] {
            const std::shared_lock<array> guard(shares);
            if (shares[0] > shares[last]) // not BOOST_TEST, which is for one thread
                throw std::logic_error("half of what was written");
        });
        all.add("try_lock_for", [&] {
            if (locks.try_lock_for(1ms))
                locks.unlock();
        });
        all.add("fill", [&] { handle.fill(1); });
        all.add("write", [&] { handle.write(std::uint64_t{1}, last); });
        all.add("read", [&] { handle.read(last); });
        all.add("copy_to", [&] {
            std::vector<std::uint64_t> copy(64);
            handle.copy_to(copy);
        });
        all.add("contains", [&] { handle.contains(5); });
        all.add("recover", [&] { handle.recover(); });
        all.begin(3);
        some_time(round);
        locks.close();
        shares.close(); // first: the owner's close would shut it down
        handle.close();
        all.ends_with_closed();
        TEST_THROWS(closed, handle.lock());
        TEST_THROWS(closed, handle.try_lock_shared());
        TEST_THROWS(closed, handle.read(0));
        TEST_THROWS(closed, handle.write(std::uint64_t{1}, 0));
        looks.close();
        TEST_THROWS(closed, looks.read(0));
        TEST_THROWS(closed, looks.contains(1));
        if (!by_owner) {
            BOOST_TEST((owner->acquire_write_lock(10s) == sm::acquired::ok), "left locked");
            owner->unlock();
        }
    }
}
BOOST_AUTO_TEST_CASE(use_an_array) {
    a_lock(false);
}
BOOST_AUTO_TEST_CASE(use_the_owners_array) {
    a_lock(true);
}

BOOST_AUTO_TEST_CASE(wait_for_a_lock) {
    for (int round = 0; round != rounds(40); ++round) {
        const bool by_owner = round % 2 != 0;
        const auto how = sm::options().death_check_interval(0ms);
        sm::buffer_read_write owner(sm::create_only, unique_name("buffer"), 64, how);
        sm::buffer_read_write other(sm::open_only, owner.name(), how);
        sm::buffer_read_write& handle = by_owner ? owner : other;
        sm::buffer_read_write& holder = by_owner ? other : owner;
        handle.read_write_timeout(1h);
        round % 4 < 2 ? holder.lock() : holder.lock_shared();
        crowd all;
        all.add("lock", [&] { handle.lock(); });
        all.add("try_lock_for", [&] { (void)handle.try_lock_for(1h); });
        all.add("write", [&] { handle.write(1); });
        if (round % 4 < 2) {
            all.add("lock_shared", [&] { handle.lock_shared(); });
            all.add("read", [&] { handle.read<int>(); });
        }
        some_time(round);
        handle.close();
        all.ends_with_closed();
        BOOST_TEST(!holder.try_lock(), "nobody has let it go");
        round % 4 < 2 ? holder.unlock() : holder.unlock_shared();
        BOOST_TEST(holder.try_lock(), "one that gave up has left it locked");
        holder.unlock();
    }
}

// The lock is the handle's, and stays so after close(); what needs an open handle is `closed`.
BOOST_AUTO_TEST_CASE(hold_a_lock) {
    sm::buffer_read_write owner(sm::create_only, unique_name("buffer"), 64);
    for (const bool exclusive : {true, false}) {
        sm::buffer_read_write handle(sm::open_only, owner.name());
        exclusive ? handle.lock() : handle.lock_shared();
        handle.close();
        TEST_THROWS(closed, handle.read<int>());
        TEST_THROWS(closed, handle.write(1));
        BOOST_TEST(!owner.try_lock());
        exclusive ? handle.unlock() : handle.unlock_shared();
        BOOST_TEST(owner.try_lock());
        BOOST_TEST(!owner.inconsistent());
        owner.unlock();
    }
}

// Elements are memory: who goes through them is told nothing, and may, as long as the handle is.
BOOST_AUTO_TEST_CASE(iterate) {
    for (int round = 0; round != rounds(40); ++round) {
        std::optional<array> owner(std::in_place, sm::create_only, unique_name("array"), 1000);
        array handle(sm::open_only, owner->name());
        std::iota(handle.begin(), handle.end(), std::uint64_t{1});
        std::atomic<int> rounds_made{0};
        std::atomic<bool> enough{false};
        std::vector<std::future<bool>> all;
        for (int i = 0; i != 3; ++i) {
            all.push_back(at_once([&] {
                bool right = true;
                while (!enough) {
                    std::uint64_t sum = 0;
                    for (const std::uint64_t x : handle)
                        sum += x;
                    right = right && sum == 500500 && handle.find(700) - handle.begin() == 699 &&
                            std::is_sorted(handle.cbegin(), handle.cend()) && handle[999] == 1000;
                    ++rounds_made;
                }
                return right;
            }));
        }
        BOOST_TEST(test_support::becomes_true([&] { return rounds_made > 3; }));
        handle.close();
        if (round % 2 == 0)
            owner.reset();
        const int before = rounds_made;
        BOOST_TEST(test_support::becomes_true([&] { return rounds_made > before + 6; }));
        enough = true;
        for (auto& one : all)
            BOOST_TEST(one.get());
    }
}

BOOST_AUTO_TEST_SUITE_END()
