// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

// What must hold of a latest value, whatever the processes do.

#ifndef SHARED_MEMORY_TEST_MODEL_LATEST_CHECKS_HPP
#define SHARED_MEMORY_TEST_MODEL_LATEST_CHECKS_HPP

#include "machine.hpp"

#include <cstdint>

namespace model {

constexpr unsigned most_buffers = 4;
constexpr unsigned most_versions = 16;

struct latest_ghost {
    std::uint8_t newest;                // version
    std::uint8_t value[most_versions];  // of each version
    std::uint8_t filling[most_buffers]; // process + 1 that has claimed it
    std::uint8_t looking[most_buffers]; // a bit for each process that looks at it in place
    std::uint8_t pinned_by[2];          // of each pin word: process + 1
    std::uint8_t before[max_processes]; // the newest version when a load began
    std::uint8_t loaded[max_processes]; // the newest version that the process has loaded
    std::uint8_t stored[max_processes]; // or stored
};

class latest_checks {
public:
    explicit latest_checks(machine& m) : m_(m) {}

    latest_ghost& ghost() { return m_.ghost<latest_ghost>(); }
    void expect(bool holds, const char* what) {
        if (!holds)
            m_.report(what);
    }

    // Words change.
    void claimed(unsigned p, unsigned buffer, unsigned current) {
        expect(buffer != current, "[V1] the current buffer was claimed");
        expect(!is_alive(ghost().filling[buffer]), "[V1] a buffer was claimed twice");
        ghost().filling[buffer] = static_cast<std::uint8_t>(p + 1);
    }
    void ended(unsigned p, unsigned buffer) {
        const std::uint8_t of = ghost().filling[buffer];
        expect(of == p + 1 || !is_alive(of), "[V7] a living writer was robbed");
        ghost().filling[buffer] = 0;
    }
    void filled(unsigned p, unsigned buffer, unsigned current) {
        expect(ghost().filling[buffer] == p + 1, "[V1] a buffer of another one's was written");
        expect(buffer != current, "[V1] the current buffer was written");
        expect(ghost().looking[buffer] == 0, "[V4] a buffer was written under a reader in place");
    }
    void published(unsigned p, std::uint64_t version, std::uint64_t value, bool adds_one) {
        latest_ghost& g = ghost();
        expect(version == g.newest + 1U, "[V6] a version is not its predecessor's and one");
        expect(version < most_versions, "the model has no room for more versions");
        expect(!adds_one || value == g.value[g.newest] + 1U, "store_if: an update was lost");
        if (version >= most_versions)
            return;
        g.newest = static_cast<std::uint8_t>(version);
        g.value[g.newest] = static_cast<std::uint8_t>(value);
        g.stored[p] = g.newest;
    }
    void pinned(unsigned p, unsigned pin) {
        ghost().pinned_by[pin] = static_cast<std::uint8_t>(p + 1);
    }
    void unpinned(unsigned p, unsigned pin) {
        const std::uint8_t of = ghost().pinned_by[pin];
        expect(of == p + 1 || !is_alive(of), "[V7] a living reader lost its pin");
        ghost().pinned_by[pin] = 0;
    }

    // What the processes do.
    void begins_to_load(unsigned p) { ghost().before[p] = ghost().newest; }
    void loads(unsigned p, std::uint64_t version, std::uint64_t a, std::uint64_t b) {
        latest_ghost& g = ghost();
        if (version == 0 || version > g.newest) {
            m_.report("loaded a version that was not published");
            return;
        }
        expect(a == b, "torn: the two halves are not of one value");
        expect(a == g.value[version], "torn: the value is another version's");
        expect(version >= g.loaded[p] && version >= g.stored[p],
               "loaded an older value than before");
        expect(m_.weak || version >= g.before[p], "loaded a value that was not the newest");
        g.loaded[p] = static_cast<std::uint8_t>(version);
    }
    void finds_none(unsigned p) {
        expect(ghost().loaded[p] == 0 && ghost().stored[p] == 0 &&
                   (m_.weak || ghost().before[p] == 0),
               "found no value, and there was one");
    }
    void looks(unsigned p, unsigned buffer) {
        ghost().looking[buffer] = static_cast<std::uint8_t>(ghost().looking[buffer] | 1U << p);
    }
    void looks_no_more(unsigned p) {
        for (std::uint8_t& readers : ghost().looking)
            readers = static_cast<std::uint8_t>(readers & ~(1U << p));
    }

private:
    bool is_alive(std::uint8_t process) { return process != 0 && m_.is_live(process - 1U); }

    machine& m_;
};

} // namespace model

#endif
