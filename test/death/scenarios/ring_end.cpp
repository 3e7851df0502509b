// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The end of a stream: the victim ends it, or has a message when it has ended.

#include "all.hpp"
#include "ring_claims.hpp"

namespace every {
namespace {

void nothing(ring_victim&) {}
void claims(ring_victim& v) {
    v.reading = v.ring->try_claim_read();
}
void claims_write(ring_victim& v) {
    v.writing = v.ring->try_claim_write();
    const message m = make_message(victims_message);
    std::memcpy(v.writing->data(), m.data(), sizeof m);
}
void ends(ring_victim& v) {
    v.ring->end_of_stream();
}
void releases(ring_victim& v) {
    v.reading->release();
}
void gives_back(ring_victim& v) {
    v.reading->give_back();
}
void commits(ring_victim& v) {
    v.writing->commit(sizeof(message));
}

constexpr std::uint64_t oldest = 1;
constexpr ring_plan plans[] = {
    {"end", "half full", true, 2, nothing, ends, victims_message, {0, -1, -1, -1}},
    {"end", "empty", true, 0, nothing, ends, victims_message, {0, -1, -1, -1}},
    {"claim_read", "the stream has ended", true, 2, nothing, claims, oldest, {-1, 0, 1, -1}},
    {"release", "the stream has ended", true, 2, claims, releases, oldest, {1, -1, 0, -1}},
    {"give_back", "the stream has ended", true, 1, claims, gives_back, oldest, {-1, -1, 0, -1}},
    {"commit",
     "the stream has ended",
     true,
     1,
     claims_write,
     commits,
     victims_message,
     {0, 1, -1, -1}},
};

class ending : public ring_scenario {
public:
    using ring_scenario::ring_scenario;

    void begins(const segment_watch&) override {
        if (plan_.run != ends)
            old_->end_of_stream();
    }
    int survive(bool fresh_first) override {
        if (fresh_first)
            attach();
        const bool had_ended = reads_to_the_end(fresh_first ? *fresh_ : *old_);
        if (!fresh_first)
            attach();
        const std::size_t read = read_;
        require(reads_to_the_end(fresh_first ? *old_ : *fresh_), "the stream has no end");
        require(read_ == read, "a message came after a reader had been told of the end");
        accounts_.balance();
        const int rank = plan_.rank_of[accounts_.special_count()];
        require(rank != -1, accounts_.special_count() == 0 ? "the dead one's message is lost"
                                                           : "the dead one's message came");
        require(refuses(*old_) && refuses(*fresh_), "one writes behind the end of the stream");
        old_->recover();
        require(old_->participants().size() == 2, "a dead participant was not repaired");
        fresh_.reset();
        old_.reset();
        require(!exists(name()), "all have left, and the name is still there");
        return plan_.run == ends && had_ended ? 1 : rank;
    }
    int last_rank() const override { return plan_.run == ends ? 1 : ring_scenario::last_rank(); }

private:
    //! False: it had no end before we made one.
    bool reads_to_the_end(sm::circular_buffer& ring) {
        bool had_ended = true;
        try {
            for (;;) {
                if (plan_.run == ends && had_ended) {
                    auto claim = ring.try_claim_read();
                    if (claim)
                        enter(*claim);
                    else
                        had_ended = false;
                } else if (!had_ended) {
                    ring.end_of_stream();
                    (void)ring.claim_read();
                    throw failure("a message came, where the end of the stream was expected");
                } else {
                    auto claim = ring.claim_read();
                    enter(claim);
                }
            }
        } catch (const sm::error& e) {
            require(e.code() == sm::errc::end_of_stream, e.what());
        }
        return had_ended;
    }
    void enter(sm::read_claim& claim) {
        accounts_.delivered(claim.as<message>(), claim.delivery_count());
        claim.release();
        ++read_;
    }
    static bool refuses(sm::circular_buffer& ring) {
        try {
            (void)ring.try_write(make_message(7));
        } catch (const sm::error& e) {
            return e.code() == sm::errc::end_of_stream;
        }
        return false;
    }

    std::size_t read_ = 0;
};

} // namespace

void add_ring_end(std::vector<scenario_entry>& to) {
    add_plans<ending, plans>(to);
}

} // namespace every
