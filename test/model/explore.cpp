// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include "explore.hpp"

#include <algorithm>
#include <chrono>
#include <random>

namespace model {
namespace {

using seconds_clock = std::chrono::steady_clock;

double since(seconds_clock::time_point start) {
    return std::chrono::duration<double>(seconds_clock::now() - start).count();
}

// The states that were visited, by 64 bits of hash, and at which depth.
class state_set {
public:
    struct entry {
        std::uint16_t depth;
        bool on_path;
    };
    state_set() : keys_(1U << 12U), entries_(keys_.size()) {}

    // The state's entry, and whether it is new.
    std::pair<std::size_t, bool> find(std::uint64_t key) {
        if ((size_ + 1) * 10 > keys_.size() * 7)
            grow();
        std::size_t i = key & (keys_.size() - 1);
        while (keys_[i] != 0 && keys_[i] != key)
            i = (i + 1) & (keys_.size() - 1);
        const bool is_new = keys_[i] == 0;
        keys_[i] = key;
        size_ += is_new ? 1U : 0U;
        return {i, is_new};
    }
    entry& at(std::size_t i) { return entries_[i]; }
    std::uint64_t size() const { return size_; }

private:
    void grow() {
        std::vector<std::uint64_t> keys(keys_.size() * 2);
        std::vector<entry> entries(keys.size());
        for (std::size_t j = 0; j != keys_.size(); ++j) {
            if (keys_[j] == 0)
                continue;
            std::size_t i = keys_[j] & (keys.size() - 1);
            while (keys[i] != 0)
                i = (i + 1) & (keys.size() - 1);
            keys[i] = keys_[j];
            entries[i] = entries_[j];
        }
        keys_.swap(keys);
        entries_.swap(entries);
    }
    std::vector<std::uint64_t> keys_;
    std::vector<entry> entries_;
    std::uint64_t size_ = 0;
};

struct frame {
    state at;
    std::uint64_t key = 0;
    std::vector<move> moves;
    std::size_t next = 0;
};

class search {
public:
    search(machine& m, const bounds& b, unsigned max_depth) : m_(m), b_(b), max_depth_(max_depth) {}

    // False: what is known of who uses what has grown; start again.
    bool run(verdict& v) {
        const auto start = seconds_clock::now();
        const double before = v.seconds;
        m_.start();
        enter();
        while (depth_ != 0 && m_.violation.empty() && !m_.relearn) {
            if ((++v.steps & 0xffU) == 0 &&
                (before + since(start) > b_.seconds || visited_.size() > b_.states)) {
                v.complete = false;
                break;
            }
            frame& f = *path_[depth_ - 1];
            if (f.next == f.moves.size()) {
                visited_.at(visited_.find(f.key).first).on_path = false;
                --depth_;
                continue;
            }
            copy(m_.now, f.at, m_.weak);
            m_.make(f.moves[f.next++]);
            if (m_.violation.empty())
                enter();
        }
        v.states = visited_.size();
        v.ends = ends_;
        v.finals = finals_.size();
        v.depth = deepest_;
        v.seconds += since(start);
        v.violation = m_.violation;
        return !m_.relearn;
    }
    std::vector<move> path() const {
        std::vector<move> moves;
        for (unsigned i = 0; i != depth_; ++i)
            moves.push_back(path_[i]->moves[path_[i]->next - 1]);
        return moves;
    }

private:
    void enter() {
        if (depth_ >= max_depth_)
            return;
        const std::uint64_t key = m_.hash(b_.preemptions >= 0);
        const auto [i, is_new] = visited_.find(key);
        state_set::entry& e = visited_.at(i);
        if (!is_new) {
            // With fair loads and finite work nothing comes back to where it was.
            if (e.on_path && !m_.weak)
                m_.report("goes round for ever: the state comes again");
            if (e.on_path || e.depth <= depth_ || max_depth_ == no_limit)
                return;
        }
        e = {static_cast<std::uint16_t>(std::min(depth_, 0xffffU)), true};
        if (path_.size() == depth_)
            path_.push_back(std::make_unique<frame>());
        frame& f = *path_[depth_];
        copy(f.at, m_.now, m_.weak);
        f.key = key;
        f.next = 0;
        m_.moves(f.moves, b_.deaths);
        const bool ends = std::all_of(f.moves.begin(), f.moves.end(),
                                      [](const move& one) { return one.kind == move::die; });
        if (ends) {
            ++ends_;
            finals_.find(m_.final_hash());
            m_.what_runs->check_end();
        }
        if (depth_ == endless)
            m_.report("goes on for ever: new states, and no end");
        if (m_.violation.empty())
            deepest_ = std::max(deepest_, ++depth_);
    }

