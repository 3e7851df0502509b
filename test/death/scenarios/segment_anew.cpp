// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The owner ends with messages unread, or leaves, or keeps the segment; and an heir begins anew what
// was shut down. Wherever the victim dies, nothing that was written is lost, and the name can be used.

#include "../stage/scenario.hpp"
#include "all.hpp"
#include "ring_survivors.hpp"

#include <shared_memory/shared_array.hpp>
#include <shared_memory/shared_buffer.hpp>

#include <grp.h>
#include <iterator>
#include <unistd.h>

namespace every {
namespace {

enum class act {
    closes,
    destroys,
    ends_and_destroys,
    leaves,
    keeps,
    lets_go,
    begins_anew,
    empties
};

struct anew_plan {
    const char* operation;
    const char* situation;
    act what;
    std::uint64_t messages; // unread
    bool was_ended;         // begins_anew: the stream had ended, too
    bool single;            // the ring has a single writer and a single reader
    bool is_dead = false;   // begins_anew: the owner was killed then
};

constexpr anew_plan plans[] = {
    {"close", "owner, nobody else, half full", act::destroys, 2, false, false},
    {"close", "owner, nobody else, full", act::destroys, 4, false, false},
    {"close", "owner, by close(), nobody else", act::closes, 2, false, false},
    {"close", "owner, the stream has ended", act::ends_and_destroys, 2, false, false},
    {"close", "owner, nobody else, single", act::destroys, 2, false, true},
    {"leave", "owner, half full", act::leaves, 2, false, false},
    {"leave", "owner, single", act::leaves, 2, false, true},
    {"keep", "half full", act::keeps, 2, false, false},
    {"keep", "no longer", act::lets_go, 2, false, false},
    {"open", "anew, shut down", act::begins_anew, 2, false, false},
    {"open", "anew, shut down, full", act::begins_anew, 4, false, false},
    {"open", "anew, ended", act::begins_anew, 2, true, false},
    {"open", "anew, ended by a dead owner", act::begins_anew, 2, true, false, true},
    {"open", "anew, single", act::begins_anew, 2, true, true},
};
// The victim is another user, which may not take the name away.
constexpr anew_plan in_place[] = {
    {"create", "in place, shut down", act::empties, 4, false, false},
    {"create", "in place, single", act::empties, 4, true, true},
};

void become_another_user() {
    constexpr uid_t another = 65534;
    require(::setgroups(0, nullptr) == 0 && ::setgid(another) == 0 && ::setuid(another) == 0,
            "cannot be another user");
}

class anew_scenario : public scenario {
public:
    explicit anew_scenario(const anew_plan& plan) : plan_(plan) {}

    bool has_other() const override { return plan_.is_dead; }
    void other_runs() override {
        sm::circular_buffer ring = create();
        fill(ring);
        ring.end_of_stream();
        mark();
    }
    void prepare(tracee* other) override {
        if (other != nullptr) {
            other->run_to_mark();
            other->kill();
        } else if (!is_owners_end()) {
            sm::circular_buffer ring = create();
            fill(ring);
            if (plan_.was_ended)
                ring.end_of_stream();
        }
    }
    void victim_prepares() override {
        if (plan_.what == act::empties) {
            become_another_user();
        } else if (is_owners_end()) {
            ring_.emplace(create());
            fill(*ring_);
            ring_->keep(plan_.what == act::lets_go);
        }
    }
    void operation() override {
        switch (plan_.what) {
        case act::closes:
            return ring_->close();
        case act::ends_and_destroys:
            ring_->end_of_stream();
            return ring_.reset();
        case act::destroys:
            return ring_.reset();
        case act::leaves:
            ring_->leave();
            return ring_.reset();
        case act::keeps:
            return ring_->keep();
        case act::lets_go:
            return ring_->keep(false);
        case act::begins_anew:
            ring_.emplace(open_or_create());
            return;
        case act::empties:
            ring_.emplace(create());
            return;
        }
    }
    bool may_be_repaired() const override { return false; } // the state tells how far it came

