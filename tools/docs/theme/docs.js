// What the pages can do beyond reading: copy code, search, and a menu that is closed on narrow screens. Everything here is
// created by script, so that without script no page has a control that does nothing.
const root = document.body.dataset.root;

addCopyButtons();
openOnWideScreens();
letKeyboardScroll();
addSearch();

function addCopyButtons() {
  for (const block of document.querySelectorAll(".code")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      const copied = await navigator.clipboard.writeText(block.querySelector("pre").textContent).then(
        () => true,
        () => false,
      );
      button.textContent = copied ? "Copied" : "Not permitted";
      setTimeout(() => {
        button.textContent = "Copy";
      }, 2000);
    });
    block.append(button);
  }
}

/** The stylesheet shows them on wide screens where a browser supports that; this tells the accessibility tree, too. */
function openOnWideScreens() {
  for (const [selector, width] of [
    [".menu", "60.0625rem"],
    [".contents", "78.0625rem"],
  ]) {
    const details = document.querySelector(selector);
    const wide = matchMedia(`(min-width: ${width})`);
    const follow = () => {
      if (details) details.open = wide.matches;
    };
    wide.addEventListener("change", follow);
    follow();
  }
  document.querySelector(".menu [aria-current]")?.scrollIntoView({ block: "nearest" });
}

/** What is wider than the page can be focused, so that the arrow keys scroll it in every browser. */
function letKeyboardScroll() {
  const observer = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
      else target.removeAttribute("tabindex");
    }
  });
  for (const each of document.querySelectorAll(".table, pre, p:has(> img)")) observer.observe(each);
}

function addSearch() {
  const box = document.querySelector(".search");
  const input = document.createElement("input");
  input.type = "search";
  input.placeholder = "Search (/)";
  input.setAttribute("aria-label", "Search the documentation");
  const list = document.createElement("ul");
  list.className = "results";
  list.hidden = true;
  box.append(input, list);
  box.hidden = false;

  let index;
  const load = () => {
    index ??= fetch(`${root}search.json`).then((response) => response.json());
    return index;
  };
  input.addEventListener("focus", load, { once: true });
  input.addEventListener("input", async () => {
    const query = input.value;
    const sections = await load();
    if (query === input.value) show(list, query.trim() ? find(sections, query) : null);
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
    if (event.key === "/" && !typing) {
      event.preventDefault();
      input.focus();
    }
  });
  box.addEventListener("keydown", (event) => {
    const stops = [input, ...list.querySelectorAll("a")];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      stops[Math.max(0, Math.min(stops.length - 1, stops.indexOf(document.activeElement) + step))].focus();
    } else if (event.key === "Escape") {
      show(list, null);
      input.focus();
    } else if (event.key === "Enter" && document.activeElement === input) {
      list.querySelector("a")?.click();
    }
  });
  document.addEventListener("click", (event) => {
    if (!box.contains(event.target)) show(list, null);
  });
}

/** Sections with all words of the query: headings count most, then how often the words occur. */
function find(sections, query) {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const occurrences = (text, word) => text.split(word).length - 1;
  const score = ({ page, heading, text }) => {
    const body = text.toLowerCase();
    const headings = `${heading} ${page}`.toLowerCase();
    if (!words.every((word) => headings.includes(word) || body.includes(word))) return 0;
    const scores = words.map((word) => 20 * Number(headings.includes(word)) + Math.min(5, occurrences(body, word)));
    return 1 + scores.reduce((sum, each) => sum + each, 0) + 10 * Number(body.includes(words.join(" ")));
  };
  const found = sections.map((section) => ({ section, score: score(section) })).filter((each) => each.score > 0);
  return found
    .sort((a, b) => b.score - a.score)
    .slice(0, 12)
    .map((each) => each.section);
}

/** Shows the results, or hides the list if they are `null`. */
function show(list, results) {
  list.hidden = results === null;
  const items = (results ?? []).map(({ page, heading, url }) => {
    const item = document.createElement("li");
    const link = document.createElement("a");
    const where = document.createElement("small");
    link.href = root + url;
    link.textContent = heading;
    where.textContent = page;
    link.append(where);
    item.append(link);
    return item;
  });
  const status = document.createElement("li");
  status.className = "status";
  status.setAttribute("role", "status");
  status.textContent = items.length === 0 ? "Nothing found" : `${items.length} sections`;
  list.replaceChildren(...items, status);
}
