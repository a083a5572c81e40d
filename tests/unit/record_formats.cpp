// CSV and YAML: what cli/test_output.py cannot send through a kernel.
#include "record/csv.hpp"
#include "record/select.hpp"
#include "record/yaml.hpp"
#include "unit/record_support.hpp"

namespace skep::test {
namespace {

std::string csv_of(const record::Schema& schema, std::span<const std::byte> bytes) {
  std::string out;
  record::CsvFormatter(schema, noon).append(out, bytes);
  EXPECT_TRUE(out.ends_with("\r\n"));
  return out.substr(0, out.size() - 2);
}

std::string field_of(std::string json) {
  record::Writer writer(json);
  record::make_csv_field(writer, 0);
  std::string out(writer.from(0), writer.size());
  return out;
}

std::string yaml_of(std::string json) {
  record::make_yaml(json, 0);
  return json;
}

TEST(Csv, FieldsOfEachKindOfJson) {
  const std::pair<const char*, const char*> cases[] = {
      {"-12", "-12"},
      {"true", "true"},
      {"null", ""},
      {R"("")", ""},
      {R"("plain text")", "plain text"},
      {R"("a,b")", R"("a,b")"},
      {R"("say \"it\"")", R"("say ""it""")"},
      {R"("two\nlines\r\t")", "\"two\nlines\r\t\""},
      {R"("\\n\ufffd\u001b\u009b")", "\\n\xef\xbf\xbd\x1b\xc2\x9b"},
      {"[1]", "[1]"},
      {"[1,2]", R"("[1,2]")"},
      {R"(["a"])", R"("[""a""]")"},
      {R"({"x":1,"y":["}"]})", R"("{""x"":1,""y"":[""}""]}")"},
      {R"("cut","path_total":50)", "cut…"},
      {R"("cut,","path_total":50)", "\"cut,…\""},
      {R"(["a","b"],"args_total":50)", R"("[""a"",""b""]…")"},
      {R"(null,"path_error":"9 bytes")", "<outside of the record>"},
  };
  for (const auto& [json, field] : cases) EXPECT_EQ(field_of(json), field) << json;
}

TEST(Csv, AShortRecordSaysSoAndKeepsItsFields) {
  Types t;
  const auto schema = t.schema(12, {{"a", t.u32, 0}, {"b", t.u64, 32}});
  EXPECT_EQ(csv_of(schema, RecordBytes(3)), "<3 of 12 bytes> 000000,");
  EXPECT_EQ(csv_of(schema, RecordBytes(40)), "0,0");
}

TEST(Csv, CutTextsAndWords) {
  Types t;
  const auto schema = t.schema(16, {{"path", t.text, 0}, {"args", t.words, 64}});
  RecordBytes bytes(16);
  bytes.span(0, "/a,b", 9).span(8, std::string_view("ls\0-l\0", 6), 6);
  EXPECT_EQ(csv_of(schema, bytes), "\"/a,b…\",\"[\"\"ls\"\",\"\"-l\"\"]\"");
}

TEST(Yaml, BlocksForStructsBracketsForArrays) {
  EXPECT_EQ(
      yaml_of(
          "{\"a\":1,\"b\":{\"c\":\"x\",\"d\":{\"e\":null}},\"f\":[{\"g\":1e+20},[]],\"h\":{}}\n"),
      "---\na: 1\nb:\n  c: \"x\"\n  d:\n    e: null\nf: [{\"g\": 1.0e+20}, []]\nh: {}\n");
  EXPECT_EQ(yaml_of("{}\n"), "---\n{}\n");
}

TEST(Yaml, KeysAndCharactersThatMeanSomethingElse) {
  EXPECT_EQ(yaml_of("{\"On\":1,\"n\":2,\"a b\":3,\"nul\":4}"),
            "---\n\"On\": 1\n\"n\": 2\n\"a b\": 3\nnul: 4\n");
  EXPECT_EQ(yaml_of("{\"t\":\"\xe2\x80\xa8\xef\xbb\xbf\xef\xbf\xbe\xe2\x82\xac: {\"}"),
            "---\nt: \"\\u2028\\ufeff\\ufffe\xe2\x82\xac: {\"\n");
  EXPECT_EQ(yaml_of("{\"m\":-1.5e-07,\"k\":-3}"), "---\nm: -1.5e-07\nk: -3\n");
}

TEST(Select, OrderStructsAndCase) {
  Types t;
  const auto point = t.b.add_struct("point", 8, {{"x", t.i32, 0}, {"y", t.i32, 32}});
  const auto schema = t.schema(16, {{"pid", t.u32, 0}, {"at", point, 32}, {"attic", t.u32, 96}});
  const auto names = [&](const std::vector<std::string>& wanted) {
    return record::names_of(record::select_columns(schema, wanted));
  };
  using Names = std::vector<std::string>;
  EXPECT_EQ(names({"at", "pid", "at.x"}), (Names{"at.x", "at.y", "pid"}));
  EXPECT_EQ(names({"at.y", "PID", "AT.X"}), (Names{"at.y", "pid", "at.x"}));
  EXPECT_EQ(names({"nothing"}), record::names_of(schema));
  EXPECT_EQ(names({}), record::names_of(schema));
  EXPECT_TRUE(record::find_columns(schema, "a").empty());
}

TEST(Select, MembersOfOneStructStayTogetherInJson) {
  Types t;
  const auto point = t.b.add_struct("point", 8, {{"x", t.i32, 0}, {"y", t.i32, 32}});
  const auto schema = record::select_columns(t.schema(12, {{"pid", t.u32, 0}, {"at", point, 32}}),
                                             {"at.y", "pid", "at.x"});
  EXPECT_EQ(json_line(schema, RecordBytes(12)), R"({"at":{"y":0,"x":0},"pid":0})");
  EXPECT_EQ(json_line(schema, RecordBytes(30)), R"({"at":{"y":0,"x":0},"pid":0})");
  EXPECT_EQ(json_line(schema, RecordBytes(11)), R"({"_raw":"0000000000000000000000"})");
}

}  // namespace
}  // namespace skep::test