    int survive(bool by_beginning) override {
        require(exists(name()), "the name has gone, with what is unread");
        int rank = 0;
        std::uint64_t left = 0;
        bool kept = false;
        bool is_over = false;
        {
            const sm::shared_buffer look(sm::open_read_only, name());
            left = look.left_unread();
            kept = look.kept();
            is_over = look.is_shutting_down() && left == 0;
            rank = is_done(look) ? 1 : 0;
        }
        require(left <= plan_.messages && (plan_.what == act::empties || left == plan_.messages),
                "messages are lost");
        require(plan_.what != act::empties || rank == 0 || left == 0, "not all was discarded");
        if (kept)
            is_kept();
        if (is_over && !by_beginning) {
            std::error_code ec;
            const sm::circular_buffer nobody(sm::open_only, name(), ec);
            require(ec == sm::errc::not_found, "what is shut down and empty can be opened");
        } else {
            read_all(by_beginning ? open_or_create()
                                  : sm::circular_buffer(sm::open_only, name(), how()),
                     by_beginning, left);
        }
        require(exists(name()) == kept, "all is read and all have left: the name is still there, "
                                        "or a kept one is not");
        if (kept)
            require(sm::shared_buffer::remove(name()), "what is kept cannot be removed");
        use(create());
        return rank;
    }
    int last_rank() const override { return plan_.what == act::leaves ? 0 : 1; }

private:
    bool is_owners_end() const {
        return plan_.what != act::begins_anew && plan_.what != act::empties;
    }
    sm::options how() const {
        sm::options options = strict_options().permissions(sm::permissions(0666));
        return plan_.single ? options.single_writer().single_reader() : options;
    }
    sm::circular_buffer create() const {
        return {sm::create_only, name(), node_count, std::uint32_t{sizeof(message)}, how()};
    }
    sm::circular_buffer open_or_create() const {
        return {sm::open_or_create, name(), node_count, std::uint32_t{sizeof(message)}, how()};
    }
    void fill(sm::circular_buffer& ring) const {
        for (std::uint64_t i = 1; i <= plan_.messages; ++i)
            ring.write(make_message(i));
    }
    // A segment whose owner left looks as one whose owner was killed.
    bool is_done(const sm::shared_buffer& look) const {
        switch (plan_.what) {
        case act::keeps:
            return look.kept();
        case act::lets_go:
            return !look.kept();
        case act::begins_anew:
        case act::empties:
            return !look.is_shutting_down();
        default:
            return look.is_shutting_down();
        }
    }
    void is_kept() const {
        std::error_code ec;
        { const sm::circular_buffer other(sm::create_only, name(), node_count, 8U, ec); }
        require(ec == sm::errc::already_exists, "what is kept was replaced");
    }
    void read_all(sm::circular_buffer ring, bool begins, std::uint64_t left) {
        require(ring.is_owner() == begins, "who opens owns it, or who begins anew does not");
        std::uint64_t next = plan_.messages - left;
        try {
            while (const auto m = ring.try_read<message>())
                require(*m == make_message(++next), "messages in another order, or torn");
        } catch (const sm::error& e) {
            require(!begins &&
                        (e.code() == sm::errc::shut_down || e.code() == sm::errc::end_of_stream),
                    e.what());
        }
        require(next == plan_.messages, "a message is lost");
        if (begins)
            use(std::move(ring));
    }
    void use(sm::circular_buffer ring) const {
        sm::circular_buffer other(sm::open_only, name(), how());
        require(ring.is_owner() && !ring.is_shutting_down(), "it is not begun anew");
        require(ring.participants().size() == 2, "a dead participant was not repaired");
        for (std::uint64_t round = 0; round != 3; ++round) {
            for (std::uint64_t i = 0; i != node_count; ++i)
                require(other.try_write_for(make_message(i), patience), "a node is lost");
            for (std::uint64_t i = 0; i != node_count; ++i)
                require(ring.read<message>() == make_message(i), "messages in another order");
        }
    }

    const anew_plan& plan_;
    std::optional<sm::circular_buffer> ring_; // the victim's
};

// An array of another user's is made as a new one, which is all zero.
class array_in_place : public scenario {
public:
    void prepare(tracee*) override {
        array a = create();
        a.fill(old_number);
        a.leave();
    }
    void victim_prepares() override { become_another_user(); }
    void operation() override { array_.emplace(create()); }
    bool may_be_repaired() const override { return false; }
    int survive(bool) override {
        array heir(sm::open_or_create, name(), length, how());
        require(heir.is_owner(), "the owner is dead, and has no successor");
        int rank = 0;
        if (heir.inconsistent()) {
            require(heir.acquire_write_lock(patience) == sm::acquired::inconsistent, "no lock");
            heir.mark_consistent();
            heir.unlock();
        } else {
            std::size_t zeroes = 0;
            for (std::uint64_t i = 0; i != length; ++i) {
                const std::uint64_t one = heir.read(i);
                require(one == 0 || one == old_number, "a torn element");
                zeroes += one == 0 ? 1U : 0U;
            }
            require(zeroes == 0 || zeroes == length, "half of it is zero, and nothing says so");
            rank = zeroes == length ? 1 : 0;
        }
        heir.fill(3);
        require(array(sm::open_only, name()).read(length - 1) == 3, "it cannot be used");
        heir.close();
        heir = array();
        require(!exists(name()), "its owner has closed it, and the name is still there");
        return rank;
    }
    int last_rank() const override { return 1; }

private:
    using array = sm::shared_array<std::uint64_t>;
    static constexpr std::uint64_t length = 8;
    static constexpr std::uint64_t old_number = 7;

    sm::options how() const { return strict_options().permissions(sm::permissions(0666)); }
    array create() const { return {sm::create_only, name(), length, how()}; }

    std::optional<array> array_; // the victim's
};

template <const auto& table>
void add(std::vector<scenario_entry>& to) {
    for (std::size_t i = 0; i != std::size(table); ++i)
        to.push_back({table[i].operation, table[i].situation, false,
                      [](std::size_t which) -> std::unique_ptr<scenario> {
                          return std::make_unique<anew_scenario>(table[which]);
                      },
                      i});
}

} // namespace

void add_segment_anew(std::vector<scenario_entry>& to) {
    add<plans>(to);
    if (::geteuid() != 0)
        return;
    add<in_place>(to);
    to.push_back({"create", "in place, an array", false,
                  [](std::size_t) -> std::unique_ptr<scenario> {
                      return std::make_unique<array_in_place>();
                  },
                  0});
}

} // namespace every
