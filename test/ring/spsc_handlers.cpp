// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Rings for a single writer and a single reader: calls of signal handlers, between any two steps of
// another call, on memory of the test's own. What a handle knows by itself steps, too [Q9].

#include "spsc_memory.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

using namespace spsc_test;

namespace {

// The call copies, or claims; so does the handler.
template <class Run>
void each_way(Run run) {
    for (const bool outer : {false, true}) {
        for (const bool inner : {false, true}) {
            BOOST_TEST_CONTEXT("the call copies: " << outer << ", the handler: " << inner)
            run(outer, inner);
        }
    }
}

// Runs `call`, and before its step number k, for each k, `handler`; `check` after each time.
template <class Call, class Handler, class Check>
void within_each_step(Call call, Handler handler, Check check) {
    each_way([&](bool outer, bool inner) {
        for (int step = 0;; ++step) {
            memory m(4);
            m.write(1);
            m.write(2);
            m.copies = outer;
            bool ran = false;
            interruption = [&] {
                ran = true;
                m.copies = inner;
                handler(m);
                m.copies = outer;
            };
            steps_left = step;
            call(m);
            steps_left = -1;
            if (!ran)
                break;
            check(m);
        }
        interruption = nullptr;
    });
}

// What a handler wrote and read, and what was found at the end.
struct account {
    std::vector<std::uint64_t> written;
    std::vector<std::uint64_t> read;

    void writes(memory& m, std::uint64_t value) {
        if (m.write(value) == ring_result::claimed)
            written.push_back(value);
    }
    bool reads(memory& m) {
        const std::uint64_t value = m.read();
        if (value != 0)
            read.push_back(value);
        return value != 0;
    }
    // All that was written came once, and the ring goes on.
    void balance(memory& m, int step) {
        while (reads(m)) {
        }
        std::sort(written.begin(), written.end());
        std::sort(read.begin(), read.end());
        BOOST_TEST(read == written, boost::test_tools::per_element());
        for (std::uint64_t i = 100; i != 100 + 2 * m.geometry.node_count; ++i) {
            BOOST_TEST_REQUIRE((m.write(i) == ring_result::claimed), "full after step " << step);
            BOOST_TEST_REQUIRE(m.read() == i, "lost after step " << step);
        }
    }
};

// Runs `call` on a ring of `nodes` that went round once and, before its step number k, for each k,
// `handler`.
template <class Call, class Handler>
void balanced_at_each_step(std::uint32_t nodes, Call call, Handler handler) {
    each_way([&](bool outer, bool inner) {
        int step = 0;
        for (bool ran = true; ran; ++step) {
            memory m(nodes);
            for (std::uint64_t i = 1; i <= nodes; ++i) {
                m.write(i);
                m.read();
            }
            m.copies = outer;
            account all;
            ran = false;
            interruption = [&] {
                ran = true;
                m.copies = inner;
                handler(m, all);
                m.copies = outer;
            };
            call(m, all, [&](auto&& stepped) {
                steps_left = step;
                stepped();
                steps_left = -1;
            });
            interruption = nullptr;
            all.balance(m, step);
        }
        BOOST_TEST(step > 5, "private words are no steps");
    });
}

} // namespace

BOOST_AUTO_TEST_SUITE(spsc_handlers)

BOOST_AUTO_TEST_CASE(a_write_within_a_write) {
    for (const bool keeps : {false, true}) {
        std::uint64_t inner = 0;
        node_claim kept;
        within_each_step([&](memory& m) { BOOST_TEST(m.write(3) == ring_result::claimed); },
                         [&](memory& m) {
                             inner = 0;
                             if (m.writer().claim_write(kept) != ring_result::claimed)
                                 return;
                             inner = 4;
                             if (!keeps)
                                 m.commit(kept, inner);
                         },
                         [&](memory& m) {
                             if (keeps && inner != 0)
                                 m.commit(kept, inner);
                             std::vector<std::uint64_t> found;
                             for (std::uint64_t value = m.read(); value != 0; value = m.read())
                                 found.push_back(value);
                             BOOST_TEST(found.size() == (inner != 0 ? 4U : 3U));
                             std::sort(found.begin(), found.end());
                             for (std::size_t i = 0; i != found.size(); ++i)
                                 BOOST_TEST(found[i] == i + 1);
                             for (std::uint64_t i = 10; i != 14; ++i)
                                 BOOST_TEST(m.write(i) == ring_result::claimed);
                         });
    }
}

