// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// A process kills itself at the n-th crash point of what it does, for each n until it comes to the
// end; others go on. It is crash_points in small, on every system: see doc/crash_safety.md, and
// test/killing/crash_point.hpp.

#include "support.hpp"
#include "sweeping.hpp" // support/posix or support/windows

#include <shared_memory/circular_buffer.hpp>
#include <shared_memory/dead_letters.hpp>
#include <shared_memory/shared_array.hpp>

#include <chrono>
#include <cstring>
#include <functional>
#include <future>
#include <map>
#include <string>
#include <thread>

SHARED_MEMORY_TEST_CLOCK

namespace sm = shared_memory;
using namespace std::chrono_literals;
using test_support::child;
using test_support::unique_name;

namespace {

using ring = sm::circular_buffer;
using array = sm::shared_array<int>;

unsigned points_left = 0; // 0: not armed

void count_point(const killing::place&, killing::moment) {
    if (points_left != 0 && --points_left == 0)
        test_support::die_at_once();
}

// From here on, until its end.
class armed {
public:
    explicit armed(unsigned point) {
        points_left = point;
        killing::hook = count_point;
    }
    armed(const armed&) = delete;
    armed& operator=(const armed&) = delete;
    ~armed() { points_left = 0; }
};

using operation = void (*)(const std::string& name, unsigned point);

void writes(const std::string& name, unsigned point) {
    ring r(sm::open_only, name);
    const armed now(point);
    r.write(7);
}
void claims_and_aborts(const std::string& name, unsigned point) {
    ring r(sm::open_only, name);
    const armed now(point);
    r.claim_write().abort();
}
void reads(const std::string& name, unsigned point) {
    ring r(sm::open_only, name);
    const armed now(point);
    r.read<int>();
}
void gives_back(const std::string& name, unsigned point) {
    ring r(sm::open_only, name);
    const armed now(point);
    const auto claim = r.claim_read();
}
void opens(const std::string& name, unsigned point) {
    const armed now(point);
    const ring r(sm::open_only, name);
}
void succeeds(const std::string& name, unsigned point) {
    const armed now(point);
    const ring r(sm::open_or_create, name, 4, 8);
}
void creates(const std::string& name, unsigned point) {
    const armed now(point);
    const ring r(sm::create_only, name, 4, 8);
}
void recovers(const std::string& name, unsigned point) {
    ring r(sm::open_only, name);
    test_support::say("attached");
    test_support::hear(); // somebody has died meanwhile
    const armed now(point);
    r.recover();
}
std::string letters_of(const std::string& name) {
    return name + "-letters";
}
void moves(const std::string& name, unsigned point) {
    ring r(sm::open_only, name, sm::options().dead_letters_to(letters_of(name)));
    const armed now(point);
    r.move_dead_letters();
}
void locks(const std::string& name, unsigned point) {
    array a(sm::open_only, name);
    const armed now(point);
    a.lock();
    a.write(1, 0);
    a.unlock();
}
void locks_shared(const std::string& name, unsigned point) {
    array a(sm::open_only, name);
    const armed now(point);
    a.lock_shared();
    a.unlock_shared();
}

const std::map<std::string, operation> operations = {
    {"writes", writes},   {"claims_and_aborts", claims_and_aborts},
    {"reads", reads},     {"gives_back", gives_back},
    {"opens", opens},     {"succeeds", succeeds},
    {"creates", creates}, {"recovers", recovers},
    {"locks", locks},     {"locks_shared", locks_shared},
    {"moves", moves},
};

} // namespace

SHARED_MEMORY_TEST_ROLE(victim) {
    operations.at(args.at(0))(args.at(1), static_cast<unsigned>(std::stoul(args.at(2))));
    return 0;
}

SHARED_MEMORY_TEST_ROLE(owner) {
    ring r(sm::create_only, args.at(0), 4, 8);
    test_support::say("ready");
    if (args.size() > 1) {
        test_support::hear();
        const armed now(static_cast<unsigned>(std::stoul(args[1])));
        r.close();
        return 0;
    }
    test_support::hear();
    return 0;
}

SHARED_MEMORY_TEST_ROLE(holds_two) {
    ring r(sm::open_only, args.at(0));
    const auto read = r.claim_read();
    const auto write = r.claim_write();
    test_support::say("ready");
    test_support::hear();
    return 0;
}