    static constexpr unsigned no_limit = ~0U;
    static constexpr unsigned endless = 5000; // steps; the work is done after some hundreds
    machine& m_;
    const bounds& b_;
    unsigned max_depth_;
    state_set visited_, finals_;
    std::vector<std::unique_ptr<frame>> path_;
    unsigned depth_ = 0;
    unsigned deepest_ = 0;
    std::uint64_t ends_ = 0;
};

struct knowledge {
    std::array<std::uint8_t, max_locations> users{}, changers{};
};

void prepare(scene& s, const bounds& b, const weakening& weakened, const knowledge& known) {
    s.m->what_runs = s.runs.get();
    s.m->weak = b.weak;
    s.m->max_preemptions = b.preemptions;
    s.m->max_weak_steps = b.weak_steps;
    s.m->weakened = weakened;
    s.m->users = known.users;
    s.m->changers = known.changers;
}

// Random walks first: what they learn need not be learnt by starting a long search again.
void learn(const make_scene& make, const bounds& b, const weakening& weakened, knowledge& known) {
    std::minstd_rand random(1);
    std::vector<move> moves;
    for (unsigned walk = 0; walk != 600; ++walk) {
        scene s = make();
        prepare(s, b, weakened, known);
        s.m->start();
        for (unsigned i = 0; i != 300 && s.m->violation.empty() && !s.m->relearn; ++i) {
            s.m->moves(moves, b.deaths);
            if (moves.empty())
                break;
            s.m->make(moves[random() % moves.size()]);
        }
        known = {s.m->users, s.m->changers};
    }
}

// One search to its end, with all that must be known; `known` grows.
std::vector<move> search_all(const make_scene& make, const bounds& b, const weakening& weakened,
                             unsigned max_depth, knowledge& known, verdict& v) {
    for (;;) {
        scene s = make();
        prepare(s, b, weakened, known);
        verdict here;
        here.complete = true;
        here.seconds = v.seconds;
        search one(*s.m, b, max_depth);
        const bool done = one.run(here);
        known = {s.m->users, s.m->changers};
        v = here;
        if (done)
            return v.violation.empty() ? std::vector<move>() : one.path();
    }
}

std::vector<std::string> replay(const make_scene& make, const bounds& b, const weakening& weakened,
                                const knowledge& known, const std::vector<move>& path) {
    std::vector<std::string> lines;
    scene s = make();
    prepare(s, b, weakened, known);
    s.m->tracer = [&](const std::string& line) { lines.push_back(line); };
    s.m->start();
    for (const move& m : path)
        s.m->make(m);
    return lines;
}

} // namespace

verdict explore(const make_scene& make, const bounds& b, const weakening& weakened,
                double shorten) {
    knowledge known;
    learn(make, b, weakened, known);
    verdict v;
    std::vector<move> path = search_all(make, b, weakened, ~0U, known, v);
    if (v.violation.empty())
        return v;
    bounds left = b;
    left.seconds = shorten;
    const auto start = seconds_clock::now();
    for (std::size_t most = path.size(); most > 1 && since(start) < shorten;) {
        verdict shorter;
        knowledge more = known;
        left.seconds = shorten - since(start);
        const std::vector<move> found =
            search_all(make, left, weakened, static_cast<unsigned>(most - 1), more, shorter);
        if (shorter.violation.empty())
            break;
        path = found;
        known = more;
        v.violation = shorter.violation;
        most = path.size();
    }
    v.trace = replay(make, b, weakened, known, path);
    return v;
}

void visit(const make_scene& make, const bounds& b,
           const std::function<void(const access&)>& visitor) {
    knowledge known;
    learn(make, b, {}, known);
    for (bool done = false; !done;) {
        scene s = make();
        prepare(s, b, {}, known);
        s.m->visitor = visitor;
        verdict v;
        search one(*s.m, b, ~0U);
        done = one.run(v);
        known = {s.m->users, s.m->changers};
    }
}

} // namespace model
