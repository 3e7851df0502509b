// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The victim opens what a dead one left, and is slow: meanwhile another one puts something else in
// its place.

#include "all.hpp"
#include "ring_survivors.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <optional>

namespace every {
namespace {

sm::circular_buffer create(const std::string& name) {
    return {sm::create_only, name, node_count, std::uint32_t{sizeof(message)}, strict_options()};
}
sm::circular_buffer open(const std::string& name) {
    return {sm::open_only, name, opening_options()};
}
sm::circular_buffer open_or_create(const std::string& name) {
    return {sm::open_or_create, name, node_count, std::uint32_t{sizeof(message)}, strict_options()};
}

//! Somebody is about to change what the name means: others would wait for it.
bool is_gate_taken(const std::string& name) {
    const int file = ::open(("/dev/shm/" + name).c_str(), O_RDWR | O_CLOEXEC);
    struct flock lock {};
    lock.l_type = F_RDLCK;
    lock.l_whence = SEEK_SET;
    lock.l_start = smd::max_slots;
    lock.l_len = 1;
    const bool taken =
        file == -1 || ::fcntl(file, F_OFD_GETLK, &lock) != 0 || lock.l_type != F_UNLCK;
    if (file != -1)
        ::close(file);
    return taken;
}

struct slow_opener_plan {
    const char* operation;
    const char* situation;
    bool every;
    sm::circular_buffer (*comes)(const std::string&);
};
constexpr slow_opener_plan plans[] = {
    {"open", "slow, and it is replaced", false, open},
    {"open", "slow, or to create", false, open_or_create},
};

class slow_opener : public scenario {
public:
    explicit slow_opener(const slow_opener_plan& plan) : plan_(plan) {}

    bool has_other() const override { return true; }
    void other_runs() override {
        const auto ring = create(name());
        mark();
    }
    void prepare(tracee* other) override {
        other->run_to_mark();
        other->kill();
    }
    void operation() override { ring_.emplace(plan_.comes(name())); }

    bool is_slow() const override { return true; }
    void meanwhile() override {
        if (is_gate_taken(name()))
            return;
        std::error_code ec;
        sm::circular_buffer made(sm::create_only, name(), node_count, sizeof(message),
                                 strict_options(), ec);
        require(!ec || ec == sm::errc::already_exists, "nothing can be created");
        if (!ec)
            made_.emplace(std::move(made));
    }
    int survive(bool) override {
        if (made_)
            require(made_->participants().size() == 2,
                    "a handle that opens is not attached to what the name means");
        else
            made_.emplace(open(name()));
        auto other = open(name());
        use_every_node(*made_, other, 2);
        { const auto gone = std::move(other); }
        made_.reset();
        require(!exists(name()), "all have left, and the name is still there");
        return 0;
    }

private:
    const slow_opener_plan& plan_;
    std::optional<sm::circular_buffer> ring_; // the victim's
    std::optional<sm::circular_buffer> made_;
};

} // namespace

void add_segment_slow_openers(std::vector<scenario_entry>& to) {
    add_plans<slow_opener, plans>(to);
}

} // namespace every
