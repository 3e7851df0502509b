// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// Scribbles on a segment that this process has open, between its calls, and in the middle of them:
// after a number of comparisons that the input says (see interleave.hpp), so that what is found is
// found again. With --concurrent instead: by a second thread, over and over, while the calls go on.

#include "actions.hpp"
#include "edits.hpp"
#include "guarded_mapping.hpp"
#include "interleave.hpp"
#include "patience.hpp"
#include "shapes.hpp"

#include "../support/object_view.hpp"
#include "support.hpp"

#include <shared_memory/detail/layout/header.hpp>

#include <atomic>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

namespace {

using namespace fuzz;
namespace smd = sm::detail;

// Damages the object that had the name when it was made.
class scribbler {
public:
    explicit scribbler(const shape& s) : shape_(s), memory_(path().c_str()) {}
    scribbler(const scribbler&) = delete;
    scribbler& operator=(const scribbler&) = delete;
    ~scribbler() {
        stop_interrupting();
        stop_ = true;
        if (thread_.joinable())
            thread_.join();
    }

    void now(const edit& e) { apply(e, memory_.data(), memory_.size()); }
    edit take(input& in) const { return take_edit(in, shape_); }

    void plan(input& in) {
        const std::uint32_t after = up_to(in, in.ConsumeBool() ? 23 : 255);
        tell("after %u comparisons of calls:", after + 1);
        plan_.push_back({after + 1, take(in)});
        if (plan_.size() == 1)
            interrupt_after(plan_.front().after, &scribbler::next, this);
    }

    // A participant that the kernel does not know, with a node or a lock in its hands.
    void invent_participant(input& in) {
        const std::uint32_t slot = up_to(in, shape_.participants - 1);
        const std::uint64_t generation = up_to(in, 3);
        std::string image = image_of(shape_);
        const object_view view(image.data());
        const bool locked = shape_.what != subject::ring;
        const std::uint64_t at = view.slot_at(slot);
        tell("participant %u appears", static_cast<unsigned>(slot));
        using participant = smd::participant_block;
        now({at + offsetof(participant, slot_word), 8, edit::set, generation << 1U | 1U});
        now({at + offsetof(participant, process_id), 8, edit::set, up_to(in, 70000)});
        now({at + offsetof(participant, role), 4, edit::set, up_to(in, 4)});
        if (in.ConsumeBool() && locked)
            now({view.line_at(smd::lock_part_number, slot), 8, edit::set,
                 generation << 32U | up_to(in, 0x20002)});
        if (in.ConsumeBool())
            now({smd::page_bytes + offsetof(smd::segment_block, life.owner), 8, edit::set,
                 generation << 10U | slot});
        if (in.ConsumeBool())
            now({smd::page_bytes + offsetof(smd::segment_block, life.slots_used), 4, edit::set,
                 slot + 1});
        if (in.ConsumeBool() && locked)
            now({view.words_at(smd::lock_part_number) + offsetof(smd::lock_block, writer), 8,
                 edit::set, generation << 11U | slot << 1U | up_to(in, 1)});
    }

    void go_on_for_ever(std::vector<edit> edits) {
        if (!edits.empty())
            thread_ = std::thread([this, all = std::move(edits)] {
                while (!stop_) {
                    for (const edit& e : all)
                        now(e);
                }
            });
    }

private:
    struct planned {
        std::uint32_t after;
        edit what;
    };

    static std::uint32_t next(void* self) {
        auto& s = *static_cast<scribbler*>(self);
        s.now(s.plan_.front().what);
        s.plan_.erase(s.plan_.begin());
        return s.plan_.empty() ? 0 : s.plan_.front().after;
    }

