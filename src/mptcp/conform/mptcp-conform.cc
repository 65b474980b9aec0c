/*
 * SPDX-License-Identifier: GPL-2.0-only
 */

// Runs scripts of packetdrill's language against a simulated MPTCP stack, one process each, and
// prints a table. Exit status: 0 all pass, 1 not all pass, 2 wrong usage.

#include "pkt-commands.h"
#include "pkt-error.h"
#include "pkt-parser.h"
#include "pkt-runner.h"
#include "pkt-script.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

using namespace ns3;

namespace
{

constexpr rlim_t CPU_SECONDS = 60; ///< more for one script is an endless loop

/** The command line. */
struct Arguments
{
    std::vector<std::string> paths;                ///< scripts and directories
    std::map<std::string, std::string> defines;    ///< --define
    std::string pcap;                              ///< --pcap: directory
    std::string family;                            ///< --ip-version: "4", "6" or ""
    std::map<std::string, std::string> attributes; ///< --attribute, of ns3::MptcpStack
    bool verbose{false};                           ///< --verbose
    bool strict{false};                            ///< --strict
    bool parseOnly{false};                         ///< --parse
    bool quiet{false};                             ///< --quiet: only what does not pass
};

/** What became of a script. */
struct Outcome
{
    std::string verdict; ///< PASS, FAIL, UNSUPPORTED
    std::string text;    ///< why
};

/** @param text what is wrong */
[[noreturn]] void
Refuse(const std::string& text)
{
    std::cerr << "mptcp-conform: " << text << std::endl;
    std::exit(2);
}

/** @param argc number @param argv words @return the command line */
Arguments
ReadArguments(int argc, char** argv)
{
    Arguments arguments;
    for (int i = 1; i < argc; ++i)
    {
        const std::string word = argv[i];
        const std::size_t equals = word.find('=');
        const std::string name = word.substr(0, equals);
        const std::string value = equals == std::string::npos ? "" : word.substr(equals + 1);
        if (!word.starts_with("--"))
        {
            arguments.paths.push_back(word);
        }
        else if (word == "--verbose")
        {
            arguments.verbose = true;
        }
        else if (word == "--strict")
        {
            arguments.strict = true;
        }
        else if (word == "--parse")
        {
            arguments.parseOnly = true;
        }
        else if (word == "--quiet")
        {
            arguments.quiet = true;
        }
        else if (name == "--pcap" && !value.empty())
        {
            arguments.pcap = value;
        }
        else if (name == "--ip-version" && (value == "4" || value == "6"))
        {
            arguments.family = value;
        }
        else if (name == "--define" && value.find('=') != std::string::npos)
        {
            arguments.defines[value.substr(0, value.find('='))] = value.substr(value.find('=') + 1);
        }
        else if (name == "--attribute" && value.find('=') != std::string::npos)
        {
            const std::string attribute = value.substr(0, value.find('='));
            arguments.attributes[attribute] = value.substr(value.find('=') + 1);
            const std::string fault =
                PktCommands::FindAttributeFault(attribute, arguments.attributes[attribute]);
            if (!fault.empty())
            {
                Refuse(fault);
            }
        }
        else
        {
            Refuse("'" + word +
                   "' is not allowed: --verbose, --quiet, --strict, --parse, --pcap=DIR, "
                   "--ip-version=4|6, --define=NAME=VALUE, --attribute=NAME=VALUE, scripts and "
                   "directories are");
        }
    }
    if (arguments.paths.empty())
    {
        Refuse("name a script or a directory");
    }
    return arguments;
}

/** @param paths scripts and directories @return scripts */
std::vector<std::string>
FindScripts(const std::vector<std::string>& paths)
{
    namespace fs = std::filesystem;
    std::vector<std::string> scripts;
    for (const std::string& path : paths)
    {
        if (fs::is_directory(path))
        {
            std::vector<std::string> found;
            for (const auto& entry : fs::recursive_directory_iterator(path))
            {
                if (entry.path().extension() == ".pkt")
                {
                    found.push_back(entry.path().string());
                }
            }
            std::sort(found.begin(), found.end());
            if (found.empty())
            {
                Refuse("there is no script (*.pkt) below " + path);
            }
            scripts.insert(scripts.end(), found.begin(), found.end());
        }
        else if (fs::is_regular_file(path))
        {
            scripts.push_back(path);
        }
        else
        {
            Refuse("there is no " + path);
        }
    }
    return scripts;
}

/** @param error what ended a script @param path its file @return outcome */
Outcome
Describe(const PktError& error, const std::string& path)
{
    const std::string where = path + ":" + std::to_string(error.GetLine()) + ": ";
    switch (error.GetFault())
    {
    case PktFault::SYNTAX:
        return {"FAIL", where + "error: " + error.what()};
    case PktFault::UNSUPPORTED:
        return {"UNSUPPORTED", where + error.what()};
    case PktFault::MISMATCH:
        break;
    }
    return {"FAIL", where + error.what()};
}

/** @param path file of a script @param arguments command line @param script result @return
 * outcome, PASS if it is a script */
Outcome
Load(const std::string& path, const Arguments& arguments, PktScript& script)
{
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    if (!in)
    {
        return {"FAIL", path + ": cannot be read"};
    }
    try
    {
        script = ParsePktScript(path, text.str(), arguments.defines);
        return {"PASS", ""};
    }
    catch (const PktError& error)
    {
        return Describe(error, path);
    }
    catch (const std::exception& error)
    {
        return {"FAIL", path + ":1: error: " + error.what()};
    }
}

/** @param script script @param settings how @return outcome */
Outcome
RunHere(const PktScript& script, const PktSettings& settings)
{
    try
    {
        PktRunner(script, settings).Run();
        return {"PASS", ""};
    }
    catch (const PktError& error)
    {
        return Describe(error, script.path);
    }
    catch (const std::exception& error)
    {
        return {"FAIL",
                script.path + ":" + std::to_string(*settings.line) + ": error: " + error.what()};
    }
}

/**
 * Run a script in a process of its own: an assertion of the stack fails one script only.
 *
 * @param script script
 * @param settings how
 * @return outcome
 */
Outcome
RunApart(const PktScript& script, PktSettings settings)
{
    std::array<int, 2> channel;
    std::cout.flush();
    // The line in hand outlives the process that stops there.
    void* shared =
        mmap(nullptr, sizeof(uint32_t), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
    {
        Refuse("no memory");
    }
    settings.line = static_cast<volatile uint32_t*>(shared);
    *settings.line = 1;
    if (pipe(channel.data()) != 0)
    {
        Refuse("no pipe");
    }
    const pid_t child = fork();
    if (child < 0)
    {
        Refuse("no process");
    }
    if (child == 0)
    {
        close(channel[0]);
        const rlimit limit{CPU_SECONDS, CPU_SECONDS};
        setrlimit(RLIMIT_CPU, &limit);
        const Outcome outcome = RunHere(script, settings);
        const std::string message = outcome.verdict + "\n" + outcome.text;
        const bool written = write(channel[1], message.data(), message.size()) ==
                             static_cast<ssize_t>(message.size());
        std::cout.flush();
        std::_Exit(written ? 0 : 3);
    }
    close(channel[1]);
    std::string message;
    std::array<char, 4096> piece;
    for (ssize_t size; (size = read(channel[0], piece.data(), piece.size())) > 0;)
    {
        message.append(piece.data(), size);
    }
    close(channel[0]);
    int status = 0;
    waitpid(child, &status, 0);
    const std::string where = script.path + ":" + std::to_string(*settings.line) + ": ";
    munmap(shared, sizeof(uint32_t));
    if (WIFSIGNALED(status))
    {
        const int signal = WTERMSIG(status);
        const bool slow = signal == SIGXCPU || signal == SIGKILL;
        return {"FAIL",
                where + (slow ? "no end within " + std::to_string(CPU_SECONDS) + " s of CPU time"
                              : "the stack crashed (signal " + std::to_string(signal) + ")")};
    }
    const std::size_t newline = message.find('\n');
    if (WEXITSTATUS(status) != 0 || newline == std::string::npos)
    {
        return {"FAIL", where + "no result"};
    }
    return {message.substr(0, newline), message.substr(newline + 1)};
}

/** @param path of a script @param ipv6 family @param directory for pcap files @return pcap file */
std::string
PcapName(const std::string& path, bool ipv6, const std::string& directory)
{
    namespace fs = std::filesystem;
    fs::create_directories(directory);
    const fs::path file(path);
    const std::string name = file.parent_path().filename().string() + "-" + file.stem().string();
    return (fs::path(directory) / (name + (ipv6 ? "-v6.pcap" : "-v4.pcap"))).string();
}

} // namespace

int
main(int argc, char** argv)
{
    const Arguments arguments = ReadArguments(argc, argv);
    std::map<std::string, uint32_t> counts{{"PASS", 0}, {"FAIL", 0}, {"UNSUPPORTED", 0}};
    for (const std::string& path : FindScripts(arguments.paths))
    {
        PktScript script;
        Outcome loaded = Load(path, arguments, script);
        std::vector<std::string> families{""};
        if (loaded.verdict == "PASS" && !arguments.parseOnly)
        {
            families.clear();
            if (!PktRunner::Supports(script, false) && !PktRunner::Supports(script, true))
            {
                loaded = {"UNSUPPORTED", path + ":1: runs over neither IPv4 nor IPv6"};
                families.emplace_back();
            }
            for (const std::string family : {"4", "6"})
            {
                const bool asked = arguments.family.empty() || arguments.family == family;
                if (asked && PktRunner::Supports(script, family == "6"))
                {
                    families.push_back(family);
                }
            }
        }
        for (const std::string& family : families)
        {
            Outcome outcome = loaded;
            if (!family.empty())
            {
                PktSettings settings;
                settings.ipv6 = family == "6";
                settings.strict = arguments.strict;
                settings.attributes = arguments.attributes;
                settings.log = arguments.verbose ? &std::cout : nullptr;
                settings.pcap =
                    arguments.pcap.empty() ? "" : PcapName(path, settings.ipv6, arguments.pcap);
                outcome = RunApart(script, settings);
            }
            ++counts[outcome.verdict];
            if (arguments.quiet && outcome.verdict == "PASS")
            {
                continue;
            }
            std::string line = outcome.verdict;
            line.resize(12, ' ');
            line += path + (family.empty() ? "" : " (IPv" + family + ")");
            std::cout << line << "\n"
                      << (outcome.text.empty() ? "" : "  " + outcome.text + "\n") << std::flush;
        }
    }
    std::cout << counts["PASS"] << " passed, " << counts["FAIL"] << " failed, "
              << counts["UNSUPPORTED"] << " unsupported" << std::endl;
    return counts["PASS"] > 0 && counts["FAIL"] + counts["UNSUPPORTED"] == 0 ? 0 : 1;
}
