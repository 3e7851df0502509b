// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// A creator that removes what a killed one left half built.

#include "all.hpp"
#include "ring_survivors.hpp"

#include "../../support/seconds_ahead.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <optional>

namespace every {
namespace {

struct sweeping_plan {
    const char* operation;
    const char* situation;
    bool every;
};
constexpr sweeping_plan plans[] = {{"create", "a killed one left something", true}};

class sweeping_creator : public scenario {
public:
    explicit sweeping_creator(const sweeping_plan&) {}

    void prepare(tracee*) override {}
    void victim_prepares() override {
        const int file = ::open(("/dev/shm/" + left_over()).c_str(),
                                O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        require(file != -1, "cannot leave anything");
        ::close(file);
        test_support::seconds_ahead = 90;
    }
    void operation() override { create(ring_); }
    bool may_leave_temporary() const override { return true; }
    int survive(bool) override {
        const int rank = exists(name()) ? 1 : 0;
        test_support::seconds_ahead = 90;
        std::optional<sm::circular_buffer> ring;
        create(ring);
        require(!exists(left_over()), "what a killed creator left is never removed");
        {
            sm::circular_buffer other(sm::open_only, name(), opening_options());
            use_every_node(*ring, other, 2);
        }
        ring.reset();
        require(!exists(name()), "all have left, and the name is still there");
        return rank;
    }
    int last_rank() const override { return 1; }

private:
    //! Named after this one, with 16 hexadecimal digits.
    std::string left_over() const {
        std::string digits;
        for (const char c : name())
            digits += c >= '0' && c <= '9' ? std::string(1, c) : std::string();
        digits.resize(16, '0');
        return name() + '.' + digits + "~sm";
    }
    void create(std::optional<sm::circular_buffer>& ring) const {
        ring.emplace(sm::create_only, name(), node_count, std::uint32_t{sizeof(message)},
                     strict_options());
    }

    std::optional<sm::circular_buffer> ring_; // the victim's
};

} // namespace

void add_segment_sweep(std::vector<scenario_entry>& to) {
    add_plans<sweeping_creator, plans>(to);
}

} // namespace every