BOOST_AUTO_TEST_CASE(a_read_within_a_read) {
    std::vector<std::uint64_t> found;
    within_each_step(
        [&](memory& m) {
            found.clear();
            if (const std::uint64_t value = m.read())
                found.push_back(value);
        },
        [&](memory& m) {
            if (const std::uint64_t value = m.read())
                found.push_back(value);
        },
        [&](memory& m) {
            for (std::uint64_t value = m.read(); value != 0; value = m.read())
                found.push_back(value);
            std::sort(found.begin(), found.end());
            BOOST_TEST(found.size() == 2U);
            BOOST_TEST(found.front() == 1U);
            BOOST_TEST(found.back() == 2U);
            for (std::uint64_t i = 10; i != 14; ++i)
                BOOST_TEST(m.write(i) == ring_result::claimed);
            for (std::uint64_t i = 10; i != 14; ++i)
                BOOST_TEST(m.read() == i);
        });
}

// A handler ends what was claimed before, while the interrupted call claims or ends.
BOOST_AUTO_TEST_CASE(an_end_within_a_call) {
    for (int what = 0; what != 6; ++what) {
        node_claim first;
        node_claim second;
        for (int step = 0;; ++step) {
            memory m(4);
            const bool writes = what < 3;
            if (!writes) {
                for (std::uint64_t i = 1; i != 5; ++i)
                    m.write(i);
            }
            first = writes ? m.claim_write() : m.claim_read();
            second = writes ? m.claim_write() : m.claim_read();
            bool ran = false;
            interruption = [&] {
                ran = true;
                switch (what) {
                case 0:
                    m.commit(second, 2);
                    break;
                case 1:
                    BOOST_TEST(m.writer().abort(second));
                    break;
                case 2:
                    m.commit(first, 1);
                    break;
                case 3:
                    BOOST_TEST(m.reader().release(second));
                    break;
                case 4:
                    m.reader().give_back(second);
                    break;
                default:
                    BOOST_TEST(m.reader().release(first));
                }
            };
            steps_left = step;
            if (what == 2)
                m.commit(second, 2);
            else if (writes)
                m.commit(first, 1);
            else
                BOOST_TEST(m.reader().release(what == 5 ? second : first));
            steps_left = -1;
            if (!ran)
                break;
            if (writes) {
                BOOST_TEST(m.read() == 1U);
                BOOST_TEST(m.read() == (what == 1 ? 0U : 2U));
            } else {
                if (what == 4)
                    BOOST_TEST(m.read() == 2U);
                BOOST_TEST(m.read() == 3U);
                BOOST_TEST(m.read() == 4U);
            }
            BOOST_TEST(m.look() == ring_result::empty);
            for (std::uint64_t i = 10; i != 14; ++i)
                BOOST_TEST(m.write(i) == ring_result::claimed);
        }
        interruption = nullptr;
    }
}

// While the counter moves, the nodes behind it are free for the other side already: a claim of a node
// that a position in the middle of its end has would be taken for that position.
BOOST_AUTO_TEST_CASE(a_claim_within_the_end_of_a_write) {
    for (const std::uint32_t nodes : {2U, 3U}) {
        balanced_at_each_step(
            nodes,
            [](memory& m, account& all, auto stepped) {
                node_claim claim = m.claim_write();
                memory::fill(claim, 11);
                all.written.push_back(11);
                stepped([&] { BOOST_TEST(m.writer().commit(claim, 8)); });
            },
            [](memory& m, account& all) {
                all.reads(m); // another process does
                for (std::uint64_t i = 21; i != 25; ++i)
                    all.writes(m, i);
            });
    }
}

