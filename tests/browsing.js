// What a visitor sees and does on a page, by name; each takes one value and gives one.
({
  // How far the layout has shifted, counted from the first moment on.
  watch() {
    window.moved = 0;
    const add = (entry) => { moved += entry.hadRecentInput ? 0 : entry.value; };
    new PerformanceObserver((list) => list.getEntries().forEach(add)).observe({type: "layout-shift", buffered: true});
  },
  moved: () => (typeof moved === "undefined" ? 0 : moved),

  // What does not fit: the page, if it scrolls sideways, and what is cut off inside of it.
  // What can be scrolled to is not cut off, unless it is on paper; the editor scrolls by itself.
  tooWide([width, paper]) {
    const whole = document.documentElement.scrollWidth;
    const cut = [...document.querySelectorAll("body *")]
      .filter((each) => !each.closest(".CodeMirror"))
      .filter((each) => !["visible", "clip"].includes(getComputedStyle(each).overflowX) && each.clientWidth > 1)
      .filter((each) => paper || !["auto", "scroll"].includes(getComputedStyle(each).overflowX))
      .filter((each) => each.scrollWidth > each.clientWidth + 1)
      .map((each) => `${each.localName}.${each.className}: ${each.scrollWidth} in ${each.clientWidth}`);
    return whole > width && !paper ? [`page: ${whole} in ${width}`, ...cut] : cut;
  },

  // How bright the ground of the page is, and its ink, from 0 to 1.
  brightness() {
    const {backgroundColor, color} = getComputedStyle(document.documentElement);
    const sum = (colour) => colour.match(/\d+/g).slice(0, 3).reduce((one, other) => one + Number(other), 0);
    return [sum(backgroundColor) / 765, sum(color) / 765];
  },

  // What axe-core has against the page by some of its rules.
  async violations(only) {
    const {violations} = await axe.run(document, {runOnly: only, resultTypes: ["violations"], preload: false});
    return violations.flatMap(({id, nodes}) => nodes.map((each) => `${id}: ${each.html} ${each.failureSummary}`));
  },

  // Focus what comes before a picture.
  before(picture) {
    const reached = [...document.querySelectorAll("a[href], button, input, select, summary, [tabindex='0']")]
      .filter((each) => each.checkVisibility());
    reached[reached.findIndex((each) => each.closest(picture)) - 1].focus();
  },

  // What has the focus, if it is in a picture: its name, where it leads, whether it is in sight, and what it tells.
  stop(picture) {
    const here = document.activeElement;
    const more = here.querySelector(".more");
    if (!here.closest(picture)) return null;
    const isSeen = (each) => {
      const box = each.getBoundingClientRect();
      const isWithin = box.left >= 0 && box.right <= innerWidth + 1 && box.top >= -1 && box.bottom <= innerHeight + 1;
      return box.width > 0 && isWithin;
    };
    return {
      name: (here.getAttribute("aria-label") ?? here.textContent).trim(),
      thing: here.getAttribute("href").split("?")[0].split("/id/")[1],
      is_seen: isSeen(here),
      tells: !more || (isSeen(more.querySelector("p") ?? more) && more.textContent.trim() !== ""),
    };
  },

  // What of certain parts does not show all that it holds.
  clipped: (parts) => [...document.querySelectorAll(parts)]
    .filter((each) => getComputedStyle(each).overflow !== "visible" || getComputedStyle(each).maxHeight !== "none")
    .map((each) => each.textContent),

  // Which names on maps cover another name, or a dot.
  covering() {
    const meet = (a, b) => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
    return [...document.querySelectorAll("svg.map")].flatMap((map) => {
      const names = [...map.querySelectorAll("text.name")];
      const dots = [...map.querySelectorAll("circle.town")];
      const covers = (name, at) => [...names.slice(at + 1), ...dots].some((it) => meet(name.getBBox(), it.getBBox()));
      return names.filter(covers).map((name) => name.textContent);
    });
  },

  // Which pages are too wide with all that is folded open, and which sentences in them are cut off; pages: their texts.
  // Faster than to open each: its content takes the place of that of a page with the same head.
  tooWideOf: ([pages, width]) => Object.entries(pages).flatMap(([address, text]) => {
    const page = new DOMParser().parseFromString(text, "text/html");
    document.documentElement.lang = page.documentElement.lang;
    document.body.replaceWith(page.body);
    document.querySelectorAll("main details").forEach((each) => { each.open = true; });
    const isWide = document.documentElement.scrollWidth > width;
    const sentences = [...document.querySelectorAll("main details.said blockquote")];
    const cut = sentences.filter((each) => each.getBoundingClientRect().right > width);
    return [...(isWide ? [address] : []), ...cut.map((each) => `${address}: ${each.textContent}`)];
  }),
})
