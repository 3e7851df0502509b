// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Creating a ring, and the first and the last one on a ring: what its name means after a death.

#include "../stage/scenario.hpp"
#include "all.hpp"
#include "ring_survivors.hpp"

#include <shared_memory/shared_buffer.hpp>

#include <fcntl.h>
#include <iterator>
#include <sys/stat.h>
#include <unistd.h>

namespace every {
namespace {

sm::circular_buffer create(const std::string& name) {
    return {sm::create_only, name, node_count, std::uint32_t{sizeof(message)}, strict_options()};
}
sm::circular_buffer create_or_open(const std::string& name) {
    return {sm::open_or_create, name, node_count, std::uint32_t{sizeof(message)}, strict_options()};
}
sm::circular_buffer open(const std::string& name) {
    return {sm::open_only, name, opening_options()};
}

enum class predecessor {
    none,
    dead,           // left messages, and nobody is there
    dead_meanwhile, // as dead, but the victim came while it lived
    dead_twice      // as dead, and a creator that was about to replace it died, too
};

struct name_plan {
    const char* operation;
    const char* situation;
    predecessor before;
    sm::circular_buffer (*comes)(const std::string&); // the victim
    bool leaves;                                      // that is the operation; else it is to come
    std::uint64_t messages;                           // that the dead one has left
};

constexpr name_plan plans[] = {
    {"create", "new name", predecessor::none, create, false, 0},
    {"create", "new name, or to open", predecessor::none, create_or_open, false, 0},
    {"create", "over a dead one's, empty", predecessor::dead, create, false, 0},
    {"create", "over a dead one's", predecessor::dead, create, false, 2},
    {"create", "over a dead one's, full", predecessor::dead, create, false, 4},
    {"open", "nobody is there, empty", predecessor::dead, open, false, 0},
    {"open", "nobody is there", predecessor::dead, open, false, 2},
    {"open", "nobody is there, full", predecessor::dead, open, false, 4},
    {"open", "nobody is there, or create", predecessor::dead, create_or_open, false, 2},
    {"open", "nobody is there, almost replaced", predecessor::dead_twice, open, false, 2},
    {"close", "last, having taken over", predecessor::dead, create_or_open, true, 0},
    {"close", "last, the owner is dead", predecessor::dead_meanwhile, open, true, 0},
    {"close", "last, having made it", predecessor::none, create, true, 0},
};

class name_scenario : public scenario {
public:
    explicit name_scenario(const name_plan& plan) : plan_(plan) {}

    bool has_other() const override { return plan_.before != predecessor::none; }
    void other_runs() override {
        auto ring = create(name());
        for (std::uint64_t i = 1; i <= plan_.messages; ++i)
            ring.write(make_message(i));
        mark();
    }
    void prepare(tracee* other) override {
        other_ = other;
        if (other == nullptr)
            return;
        other->run_to_mark();
        if (plan_.before != predecessor::dead_meanwhile)
            other->kill();
        if (plan_.before == predecessor::dead_twice)
            say_name_taken();
        inode_before_ = inode();
    }
    void begins(const segment_watch&) override {
        if (other_ != nullptr)
            other_->kill();
    }

    void victim_prepares() override {
        if (!plan_.leaves)
            return;
        ring_.emplace(plan_.comes(name()));
        (void)ring_->try_read<message>(); // takes part
    }
    void operation() override {
        if (plan_.leaves)
            ring_.reset();
        else
            ring_.emplace(plan_.comes(name()));
    }

    // Its new ring is not a leftover while it lives, from the first moment on.
    void is_alive(const segment_watch&) override {
        alive_at_ = inode();
        if (!creates() || alive_at_ == 0 || alive_at_ == inode_before_)
            return;
        std::error_code ec;
        { const sm::circular_buffer other(sm::create_only, name(), node_count, 8U, ec); }
        require(ec == sm::errc::already_exists, "a living creator's ring was taken for a leftover");
        (void)sm::shared_buffer::remove(name(), ec);
        require(ec == sm::errc::in_use, "a living creator's ring could be removed");
    }
    bool may_leave_temporary() const override { return creates(); }
    bool may_be_repaired() const override { return false; } // the name tells how far it came

    int survive(bool by_opening) override {
        const ino_t now = inode();
        require(now == alive_at_, "the name means something else since its user was killed");
        const bool is_done = plan_.leaves ? now == 0 : now != inode_before_;
        const int rank = is_done ? 1 : 0;
        if (now != 0 && is_shutting_down()) {
            require(plan_.leaves, "what nobody has closed is shut down");
            use(create(name()));
        } else if (now == 0) {
            require(plan_.leaves || plan_.before == predecessor::none, "the name has gone");
            std::error_code ec;
            const sm::circular_buffer nobody(sm::open_only, name(), ec);
            require(ec == sm::errc::not_found, "a name without an object can be opened");
            use(create(name()));
        } else if (by_opening) {
            use_what_is_there(rank);
        } else {
            use(create(name()));
        }
        require(!exists(name()), "all have left, and the name is still there");
        return rank;
    }
    int last_rank() const override { return plan_.leaves || creates() ? 1 : 0; }

private:
    bool creates() const {
        return !plan_.leaves && (plan_.before == predecessor::none || plan_.comes == create);
    }
    ino_t inode() const {
        struct stat info {};
        return ::lstat(("/dev/shm/" + name()).c_str(), &info) == 0 ? info.st_ino : 0;
    }
    void say_name_taken() const {
        const std::uint32_t state = sm::detail::state_name_taken;
        const int file = ::open(("/dev/shm/" + name()).c_str(), O_WRONLY | O_CLOEXEC);
        const auto at =
            static_cast<off_t>(sm::detail::page_bytes + offsetof(sm::detail::segment_block, life));
        require(::pwrite(file, &state, sizeof state, at) == sizeof state, "no state to write");
        ::close(file);
    }
    bool is_shutting_down() const {
        return sm::shared_buffer(sm::open_read_only, name()).is_shutting_down();
    }
    void use_what_is_there(int rank) {
        auto heir = create_or_open(name());
        ledger accounts;
        if (plan_.before != predecessor::none && (rank == 0 || !creates())) {
            for (std::uint64_t i = 1; i <= plan_.messages; ++i)
                accounts.written(i);
        }
        drain(heir, accounts);
        accounts.balance();
        use(std::move(heir));
    }
    void use(sm::circular_buffer ring) const {
        require(ring.is_owner(), "nobody else is alive, and it does not own the ring");
        auto other = open(name());
        use_every_node(ring, other, 2);
    }

    const name_plan& plan_;
    std::optional<sm::circular_buffer> ring_; // the victim's
    tracee* other_ = nullptr;
    ino_t inode_before_ = 0;
    ino_t alive_at_ = 0;
};

std::unique_ptr<scenario> make(std::size_t which) {
    return std::make_unique<name_scenario>(plans[which]);
}

} // namespace

void add_segment_names(std::vector<scenario_entry>& to) {
    for (std::size_t i = 0; i != std::size(plans); ++i)
        to.push_back({plans[i].operation, plans[i].situation, false, make, i});
}

} // namespace every