BOOST_AUTO_TEST_CASE(a_claim_within_the_end_of_a_batch) {
    balanced_at_each_step(
        2,
        [](memory& m, account& all, auto stepped) {
            node_run run{m.claim_write(), 1};
            m.writer().extend_write(run, 2);
            BOOST_TEST_REQUIRE(run.count == 2U);
            for (std::uint32_t i = 0; i != 2; ++i) {
                const std::uint64_t value = 11 + i;
                std::memcpy(m.writer().payload_of(run, i), &value, sizeof value);
                m.writer().set_size(m.writer().index_of(run, i), 8);
                all.written.push_back(value);
            }
            stepped([&] { BOOST_TEST(m.writer().end_write(run, 2)); });
        },
        [](memory& m, account& all) {
            all.reads(m);
            all.writes(m, 21);
            all.writes(m, 22);
        });
}

BOOST_AUTO_TEST_CASE(a_claim_within_the_end_of_a_read) {
    balanced_at_each_step(
        2,
        [](memory& m, account& all, auto stepped) {
            all.writes(m, 11);
            all.writes(m, 12);
            node_run run{m.claim_read(), 1};
            m.reader().extend_read(run, 2, any);
            BOOST_TEST_REQUIRE(run.count == 2U);
            for (const std::uint64_t value : {11, 12})
                all.read.push_back(value);
            stepped([&] { BOOST_TEST(m.reader().end_read(run, 2)); });
        },
        [](memory& m, account& all) {
            for (std::uint64_t i = 21; i != 24; ++i) {
                all.writes(m, i); // another process does
                all.reads(m);
            }
        });
}

// Positions that were passed over lie between, and the ring is full of them.
BOOST_AUTO_TEST_CASE(a_claim_within_passing_over) {
    balanced_at_each_step(
        2,
        [](memory& m, account& all, auto stepped) {
            BOOST_TEST(m.writer().abort(m.claim_write()));
            all.writes(m, 11);
            stepped([&] { all.reads(m); });
        },
        [](memory& m, account& all) {
            for (std::uint64_t i = 21; i != 24; ++i) {
                all.writes(m, i);
                all.reads(m);
            }
        });
}

// The reader puts right what a dead writer left, and its handle writes for the first time meanwhile: in
// another thread, or in a handler. As ring_part does, the handle takes the role if it is nobody's, or
// its own.
BOOST_AUTO_TEST_CASE(the_first_write_while_the_reader_settles) {
    int began = 0;
    for (int step = 0;; ++step) {
        memory m(4);
        const std::uint64_t own = smd::owner_word(1, 1); // the reader's handle
        m.claim_write();
        m.commit(m.claim_write(), 9);
        m.repair(0);
        bool ran = false;
        bool writes = false;
        interruption = [&] {
            ran = true;
            if (m.writer_role.value == 0)
                m.writer_role.value = own;
            writes = m.writer_role.value == own;
            if (writes)
                BOOST_TEST(m.reader().begin_writing());
        };
        steps_left = step;
        const std::uint64_t first = m.read();
        steps_left = -1;
        interruption = nullptr;
        if (!ran)
            break;
        if (writes) {
            ++began;
            BOOST_TEST(m.writer_role.value == own, "the writer was robbed of its role at " << step);
            node_claim claim;
            BOOST_TEST((m.reader().claim_write(claim) == ring_result::claimed));
            memory::fill(claim, 5);
            BOOST_TEST(m.reader().commit(claim, 8));
        } else {
            BOOST_TEST(m.writer_role.value == 0U);
        }
        std::vector<std::uint64_t> found;
        if (first != 0)
            found.push_back(first);
        for (std::uint64_t value = m.read(); value != 0; value = m.read())
            found.push_back(value);
        const std::vector<std::uint64_t> expected =
            writes ? std::vector<std::uint64_t>{9, 5} : std::vector<std::uint64_t>{9};
        BOOST_TEST(found == expected, boost::test_tools::per_element());
    }
    BOOST_TEST(began > 1);
}

BOOST_AUTO_TEST_SUITE_END()
