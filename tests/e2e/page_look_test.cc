// How the status page looks in both colour schemes, and what a screen reader is told of it.
#include <algorithm>
#include <set>

#include "browsed_page.h"

namespace pgattic::test {
namespace {

/// Colours as red, green, blue and opacity, through a canvas: it knows every way to write one.
constexpr const char* kColours = R"js(
const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
const paint = (color, under) => {
  canvas.clearRect(0, 0, 1, 1);
  for (const one of [under, color]) { canvas.fillStyle = one; canvas.fillRect(0, 0, 1, 1); }
  return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
};
const light = (rgb) => {
  const [r, g, b] = rgb.map((v) => v / 255).map((v) =>
    v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const ground = (element) => {
  const chain = [];
  for (let e = element; e; e = e.parentElement) chain.unshift(getComputedStyle(e).backgroundColor);
  return chain.reduce((under, color) => `rgb(${paint(color, under)})`, 'white');
};
)js";

/// What WCAG asks of text: 4.5 to 1 against what lies behind it.
constexpr const char* kPoorText = R"js(
const poor = [];
const check = (element, what) => {
  const behind = ground(element);
  const style = getComputedStyle(element);
  const text = paint(element instanceof SVGElement ? style.fill : style.color, behind);
  const [a, b] = [light(text), light(paint(behind, 'white'))].sort((x, y) => y - x);
  const ratio = (a + 0.05) / (b + 0.05);
  ++checked;
  if (ratio < 4.5) poor.push(`${what}: ${ratio.toFixed(2)}`);
};
let checked = 0;
for (const element of document.querySelectorAll('body *')) {
  const speaks = [...element.childNodes].some((n) => n.nodeType === 3 && n.data.trim()) ||
    ['INPUT', 'SELECT'].includes(element.tagName);
  if (speaks && element.getClientRects().length) check(element, `${element.tagName} ${element.textContent.slice(0, 40)}`);
}
const cell = document.querySelector('.cell');
const before = cell.className;
for (const kind of ['database', 'working', 'detached', 'archived']) {
  for (const heat of [1, 2, 3, 4]) {
    for (const more of ['', ' failed']) {
      cell.className = `cell ${kind} heat${heat}${more}`;
      check(cell, cell.className);
    }
  }
}
cell.className = before;
if (checked < 60) poor.push(`only ${checked} texts were looked at`);
)js";

class PageLook : public BrowsedPage {
 protected:
  /// The first month archived, the second detached, the third in the database.
  void MakeAll() {
    Works({"archive", "--partition", kPartition});
    Works({"archive", "--partition", "past_games_2024_02", "--until", "detached"});
  }
  /// The third month, left in its export by a run that failed.
  void MakeOneFail() {
    const Ran killed = Pgattic({"archive", "--partition", "past_games_2024_03"},
                               {{"PGATTIC_FAILPOINT", "part.before_record"}});
    ASSERT_EQ(killed.signal, SIGKILL);
    Sql("UPDATE pgattic.archive SET error = 'unavailable: the store did not answer' WHERE "
        "partition_name = 'past_games_2024_03'");
  }
  /// Whatever the page thinks of it.
  void ShowTokenForm(bool is_shown) {
    browser().Eval(std::string("document.getElementById('token-form').style.display = '") +
                   (is_shown ? "flex'" : "'"));
  }
  nlohmann::json Compute(const std::string& script) {
    return browser().Eval("(() => {" + std::string(kColours) + script + "})()");
  }
  /// Of a dot of a screenshot: red, green, blue.
  std::vector<int> DotOf(const std::string& png, const std::string& element) {
    return browser().Eval(
        "(async () => { const box = " + element +
        ".getBoundingClientRect(); "
        "const image = new Image(); image.src = 'data:image/png;base64," +
        png +
        "'; "
        "await image.decode(); const to = document.createElement('canvas').getContext('2d'); "
        "to.drawImage(image, -(box.left + scrollX + 6), -(box.top + scrollY + 6)); "
        "return [...to.getImageData(0, 0, 1, 1).data].slice(0, 3); })()");
  }
  static int Sum(const std::vector<int>& dot) { return dot.at(0) + dot.at(1) + dot.at(2); }
};

TEST_F(PageLook, EveryPhaseHasItsOwnColourAndTextAndBytes) {
  MakeAll();
  StartServing();
  browser().Prefer("light");
  Browse();
  const std::pair<const char*, const char*> kinds[] = {{"A40", "archived, 40 rows"},
                                                       {"T40", "detached, table kept, 40 rows"},
                                                       {"D40", "in the database, 40 rows"}};
  for (int month = 1; month <= 3; ++month) {
    const auto& [shown, said] = kinds[month - 1];
    const std::string text = browser().Text(Cell(month) + ".textContent");
    const std::string label = browser().Text(Cell(month) + ".getAttribute('aria-label')");
    EXPECT_EQ(text.rfind(shown, 0), 0U) << text;
    EXPECT_NE(label.find(said), label.npos) << label;
    const std::string bytes = text.substr(std::string(shown).size());
    EXPECT_TRUE(bytes.ends_with(" KiB") && bytes.front() != '0') << text;
    EXPECT_TRUE(label.ends_with(", " + bytes)) << label;
  }
  for (const char* scheme : {"light", "dark"}) {
    browser().Prefer(scheme);
    const std::string png = browser().Screenshot(std::string("phases_") + scheme);
    std::set<std::vector<int>> colours = {DotOf(png, "document.body")};
    for (int month = 1; month <= 3; ++month) colours.insert(DotOf(png, Cell(month)));
    EXPECT_EQ(colours.size(), 4U) << scheme;
  }
}

TEST_F(PageLook, FollowsThePreferredColourScheme) {
  StartServing();
  browser().Prefer("light");
  Browse();
  const std::vector<int> light = DotOf(browser().Screenshot("plain_light"), "document.body");
  const auto text = browser().Eval("getComputedStyle(document.body).color");
  browser().Prefer("dark");
  const std::vector<int> dark = DotOf(browser().Screenshot("plain_dark"), "document.body");
  EXPECT_GT(Sum(light), 3 * 200);
  EXPECT_LT(Sum(dark), 3 * 60);
  EXPECT_NE(browser().Eval("getComputedStyle(document.body).color"), text);
}

TEST_F(PageLook, ItsTextStandsOutInBothSchemes) {
  MakeAll();
  MakeOneFail();
  StartServing();
  Browse("/#public.past_games/" + SomeId());
  AwaitText("answer", "Found in the archive");
  AwaitText("latency", "archive");
  ShowTokenForm(true);
  for (const char* scheme : {"light", "dark"}) {
    browser().Prefer(scheme);
    EXPECT_EQ(Compute(std::string(kPoorText) + "return poor;"), nlohmann::json::array()) << scheme;
    browser().Screenshot(std::string("full_") + scheme);
  }
  ShowTokenForm(false);
  browser().Resize(390, 1500);
  browser().Screenshot("narrow");
  EXPECT_LE(browser().Eval("document.documentElement.scrollWidth").get<int>(), 390);
}

TEST_F(PageLook, EveryControlHasANameForAScreenReader) {
  MakeAll();
  MakeOneFail();
  StartServing();
  Browse("/#public.past_games/" + SomeId());
  AwaitText("answer", "Found in the archive");
  ShowTokenForm(true);
  const std::vector<std::string> spoken = browser().Spoken();
  const std::set<std::string> nameless = {"button: ",      "combobox: ", "image: ", "link: ",
                                          "progressbar: ", "region: ",   "table: ", "textbox: "};
  for (const std::string& node : spoken) EXPECT_EQ(nameless.count(node), 0U) << node;
  for (const char* node :
       {"textbox: Bearer token", "textbox: Id", "combobox: Source", "button: Look up",
        "progressbar: past_games_2024_03: parts done", "link: Skip to content",
        "table: public.past_games", "table: Latency by tier", "heading: Months"}) {
    EXPECT_NE(std::find(spoken.begin(), spoken.end(), node), spoken.end()) << node;
  }
  EXPECT_EQ(browser().Text("document.documentElement.lang"), "en");
  const char* const kTwice =
      "const ids = [...document.querySelectorAll('[id]')].map((e) => e.id); "
      "return ids.filter((id, at) => ids.indexOf(id) !== at);";
  EXPECT_EQ(Compute(kTwice), nlohmann::json::array());
}

}  // namespace
}  // namespace pgattic::test