namespace {

constexpr int killed = 128 + 9;

// Each trial: true if the victim was killed, false if it came to its end.
void at_each_point(unsigned expected, const std::function<bool(const std::string& point)>& trial) {
    test_support::watchdog(240s);
    unsigned point = 1;
    for (;; ++point) {
        BOOST_TEST_CONTEXT("point " << point)
        if (!trial(std::to_string(point)))
            break;
    }
    BOOST_TEST_MESSAGE(point - 1 << " points");
    BOOST_TEST(point > expected, "so few points: " << point - 1);
}

bool is_killed(const char* what, const std::string& name, const std::string& point) {
    child victim("victim", {what, name, point});
    const int status = victim.wait();
    BOOST_TEST((status == killed || status == 0), "the victim ended with " << status);
    return status == killed;
}

// All nodes can be used, in order.
void check_works(ring& r) {
    for (int i = 0; i != 4; ++i)
        BOOST_TEST(r.try_write_for(100 + i, 5s));
    BOOST_TEST(!r.try_write(104));
    for (int i = 0; i != 4; ++i)
        BOOST_TEST(r.try_read_for<int>(5s).value_or(-1) == 100 + i);
    BOOST_TEST(!r.try_read<int>());
}

void check_alone(ring& r) {
    r.recover();
    BOOST_TEST(r.participants().size() == 1U);
    BOOST_TEST(r.is_owner());
}

} // namespace

BOOST_AUTO_TEST_CASE(writing) {
    for (const char* const what : {"writes", "claims_and_aborts"}) {
        ring r(sm::create_only, unique_name("ring"), 4, 8);
        at_each_point(5, [&](const std::string& point) {
            const bool dead = is_killed(what, r.name(), point);
            r.recover();
            const int found = r.try_read<int>().value_or(7);
            BOOST_TEST(found == 7); // all of it, or nothing
            check_works(r);
            check_alone(r);
            return dead;
        });
    }
}

BOOST_AUTO_TEST_CASE(reading) {
    for (const bool takes : {true, false}) {
        ring r(sm::create_only, unique_name("ring"), 4, 8);
        at_each_point(4, [&](const std::string& point) {
            r.write(7);
            const bool dead = is_killed(takes ? "reads" : "gives_back", r.name(), point);
            r.recover();
            const auto found = r.try_read<int>();
            BOOST_TEST(found.value_or(7) == 7);
            BOOST_TEST((takes || found), "given back, or not: it is there");
            check_works(r);
            check_alone(r);
            return dead;
        });
    }
}

// FAULTS C10: the mover of a dead letter dies. The dead letter comes, and if it comes twice, it has the
// same position.
BOOST_AUTO_TEST_CASE(moving_dead_letters) {
    for (const bool single : {false, true}) {
        ring r(sm::create_only, unique_name("ring"), 4, 8,
               sm::options()
                   .single_writer(single)
                   .single_reader(single)
                   .max_deliveries(1)
                   .dead_letters());
        ring letters(sm::create_only, letters_of(r.name()), 4, 8 + sizeof(sm::dead_letter));
        std::uint64_t position = 0;
        at_each_point(8, [&](const std::string& point) {
            r.write(7);
            {
                ring reader(sm::open_only, r.name());
                const auto given_back = reader.claim_read();
                position = given_back.position();
            }
            BOOST_TEST(r.dead_letters() == 1U);
            const bool dead = is_killed("moves", r.name(), point);
            r.recover();
            letters.recover();
            BOOST_TEST(r.given_up() == 0U);
            const auto before = letters.size();
            {
                ring next(sm::open_only, r.name(), sm::options().dead_letters_to(letters.name()));
                next.move_dead_letters();
            }
            BOOST_TEST(r.dead_letters() == 0U);
            BOOST_TEST((before == 0 || before == 1));
            BOOST_TEST((letters.size() == 1U || (dead && letters.size() == 2U)));
            while (auto claim = letters.try_claim_read()) {
                const auto [head, rest] = claim->as_prefix<sm::dead_letter>();
                int message = 0;
                BOOST_TEST(rest.size() == sizeof message);
                std::memcpy(&message, rest.data(), sizeof message);
                BOOST_TEST(message == 7);
                BOOST_TEST(head.position == position);
                BOOST_TEST(head.deliveries == 1U);
                BOOST_TEST((head.ring == r.id()));
                claim->release();
            }
            {
                ring both(sm::open_only, r.name());
                for (int i = 0; i != 4; ++i)
                    BOOST_TEST(r.try_write_for(100 + i, 5s));
                for (int i = 0; i != 4; ++i)
                    BOOST_TEST(both.try_read_for<int>(5s).value_or(-1) == 100 + i);
            }
            check_alone(r);
            return dead;
        });
    }
}

