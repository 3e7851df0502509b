// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! How long it takes to create, open and leave a segment, against its size and those attached; and to
//! write to all of it for the first time.

#include "crew.hpp"
#include "others.hpp"
#include "runner.hpp"

#include <shared_memory/circular_buffer.hpp>

#include <boost/interprocess/ipc/message_queue.hpp>
#include <boost/interprocess/managed_shared_memory.hpp>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <fcntl.h>
#include <functional>
#include <optional>
#include <sys/mman.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

namespace comparison {
namespace {

namespace bi = boost::interprocess;
namespace sm = shared_memory;

constexpr std::uint32_t node_size = 64;

//! The system calls alone, with the memory reserved as everybody here does.
class bare_mapping {
public:
    bare_mapping(const std::string& name, std::size_t size, bool create) : size_(size) {
        const int fd =
            ::shm_open(name.c_str(), O_RDWR | O_CLOEXEC | (create ? O_CREAT | O_EXCL : 0), 0600);
        if (fd < 0)
            throw std::system_error(errno, std::generic_category(), "shm_open");
        const int error = create ? ::posix_fallocate(fd, 0, static_cast<off_t>(size)) : 0;
        if (error == 0)
            address_ = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        ::close(fd);
        if (error != 0 || address_ == MAP_FAILED)
            throw std::system_error(error != 0 ? error : errno, std::generic_category(), "mmap");
    }
    bare_mapping(bare_mapping&& other) noexcept
        : size_(other.size_), address_(std::exchange(other.address_, MAP_FAILED)) {}
    bare_mapping& operator=(bare_mapping&&) = delete;
    ~bare_mapping() {
        if (address_ != MAP_FAILED)
            ::munmap(address_, size_);
    }
    static void remove(const std::string& name) { ::shm_unlink(name.c_str()); }

private:
    std::size_t size_;
    void* address_ = MAP_FAILED;
};

//! Steps of one life of something, each timed.
struct life {
    std::string subject;
    std::function<void(std::size_t size)> create;
    std::function<void()> open;  //!< again and again
    std::function<void()> leave; //!< what `open` made
    std::function<void()> destroy;
};

std::vector<life> all_lives(std::string& name) {
    std::vector<life> result;
    {
        auto first = std::make_shared<std::optional<bare_mapping>>();
        auto second = std::make_shared<std::optional<bare_mapping>>();
        auto size = std::make_shared<std::size_t>();
        result.push_back({"shm_open and mmap",
                          [=, &name](std::size_t s) { first->emplace(name, *size = s, true); },
                          [=, &name] { second->emplace(name, *size, false); },
                          [=] { second->reset(); },
                          [=, &name] {
                              first->reset();
                              bare_mapping::remove(name);
                          }});
    }
    {
        auto first = std::make_shared<bi::managed_shared_memory>();
        auto second = std::make_shared<bi::managed_shared_memory>();
        result.push_back(
            {"managed_shared_memory",
             [=, &name](std::size_t size) {
                 *first = bi::managed_shared_memory(bi::create_only, name.c_str(), size);
             },
             [=, &name] { *second = bi::managed_shared_memory(bi::open_only, name.c_str()); },
             [=] { *second = bi::managed_shared_memory(); },
             [=, &name] {
                 *first = bi::managed_shared_memory();
                 bi::shared_memory_object::remove(name.c_str());
             }});
    }
    {
        auto first = std::make_shared<std::optional<bi::message_queue>>();
        auto second = std::make_shared<std::optional<bi::message_queue>>();
        result.push_back(
            {"message_queue",
             [=, &name](std::size_t size) {
                 first->emplace(bi::create_only, name.c_str(), size / node_size, node_size);
             },
             [=, &name] { second->emplace(bi::open_only, name.c_str()); }, [=] { second->reset(); },
             [=, &name] {
                 first->reset();
                 bi::message_queue::remove(name.c_str());
             }});
    }
    const auto prefaulted = sm::options().prefault();
    using kind = std::pair<const char*, sm::options>;
    for (const auto& [subject, how] :
         {kind("circular_buffer", sm::options()), kind("circular_buffer prefaulted", prefaulted)}) {
        auto first = std::make_shared<sm::circular_buffer>();
        auto second = std::make_shared<sm::circular_buffer>();
        result.push_back(
            {subject,
             [=, &name, how = how](std::size_t size) {
                 *first = sm::circular_buffer(sm::create_only, name,
                                              static_cast<std::uint32_t>(size / node_size),
                                              node_size, how);
             },
             [=, &name, how = how] { *second = sm::circular_buffer(sm::open_only, name, how); },
             [=] { *second = sm::circular_buffer(); }, [=] { *first = sm::circular_buffer(); }});
    }
    return result;
}

double microseconds(const std::function<void()>& step) {
    const auto start = std::chrono::steady_clock::now();
    step();
    return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start)
        .count();
}

series series_of(const char* name, const std::string& subject, std::size_t size) {
    series s;
    s.what = {name, subject, size, 0, 0, ""};
    s.unit = "us";
    return s;
}

void measure_size(std::size_t size, int rounds, results& found) {
    std::string name;
    std::vector<life> lives = all_lives(name);
    const std::vector<const char*> steps = {"create", "open", "leave", "destroy"};
    std::vector<std::vector<std::vector<double>>> times(
        steps.size(), std::vector<std::vector<double>>(lives.size()));
    for (int round = 0; round != rounds; ++round) {
        throw_if_interrupted();
        for (std::size_t i = 0; i != lives.size(); ++i) {
            name = unique_name();
            life& l = lives[i];
            times[0][i].push_back(microseconds([&] { l.create(size); }));
            times[1][i].push_back(microseconds(l.open));
            times[2][i].push_back(microseconds(l.leave));
            times[3][i].push_back(microseconds(l.destroy));
        }
    }
    for (std::size_t k = 0; k != steps.size(); ++k) {
        for (std::size_t i = 0; i != lives.size(); ++i) {
            series s = series_of(steps[k], lives[i].subject, size);
            s.values = times[k][i];
            found.add(std::move(s));
        }
    }
}

//! Writing to each node of a new ring once, and to each once more.
void measure_passes(std::size_t size, int rounds, results& found) {
    constexpr std::uint32_t node = 4096; // each its own page
    using kind = std::pair<const char*, sm::options>;
    for (const auto& [subject, how] :
         {kind("circular_buffer", sm::options()),
          kind("circular_buffer prefaulted", sm::options().prefault()),
          kind("circular_buffer in huge pages", sm::options().prefault().huge_pages())}) {
        series first = series_of("first_pass", subject, size);
        series second = series_of("second_pass", subject, size);
        const std::vector<std::byte> message(node);
        for (int round = 0; round != rounds; ++round) {
            throw_if_interrupted();
            const auto count = static_cast<std::uint32_t>(size / node);
            sm::circular_buffer ring(sm::create_only, unique_name(), count, node, how);
            const auto pass = [&] {
                for (std::uint32_t i = 0; i != count; ++i)
                    ring.write(message);
            };
            first.values.push_back(microseconds(pass));
            while (ring.discard()) {
            }
            second.values.push_back(microseconds(pass));
            while (ring.discard()) { // what is unread would stay
            }
        }
        found.add(std::move(first));
        found.add(std::move(second));
    }
}

//! Opening and leaving beside so many others.
void measure_company(unsigned others, int rounds, results& found) {
    const std::string name = unique_name();
    sm::circular_buffer owner(sm::create_only, name, 1024, node_size,
                              sm::options().max_participants(others + 1));
    std::vector<sm::circular_buffer> company;
    for (unsigned i = 1; i < others; ++i)
        company.emplace_back(sm::open_only, name);
    const std::string suffix = "_beside_" + std::to_string(others);
    series opening = series_of(("open" + suffix).c_str(), "circular_buffer", 0);
    series leaving = series_of(("leave" + suffix).c_str(), "circular_buffer", 0);
    sm::circular_buffer one;
    for (int round = 0; round != rounds; ++round) {
        opening.values.push_back(
            microseconds([&] { one = sm::circular_buffer(sm::open_only, name); }));
        leaving.values.push_back(microseconds([&] { one = sm::circular_buffer(); }));
    }
    found.add(std::move(opening));
    found.add(std::move(leaving));
}

} // namespace

void measure_lives(const settings& wanted, results& found) {
    constexpr std::size_t mib = std::size_t{1} << 20U;
    const int rounds = wanted.wanted == extent::smoke ? 1 : wanted.rounds;
    std::vector<std::size_t> sizes = {mib / 16};
    if (wanted.wanted != extent::smoke)
        sizes = {mib / 16, mib, 64 * mib};
    if (wanted.wanted == extent::full)
        sizes.insert(sizes.begin() + 2, 8 * mib);
    for (const std::size_t size : sizes)
        measure_size(size, rounds, found);
    measure_passes(sizes.back(), rounds, found);
    for (const unsigned others : {1U, 63U, 1000U}) {
        if (others <= 63 || wanted.wanted == extent::full)
            measure_company(others, rounds, found);
    }
}

} // namespace comparison
