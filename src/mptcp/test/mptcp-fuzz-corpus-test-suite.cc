/*
 * SPDX-License-Identifier: GPL-2.0-only
 */

/**
 * @file
 * The inputs that the fuzzers begin with and those that they have found, through the same code,
 * with any compiler. NS_LOG=MptcpFuzzCorpus tells which input stops the program.
 */

#include "fuzz/mptcp-option-check.h"
#include "fuzz/mptcp-receive-session.h"

#include "ns3/log.h"
#include "ns3/test.h"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

using namespace ns3;

NS_LOG_COMPONENT_DEFINE("MptcpFuzzCorpus");

namespace
{

/** A test of all files of a folder below fuzz/. */
class CorpusTestCase : public TestCase
{
  public:
    /** @param name what it shows @param folder name of the folder */
    CorpusTestCase(const std::string& name, std::string folder)
        : TestCase(name),
          m_folder(std::move(folder))
    {
    }

  protected:
    using Octets = std::vector<uint8_t>; ///< an input

    /** @return inputs by the name of their file */
    std::map<std::string, Octets> Read()
    {
        std::filesystem::path top(NS_TEST_SOURCEDIR);
        if (top.is_relative())
        {
            // ns-3's own build names the folder "test" of the checkout, from the top of its tree.
            SetDataDir((top.parent_path() / "src/mptcp/test").string());
            top = CreateDataDirFilename("");
        }
        std::map<std::string, Octets> inputs;
        std::error_code error;
        for (const auto& entry :
             std::filesystem::directory_iterator(top / "fuzz" / m_folder, error))
        {
            std::ifstream file(entry.path(), std::ios::binary);
            inputs[entry.path().filename().string()].assign(std::istreambuf_iterator<char>(file),
                                                            std::istreambuf_iterator<char>());
        }
        NS_TEST_EXPECT_MSG_EQ(inputs.empty(), false, "no inputs in " << top << m_folder);
        return inputs;
    }

  private:
    std::string m_folder; ///< name of the folder
};

/** The option codec keeps what it promises. */
class OptionCorpusTestCase : public CorpusTestCase
{
  public:
    OptionCorpusTestCase()
        : CorpusTestCase("inputs of the option codec", "corpus")
    {
    }

  private:
    void DoRun() override
    {
        for (const auto& [name, octets] : Read())
        {
            const char* fault = CheckMptcpOptionInput(octets);
            const std::string text = fault ? fault : "";
            NS_TEST_EXPECT_MSG_EQ(text, "", name);
        }
    }
};

/** The host survives, and an input does the same whatever has run before it. */
class ReceiveCorpusTestCase : public CorpusTestCase
{
  public:
    ReceiveCorpusTestCase()
        : CorpusTestCase("inputs of the receive path", "receive-corpus")
    {
    }

  private:
    void DoRun() override
    {
        const std::map<std::string, Octets> inputs = Read();
        std::map<std::string, uint64_t> digests;
        for (const auto& [name, octets] : inputs)
        {
            NS_LOG_INFO(name);
            digests[name] = RunMptcpReceiveSession(octets);
        }
        for (auto it = inputs.rbegin(); it != inputs.rend(); ++it)
        {
            NS_LOG_INFO(it->first);
            NS_TEST_EXPECT_MSG_EQ(RunMptcpReceiveSession(it->second),
                                  digests[it->first],
                                  it->first << " depends on what has run before it");
        }
        std::set<uint64_t> different;
        for (const auto& [name, digest] : digests)
        {
            different.insert(digest);
        }
        NS_TEST_EXPECT_MSG_GT(different.size(), inputs.size() / 2, "the digests tell nothing");
    }
};

/** The suite. */
class MptcpFuzzCorpusTestSuite : public TestSuite
{
  public:
    MptcpFuzzCorpusTestSuite()
        : TestSuite("mptcp-fuzz-corpus", Type::UNIT)
    {
        AddTestCase(new OptionCorpusTestCase());
        AddTestCase(new ReceiveCorpusTestCase());
    }
};

const MptcpFuzzCorpusTestSuite g_mptcpFuzzCorpusTestSuite; ///< registers itself

} // namespace
