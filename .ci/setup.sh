# shellcheck shell=bash disable=SC2034
# For the scripts of this project to source: the packages that it needs (here is their only list),
# and what the scripts share.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
jobs=$(nproc)
boost_version=1.81

say() { printf '%s\n' "$@"; } # a line an argument
complain() { say "$@" >&2; }

# A folder that goes with the script, whatever ends it, and the processes it left running.
tmp=$(mktemp -d)
clean_up() {
    local pids
    pids=$(jobs -p)
    # shellcheck disable=SC2086 # a list
    if [[ $pids ]]; then kill $pids 2> /dev/null; fi
    stop_wine
    rm -rf "$tmp"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# ---- Packages -------------------------------------------------------------------------------------

# Each thing, how one sees that it is here, and its Debian package. BOOST stands for what comes
# between libboost and -dev: Debian 12's own default is 1.74, too old, and it has 1.81 beside it.
compiles() { "${CXX:-c++}" -x c++ - -o /dev/null "$@" > /dev/null 2>&1; }
has_boost_headers() {
    compiles -fsyntax-only <<< "#include <boost/version.hpp>
static_assert(BOOST_VERSION >= ${boost_version/./0}00, \"too old\");"
}
has_library() { compiles "-l$1" <<< 'int main() {}'; }
has_program() { command -v "$1" > /dev/null; }
# Debian's package of atomic_queue wants the default Boost, which in Debian 12 cannot be beside the newer
# one; its headers want none, so that they are unpacked here.
unpacked=$root/build/packages
has_atomic_queue() { compiles -fsyntax-only -isystem "$unpacked/usr/include" <<< '#include <atomic_queue/atomic_queue.h>'; }
unpack() { mkdir -p "$unpacked" && (cd "$tmp" && apt-get download "$1") && dpkg-deb -x "$tmp/$1"_*.deb "$unpacked"; }
has_fuzzer() { CXX=clang++ compiles -fsanitize=fuzzer <<< '#include <cstddef>
#include <fuzzer/FuzzedDataProvider.h>
extern "C" int LLVMFuzzerTestOneInput(const unsigned char*, std::size_t) { return 0; }'; }
wine=/usr/lib/wine/wine64
has_wine() { [[ -x $wine ]]; }
builds_for_32_bits() { compiles -m32 <<< '#include <string>
int main() {}'; }

things='
g++           | has_program c++                        | g++
cmake         | has_program cmake                      | cmake
ninja         | has_program ninja                      | ninja-build
boost         | has_boost_headers                      | libboostBOOST-dev
boost_test    | has_library boost_unit_test_framework  | libboost-testBOOST-dev
boost_options | has_library boost_program_options      | libboost-program-optionsBOOST-dev
b2            | has_program b2                         | libboostBOOST-tools-dev
multilib      | builds_for_32_bits                     | g++-multilib
clang         | has_program clang++                    | clang
fuzzer        | has_fuzzer                             | libclang-rt-dev
clang-format  | has_program clang-format               | clang-format
clang-tidy    | has_program clang-tidy                 | clang-tidy
zeromq        | has_library zmq                        | libzmq3-dev
iceoryx       | has_library iceoryx_posh               | libiceoryx-posh-dev
iox-roudi     | has_program iox-roudi                  | iceoryx
atomic_queue  | has_atomic_queue                       | libatomic-queue-dev
valgrind      | has_program valgrind                   | valgrind
strace        | has_program strace                     | strace
gnuplot       | has_program gnuplot                    | gnuplot-nox
mingw         | has_program x86_64-w64-mingw32-g++-posix | g++-mingw-w64-x86-64-posix
wine          | has_wine                               | wine64
'
to_build=(g++ cmake ninja boost boost_test boost_options)
# To build for Windows, and run there: beside Boost's headers.
to_build_windows=(g++ cmake ninja boost mingw wine)
# What some tests need: without it they are skipped, and say so.
to_test_all=(b2 multilib)

# Prints the packages of those of the named things that are not here.
missing_packages() {
    local boost=$boost_version thing probe package
    # A newer Debian, or another one, has a default that is new enough.
    if has_program apt-cache && ! apt-cache show "libboost$boost-dev" > /dev/null 2>&1 &&
        apt-cache show libboost-dev > /dev/null 2>&1; then
        boost=
    fi
    while IFS='|' read -r thing probe package; do
        thing=${thing// /} package=${package// /}
        if [[ $thing && " $* " == *" $thing "* ]] && ! $probe < /dev/null; then
            printf '%s ' "${package/BOOST/$boost}"
        fi
    done <<< "$things"
}

may_install() { [[ $(id -u) == 0 ]] && has_program apt-get; }

# As need, but does without what it may not install.
want() {
    if may_install; then need "$@"; fi
}

# Sees to it that the named things are here: installs them, or says what to install and fails.
need() {
    local packages
    packages=$(missing_packages "$@")
    if [[ ! $packages ]]; then return; fi
    if ! may_install; then
        complain "These packages are missing (by their names in Debian 12; Boost must be $boost_version or newer):"
        complain "    apt-get install $packages"
        exit 1
    fi
    quietly 'apt-get update' apt-get -o DPkg::Lock::Timeout=120 update
    # Again: which Boost there is to install is known only now.
    packages=$(missing_packages "$@")
    if [[ $packages == *libatomic-queue-dev* ]]; then
        quietly 'unpack libatomic-queue-dev' unpack libatomic-queue-dev
        packages=${packages/libatomic-queue-dev /}
    fi
    if [[ ! $packages ]]; then return; fi
    # shellcheck disable=SC2086 # a list
    DEBIAN_FRONTEND=noninteractive quietly "apt-get install $packages" \
        apt-get -o DPkg::Lock::Timeout=120 install -y --no-install-recommends $packages
}

# ---- Running --------------------------------------------------------------------------------------

# quietly LABEL COMMAND...: says what runs, how far it is and how long it took; its output only if
# it fails, and then ends the script with its status.
quietly() {
    local label=$1 log=$tmp/log status=0 start=$SECONDS shown=$SECONDS pid
    shift
    say "$label ..."
    "$@" > "$log" 2>&1 < /dev/null &
    pid=$!
    while kill -0 $pid 2> /dev/null; do
        sleep 0.1
        if ((SECONDS - shown >= 10)); then
            shown=$SECONDS
            say "    $((SECONDS - start)) s: $(tail -n 1 "$log" | cut -c 1-90)"
        fi
    done
    wait $pid || status=$?
    if ((status != 0)); then
        cat "$log"
        say "$label: failed (status $status)"
        exit 1
    fi
    say "$label: done in $((SECONDS - start)) s"
}

# ---- Windows --------------------------------------------------------------------------------------

# What b2 has to be told to build for Windows: as cmake/mingw.cmake. Boost's headers in a folder of
# their own, since the rest of /usr/include is not for that compiler.
b2_for_windows=$root/build/b2-for-windows
configure_b2_for_windows() {
    mkdir -p "$b2_for_windows/include"
    ln -sfn /usr/include/boost "$b2_for_windows/include/boost"
    say "using gcc : mingw : x86_64-w64-mingw32-g++-posix : <cxxflags>\"-isystem $b2_for_windows/include\" ;" \
        > "$b2_for_windows/user-config.jam"
}

# ---- Wine -----------------------------------------------------------------------------------------

# A Windows of its own, empty, without a display. Its server stays: programs start five times faster.
start_wine() {
    export WINEPREFIX=$tmp/wine WINEDEBUG=-all WINEDLLOVERRIDES='mscoree=;mshtml='
    unset DISPLAY
    quietly 'wineboot' "$wine" wineboot -i
    "${wine%64}server" -p > /dev/null 2>&1 < /dev/null
    # Without a debugger that is asked for, some programs that crash end with status 0.
    quietly 'no debugger' "$wine" reg add \
        'HKLM\Software\Microsoft\Windows NT\CurrentVersion\AeDebug' /v Debugger /d '' /f
}
# Ends all programs of it.
stop_wine() {
    if [[ ${WINEPREFIX-} == "$tmp/wine" && -d $WINEPREFIX ]]; then
        "${wine%64}server" -k 2> /dev/null
        "${wine%64}server" -w 2> /dev/null
    fi
}

# ---- Shared memory --------------------------------------------------------------------------------

# Prints what is in /dev/shm now.
list_shm() { find /dev/shm -mindepth 1 -maxdepth 1 -type f -printf '%P\n' 2> /dev/null | sort; }

# is_ours ENTRY: what this library makes, or its tests: a segment (its magic number is at the second
# page), what a segment is built in before it has its name, and whatever a test gave a name to. What
# other programs have in /dev/shm is none of our business.
is_ours() {
    [[ $1 =~ \.[0-9a-f]{16}~sm$ || $1 =~ ^(sem\.)?test-[0-9]+- ]] ||
        [[ $(dd if="/dev/shm/$1" bs=8 skip=512 count=1 status=none 2> /dev/null | tr -d '\0') == SMEMORY1 ]]
}

# is_used ENTRY: a process that is alive has it: it holds its place in the segment by a lock, or is the
# test that made the name.
is_used() {
    local inode
    inode=$(stat -c %i "/dev/shm/$1" 2> /dev/null) || return
    grep -q ":$inode " /proc/locks 2> /dev/null ||
        [[ $1 =~ test-([0-9]+)- && -d /proc/${BASH_REMATCH[1]} ]]
}

# left_in_shm FILE [SECONDS]: prints what this library has left in /dev/shm that was not in the list in
# that file. An entry must stay for some seconds to count.
left_in_shm() {
    local entries entry tries
    for ((tries = ${2-4}; tries >= 0; --tries)); do
        entries=()
        while IFS= read -r entry; do
            if is_ours "$entry" && ! is_used "$entry"; then entries+=("$entry"); fi
        done < <(list_shm | comm -13 "$1" -)
        if ((${#entries[@]} == 0)); then return; fi
        if ((tries)); then sleep 1; fi
    done
    printf '%s\n' "${entries[@]}"
}
