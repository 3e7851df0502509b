// Copyright the shared_memory authors. Distributed under the Boost Software License, Version 1.0.

#include "sources.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <stdexcept>

namespace every {
namespace {

namespace fs = std::filesystem;

// What the library's words are written by, and the kernel is called by. Atomics that no other process sees are the standard's, and
// say so in their memory order, or have none.
const std::regex writing(
    R"((\.(?:store|exchange|fetch_\w+|compare_exchange_\w+)|\bwrite_bytes|\bsys::\w+(?:<[^<>()]*>)?)\()");
const std::regex shared_order(R"((^|[^:\w]|boost::)memory_order|\border::)");

bool is_read(const fs::path& path) {
    const std::string folder = path.parent_path().filename().string();
    return (path.extension() == ".hpp" || path.extension() == ".cpp") && folder != "windows" &&
           folder != "interprocess" && path.filename() != "words.hpp" &&
           path.filename() != "calls.hpp";
}

//! Comments are blanked, so that positions stay.
std::string code_of(const fs::path& path) {
    std::ifstream file(path);
    std::string text{std::istreambuf_iterator<char>(file), {}};
    for (std::size_t at = 0; (at = text.find("//", at)) != std::string::npos;) {
        while (at != text.size() && text[at] != '\n')
            text[at++] = ' ';
    }
    return text;
}

unsigned line_of(const std::string& text, std::size_t at) {
    return 1 + static_cast<unsigned>(
                   std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
}

std::size_t end_of_call(const std::string& text, std::size_t at) {
    int depth = 0;
    for (; at != text.size(); ++at) {
        depth += text[at] == '(' ? 1 : text[at] == ')' ? -1 : 0;
        if (depth == 0 && text[at] == ')')
            break;
    }
    return at;
}

void read_file(const fs::path& path, std::vector<source_write>& found) {
    const std::string text = code_of(path);
    for (std::sregex_iterator i(text.begin(), text.end(), writing), end; i != end; ++i) {
        const auto at = static_cast<std::size_t>(i->position());
        const auto open = at + static_cast<std::size_t>(i->length()) - 1;
        const std::size_t close = end_of_call(text, open);
        const bool is_word = text[at] == '.';
        if (is_word && !std::regex_search(text.substr(open, close - open), shared_order))
            continue;
        const std::size_t line_begin = text.rfind('\n', at) + 1;
        const std::size_t first = text.find_first_not_of(' ', line_begin);
        found.push_back({path.filename().string(), line_of(text, at), line_of(text, close), is_word,
                         text.substr(first, open - first)});
    }
}

} // namespace

bool source_write::is_at(const site& place) const {
    return place.line >= first_line && place.line <= last_line && file == file_name(place.file);
}

std::string file_name(const char* path) {
    return fs::path(path).filename().string();
}

std::vector<source_write> read_sources(const std::string& folder) {
    std::vector<source_write> found;
    for (const char* part : {"include", "lib"}) {
        const fs::path root = fs::path(folder) / part;
        if (!fs::is_directory(root))
            throw std::runtime_error("cannot read the library's sources in " + root.string());
        for (const auto& entry : fs::recursive_directory_iterator(root)) {
            if (is_read(entry.path()))
                read_file(entry.path(), found);
        }
    }
    return found;
}

} // namespace every