// A reader sleeps; the writer that would wake it dies.
BOOST_AUTO_TEST_CASE(waking, *test_support::needs_robust_waiting()) {
    ring r(sm::create_only, unique_name("ring"), 4, 8);
    at_each_point(8, [&](const std::string& point) {
        auto reading = std::async(std::launch::async, [&] { return r.try_read_for<int>(20s); });
        std::this_thread::sleep_for(20ms);
        const bool dead = is_killed("writes", r.name(), point);
        if (reading.wait_for(2s) != std::future_status::ready)
            r.write(7);
        BOOST_TEST(reading.get().value_or(-1) == 7);
        r.recover();
        BOOST_TEST(r.try_read<int>().value_or(7) == 7);
        check_works(r);
        return dead;
    });
}

BOOST_AUTO_TEST_CASE(opening_and_leaving) {
    ring r(sm::create_only, unique_name("ring"), 4, 8);
    at_each_point(20, [&](const std::string& point) {
        r.write(5);
        const bool dead = is_killed("opens", r.name(), point);
        BOOST_TEST(r.read<int>() == 5);
        check_works(r);
        check_alone(r);
        return dead;
    });
}

BOOST_AUTO_TEST_CASE(creating) {
    const std::string name = unique_name("ring");
    at_each_point(30, [&](const std::string& point) {
        const bool dead = is_killed("creates", name, point);
        ring r(sm::create_only, name, 4, 8);
        check_works(r);
        check_alone(r);
        return dead;
    });
    test_support::check_temporaries_are_swept();
}

// The owner is killed while somebody else is there; its successor too.
BOOST_AUTO_TEST_CASE(taking_over) {
    const std::string name = unique_name("ring");
    at_each_point(20, [&](const std::string& point) {
        child first("owner", {name});
        first.read_line();
        ring r(sm::open_only, name);
        r.write(5);
        first.kill();
        const bool dead = is_killed("succeeds", name, point);
        if (dead) { // else the successor has shut it down
            BOOST_TEST((r.is_shutting_down() || r.read<int>() == 5));
            r.recover();
        }
        r = ring();
        const ring next(sm::create_only, name, 4, 8);
        BOOST_TEST(next.is_owner());
        return dead;
    });
    test_support::check_temporaries_are_swept();
}

BOOST_AUTO_TEST_CASE(owners_closing) {
    const std::string name = unique_name("ring");
    at_each_point(5, [&](const std::string& point) {
        child owner("owner", {name, point});
        owner.read_line();
        ring r(sm::open_only, name);
        owner.send_line("close");
        const bool dead = owner.wait() == killed;
        BOOST_TEST((dead || r.is_shutting_down()));
        BOOST_TEST(!r.owner_alive());
        r = ring();
        const ring next(sm::create_only, name, 4, 8);
        BOOST_TEST(next.is_owner());
        return dead;
    });
    test_support::check_temporaries_are_swept();
}

// One dies with two nodes in its hands, and so does the one that repairs that.
BOOST_AUTO_TEST_CASE(recovering) {
    ring r(sm::create_only, unique_name("ring"), 4, 8);
    at_each_point(10, [&](const std::string& point) {
        r.write(7);
        child holder("holds_two", {r.name()});
        holder.read_line();
        child repairer("victim", {"recovers", r.name(), point});
        repairer.read_line();
        holder.kill();
        repairer.send_line("now");
        const bool dead = repairer.wait() == killed;
        r.recover();
        BOOST_TEST(r.try_read<int>().value_or(-1) == 7);
        check_works(r);
        check_alone(r);
        return dead;
    });
}

BOOST_AUTO_TEST_CASE(locking) {
    for (const bool shared : {true, false}) {
        array a(sm::create_only, unique_name("array"), 10);
        at_each_point(4, [&](const std::string& point) {
            const bool dead = is_killed(shared ? "locks_shared" : "locks", a.name(), point);
            const sm::acquired got = a.acquire_write_lock(5s);
            BOOST_TEST(static_cast<bool>(got));
            BOOST_TEST((!shared || got == sm::acquired::ok));
            if (got == sm::acquired::inconsistent)
                a.mark_consistent();
            if (got)
                a.release_write_lock();
            a.recover();
            BOOST_TEST(a.participants().size() == 1U);
            return dead;
        });
    }
}