    const shape& shape_;
    bare_mapping memory_;
    std::vector<planned> plan_;
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

sm::options some_options(const shape& s, input& in) {
    sm::options how;
    how.max_participants(s.participants);
    how.max_deliveries(up_to(in, 3));
    how.end_when_abandoned(in.ConsumeBool());
    if (in.ConsumeBool())
        how.death_check_interval(std::chrono::seconds(0));
    return how;
}

// What each class does in its own way.
struct ring_class {
    using handle = sm::circular_buffer;
    using looker = sm::circular_buffer;
    static handle create(const shape& s, const sm::options& how) {
        return handle(sm::create_only, name(), s.count, s.size, how);
    }
    static handle create_or_open(const shape& s, const sm::options& how) {
        return handle(sm::open_or_create, name(), s.count, s.size, how);
    }
    static void prepare(handle& h) { impatient::make(h); }
    static void fill(handle& h) {
        for (std::uint32_t i = 0; i != 2; ++i)
            h.write(std::uint8_t{1});
    }
    void act_on(handle& h, input& in) { act(h, held, in); }
    void look_by(looker& h, input& in) { act(h, held, in); }
    claims held;
};
template <class Handle, class Looker>
struct locked_class {
    using handle = Handle;
    using looker = Looker;
    static handle create(const shape& s, const sm::options& how) {
        return handle(sm::create_only, name(), s.count, how);
    }
    static handle create_or_open(const shape& s, const sm::options& how) {
        return handle(sm::open_or_create, name(), s.count, how);
    }
    static void prepare(sm::buffer_with_locks& h) { h.read_write_timeout(short_wait); }
    static void fill(handle&) {}
    void act_on(handle& h, input& in) { act(h, in); }
    void look_by(looker& h, input& in) { act(h, in); }
};

template <class Class>
class company {
public:
    company(const shape& s, input& in) : shape_(s), how_(some_options(s, in)) {
        // In the order of the slots. All map it as it is at first, so what is theirs is known to the
        // byte.
        poison_by(precision::exact);
        handles_[0] = Class::create(s, how_);
        if (s.participants > 1)
            handles_[1] = typename Class::handle(sm::open_only, name(), how_);
        looker_ = typename Class::looker(sm::open_read_only, name(), how_);
        for (auto& h : handles_)
            prepare(h);
        prepare(looker_);
        Class::fill(handles_[0]);
        poison_by(precision::coarse);
    }

    void act_on_one(input& in) {
        const std::uint32_t who = up_to(in, 4);
        auto& handle = handles_[who % 2];
        if (who == 4 && looker_)
            class_.look_by(looker_, in);
        else if (handle)
            class_.act_on(handle, in);
    }

    void open_again(input& in) {
        auto& handle = handles_[up_to(in, 1)];
        tell("closed, and opened again");
        handle = typename Class::handle();
        may_fail("open again", [&] {
            switch (up_to(in, 2)) {
            case 0:
                handle = typename Class::handle(sm::open_only, name(), how_);
                break;
            case 1:
                handle = Class::create_or_open(shape_, how_);
                break;
            default:
                looker_ = typename Class::looker();
                looker_ = typename Class::looker(sm::open_read_only, name(), how_);
                prepare(looker_);
                break;
            }
        });
        prepare(handle);
    }

private:
    template <class Handle>
    static void prepare(Handle& h) {
        if (h)
            Class::prepare(h);
    }

    const shape& shape_;
    sm::options how_;
    Class class_; // its claims outlive the handles
    typename Class::handle handles_[2];
    typename Class::looker looker_;
};

template <class Class>
void scribble(const shape& s, input& in) {
    company<Class> all(s, in);
    scribbler hand(s);
    if (options().concurrent) {
        std::vector<edit> edits;
        for (std::uint32_t n = up_to(in, 6); n != 0; --n)
            edits.push_back(hand.take(in));
        hand.go_on_for_ever(std::move(edits));
    }
    int reopened = 0;
    for (int steps = 0; steps != 60 && in.remaining_bytes() != 0 && !worked_enough(); ++steps) {
        switch (up_to(in, 11)) {
        case 0:
        case 1:
            hand.now(hand.take(in));
            break;
        case 2:
        case 3:
            hand.plan(in);
            all.act_on_one(in);
            break;
        case 4:
            hand.invent_participant(in);
            break;
        case 5: // it takes long
            if (++reopened <= 3)
                all.open_again(in);
            break;
        default:
            all.act_on_one(in);
            break;
        }
    }
}

} // namespace

extern "C" int LLVMFuzzerInitialize(int* count, char*** arguments) {
    read_options(*count, *arguments);
    image_of(shapes[0]); // made now: it takes the name that a segment has later
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    input in(data, size);
    begin_input();
    const shape& s = shapes[up_to(in, shape_count - 1)];
    remove_object();
    switch (s.what) {
    case subject::ring:
        scribble<ring_class>(s, in);
        break;
    case subject::array_of_int:
        scribble<locked_class<sm::shared_array<int>, sm::shared_array<const int>>>(s, in);
        break;
    case subject::array_of_flags:
        scribble<locked_class<sm::shared_array<flags>, sm::shared_array<const flags>>>(s, in);
        break;
    case subject::array_of_bool:
        scribble<locked_class<sm::shared_array<bool>, sm::shared_array<const bool>>>(s, in);
        break;
    case subject::buffer:
        scribble<locked_class<sm::buffer_read_write, sm::buffer_read_write>>(s, in);
        break;
    }
    remove_object();
    return 0;
}
