// The matrix is one stop for the key Tab, and arrow keys lead through its links.
// Without this its heads are stops, and all that its marks say is in the table below it.
(() => {
  "use strict";

  const KEYS = { ArrowLeft: [-1], ArrowRight: [1], ArrowUp: [-1, true], ArrowDown: [1, true] };
  const column = (link) => link.closest("td, th").cellIndex;

  for (const matrix of document.querySelectorAll("table.matrix")) {
    const links = [...matrix.querySelectorAll("a")];
    const stopAt = (link) => links.forEach((each) => { each.tabIndex = each === link ? 0 : -1; });

    matrix.addEventListener("focusin", (event) => stopAt(event.target));
    matrix.addEventListener("keydown", (event) => {
      const [step, isWithin] = KEYS[event.key] ?? [];
      if (!step || event.ctrlKey || event.altKey || event.metaKey) return;
      const here = event.target;
      const ways = step > 0 ? links.slice(links.indexOf(here) + 1) : links.slice(0, links.indexOf(here)).reverse();
      event.preventDefault();
      ways.find((each) => each.checkVisibility() && (!isWithin || column(each) === column(here)))?.focus();
    });
    stopAt(matrix.querySelector("tbody th a"));
  }
})();
