// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! Pipes and socket pairs: bytes through the kernel.

#include "subject_of.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace comparison {
namespace {

[[noreturn]] void fail(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

//! Ends to read from and to write to.
struct ends {
    int from;
    int to;
};

struct by_pipe {
    static ends open() {
        int fds[2];
        if (::pipe2(fds, O_CLOEXEC) != 0)
            fail("pipe2");
        constexpr int size = 1 << 20; // the most that everybody may have; less is no harm
        ::fcntl(fds[1], F_SETPIPE_SZ, size);
        return {fds[0], fds[1]};
    }
};
struct by_socketpair {
    static ends open() {
        int fds[2];
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
            fail("socketpair");
        return {fds[0], fds[1]};
    }
};

template <class Kind>
class byte_stream {
public:
    explicit byte_stream(const channel_spec& spec) : size_(spec.payload), ends_(Kind::open()) {}
    byte_stream(const byte_stream&) = delete;
    byte_stream& operator=(const byte_stream&) = delete;
    ~byte_stream() {
        ::close(ends_.from);
        ::close(ends_.to);
    }

    class writer {
    public:
        explicit writer(byte_stream& stream) : fd_(stream.ends_.to), message_(stream.size_) {}
        template <class Fill>
        void write(Fill& fill) {
            message_.send(fill, [this](const std::byte* from, std::size_t size) {
                for (std::size_t done = 0; done != size;) {
                    const ssize_t n = ::write(fd_, from + done, size - done);
                    if (n < 0 && errno != EINTR)
                        fail("write");
                    done += n > 0 ? static_cast<std::size_t>(n) : 0;
                }
                return true;
            });
        }
        template <class Fill>
        bool try_write(Fill& fill) {
            write(fill);
            return true;
        }
        void flush() {}

    private:
        int fd_;
        staged_message message_;
    };

    class reader {
    public:
        explicit reader(byte_stream& stream) : fd_(stream.ends_.from), message_(stream.size_) {}
        template <class Use>
        void read(Use& use) {
            for (std::size_t done = 0; done != message_.size();) {
                const ssize_t n = ::read(fd_, message_.data() + done, message_.size() - done);
                if (n < 0 && errno != EINTR)
                    fail("read");
                done += n > 0 ? static_cast<std::size_t>(n) : 0;
            }
            use(message_.data());
        }
        template <class Use>
        bool try_read(Use& use) {
            read(use);
            return true;
        }

    private:
        int fd_;
        bytes message_;
    };

private:
    std::size_t size_;
    ends ends_;
};

bool waits_only(const channel_spec& spec, waiting how) {
    return one_to_one(spec, how) && (how == waiting::adaptive || how == waiting::sleeping);
}

} // namespace

void add_pipes(subjects& all) {
    all.add(counted_subject_of<byte_stream<by_pipe>>("pipe", waits_only));
    all.add(counted_subject_of<byte_stream<by_socketpair>>("socketpair", waits_only));
}

} // namespace comparison
