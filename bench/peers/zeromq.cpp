// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

//! \file
//! ZeroMQ over ipc: a PUSH and a PULL socket.

#include "crew.hpp"
#include "subject_of.hpp"

#include <cerrno>
#include <string>
#include <zmq.h>

namespace comparison {
namespace {

[[noreturn]] void fail(const char* what) {
    throw std::runtime_error(std::string(what) + ": " + zmq_strerror(errno));
}

//! A socket and its context, in the process that uses them.
class socket {
public:
    socket(int type, int high_water_option, std::uint32_t nodes) : context_(zmq_ctx_new()) {
        // The threads that do the work may run where there is room.
        for (const int processor : processors())
            zmq_ctx_set(context_, ZMQ_THREAD_AFFINITY_CPU_ADD, processor);
        socket_ = zmq_socket(context_, type);
        if (socket_ == nullptr)
            fail("zmq_socket");
        const int none = 0;
        const int most = static_cast<int>(nodes);
        zmq_setsockopt(socket_, ZMQ_LINGER, &none, sizeof none);
        zmq_setsockopt(socket_, high_water_option, &most, sizeof most);
    }
    socket(const socket&) = delete;
    socket& operator=(const socket&) = delete;
    ~socket() {
        zmq_close(socket_);
        zmq_ctx_term(context_);
    }
    void* get() const { return socket_; }

private:
    void* context_;
    void* socket_ = nullptr;
};

class zeromq {
public:
    // An abstract name: nothing is left in any file system.
    explicit zeromq(const channel_spec& spec) : spec_(spec), address_("ipc://@" + spec.name) {}

    class writer {
    public:
        explicit writer(zeromq& channel)
            : message_(channel.spec_.payload), socket_(ZMQ_PUSH, ZMQ_SNDHWM, channel.spec_.nodes) {
            if (zmq_bind(socket_.get(), channel.address_.c_str()) != 0)
                fail("zmq_bind");
        }
        template <class Fill>
        bool try_write(Fill& fill) {
            return message_.send(fill, [this](const std::byte* from, std::size_t size) {
                return send(from, size, ZMQ_DONTWAIT);
            });
        }
        template <class Fill>
        void write(Fill& fill) {
            message_.send(fill, [this](const std::byte* from, std::size_t size) {
                while (!send(from, size, 0)) {
                }
                return true;
            });
        }
        void flush() {}

    private:
        bool send(const std::byte* from, std::size_t size, int flags) {
            if (zmq_send(socket_.get(), from, size, flags) >= 0)
                return true;
            if (errno != EAGAIN && errno != EINTR)
                fail("zmq_send");
            return false;
        }

        staged_message message_;
        socket socket_;
    };

    class reader {
    public:
        explicit reader(zeromq& channel)
            : message_(channel.spec_.payload), socket_(ZMQ_PULL, ZMQ_RCVHWM, channel.spec_.nodes) {
            if (zmq_connect(socket_.get(), channel.address_.c_str()) != 0)
                fail("zmq_connect");
        }
        template <class Use>
        bool try_read(Use& use) {
            if (!receive(ZMQ_DONTWAIT))
                return false;
            use(message_.data());
            return true;
        }
        template <class Use>
        void read(Use& use) {
            while (!receive(0)) {
            }
            use(message_.data());
        }

    private:
        bool receive(int flags) {
            if (zmq_recv(socket_.get(), message_.data(), message_.size(), flags) >= 0)
                return true;
            if (errno != EAGAIN && errno != EINTR)
                fail("zmq_recv");
            return false;
        }

        bytes message_;
        socket socket_;
    };

private:
    channel_spec spec_;
    std::string address_;
};

} // namespace

void add_zeromq(subjects& all) {
    all.add(subject_of<zeromq>("ZeroMQ ipc", one_to_one));
}

} // namespace comparison
