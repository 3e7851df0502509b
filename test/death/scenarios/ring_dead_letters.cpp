// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// The victim moves a dead letter to another ring, and a survivor goes on with that.

#include "all.hpp"
#include "ring_survivors.hpp"

#include <shared_memory/circular_buffer.hpp>
#include <shared_memory/dead_letters.hpp>

#include <cstring>
#include <optional>
#include <string>

namespace every {
namespace {

struct moving_plan {
    const char* operation;
    const char* situation;
    bool every;
    bool single; // a writer and a reader
};

constexpr moving_plan plans[] = {
    {"move_dead_letters", "several readers", false, false},
    {"move_dead_letters", "single", false, true},
};

class moving : public scenario {
public:
    explicit moving(const moving_plan& plan) : plan_(plan) {}

    void prepare(tracee*) override {
        old_.emplace(sm::create_only, name(), node_count, std::uint32_t{sizeof(message)},
                     strict_options()
                         .single_writer(plan_.single)
                         .single_reader(plan_.single)
                         .max_deliveries(1)
                         .dead_letters());
        letters_.emplace(sm::create_only, letters_name(), node_count,
                         std::uint32_t{sizeof(sm::dead_letter) + sizeof(message)},
                         strict_options());
        old_->write(make_message(1));
        old_->write(make_message(2));
        sm::circular_buffer reader(sm::open_only, name(), opening_options());
        const auto given_back = reader.claim_read();
        position_ = given_back.position();
    }
    void victim_prepares() override {
        mover_.emplace(sm::open_only, name(), opening_options().dead_letters_to(letters_name()));
    }
    void operation() override { mover_->move_dead_letters(); }
    void is_alive(const segment_watch&) override {
        require(old_->recover().participants_reaped() == 0 &&
                    letters_->recover().participants_reaped() == 0,
                "a process that is only stopped was declared dead");
    }
    int survive(bool fresh_first) override {
        if (!fresh_first)
            old_->recover();
        sm::circular_buffer next(sm::open_only, name(),
                                 opening_options().dead_letters_to(letters_name()));
        letters_->recover();
        const std::uint32_t before = letters_->size();
        const std::uint32_t left = old_->dead_letters();
        require(before <= 1 && left <= 1 && before + left != 0, "a dead letter is lost");
        next.move_dead_letters();
        require(old_->dead_letters() == 0, "a dead letter was not moved");
        require(old_->given_up() == 0, "a message was given up");
        require(letters_->size() == before + left, "a dead letter came too often, or not");
        while (auto claim = letters_->try_claim_read()) {
            const auto [head, rest] = claim->as_prefix<sm::dead_letter>();
            message m{};
            require(rest.size() == sizeof m, "a dead letter of another size");
            std::memcpy(&m, rest.data(), sizeof m);
            require(m == make_message(1), "a torn dead letter");
            require(head.position == position_ && head.deliveries == 1 && head.ring == old_->id(),
                    "a dead letter that says something else of itself");
            claim->release();
        }
        const auto second = next.try_read_for<message>(patience);
        require(second && *second == make_message(2), "the next message is lost");
        require(old_->empty(), "a message came again");
        require(old_->participants().size() == 2 && letters_->participants().size() == 2,
                "a dead process is still attached");
        next = sm::circular_buffer();
        old_.reset();
        letters_.reset();
        require(!exists(name()) && !exists(letters_name()),
                "all have left, and the name is still there");
        return before == 0 ? 0 : left == 1 ? 1 : 2;
    }
    int last_rank() const override { return 2; }

private:
    std::string letters_name() const { return name() + "-letters"; }

    const moving_plan& plan_;
    std::optional<sm::circular_buffer> mover_;   // the victim's
    std::optional<sm::circular_buffer> old_;     // the survivor's
    std::optional<sm::circular_buffer> letters_; // as well
    std::uint64_t position_ = 0;
};

} // namespace

void add_ring_dead_letters(std::vector<scenario_entry>& to) {
    add_plans<moving, plans>(to);
}

} // namespace every
