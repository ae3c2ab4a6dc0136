// A picture is one stop for the key Tab, and arrow keys lead through its links.
// Without this each town, each line and each head of the matrix is a stop; what its marks say is in the table below it.
(() => {
  "use strict";

  const KEYS = { ArrowLeft: [-1], ArrowRight: [1], ArrowUp: [-1, true], ArrowDown: [1, true] };
  // Only a matrix has columns.
  const column = (link) => link.closest("td, th")?.cellIndex;

  for (const picture of document.querySelectorAll("table.matrix, svg.map, svg.timeline")) {
    const links = [...picture.querySelectorAll("a")];
    // Chromium makes a stop of an SVG that listens for focus, so this is told of each step.
    const stopAt = (link) => links.forEach((each) => { each.tabIndex = each === link ? 0 : -1; });

    picture.addEventListener("keydown", (event) => {
      const [step, isWithin] = KEYS[event.key] ?? [];
      if (!step || event.ctrlKey || event.altKey || event.metaKey) return;
      const here = event.target;
      const ways = step > 0 ? links.slice(links.indexOf(here) + 1) : links.slice(0, links.indexOf(here)).reverse();
      const next = ways.find((each) => each.checkVisibility() && (!isWithin || column(each) === column(here)));
      event.preventDefault();
      if (!next) return;
      stopAt(next);
      next.focus();
    });
    stopAt(picture.querySelector("tbody th a") ?? links[0]);
  }
})();
