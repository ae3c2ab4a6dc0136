// Pages beside what was read from them: what belongs together lights up together, and the arrow keys go from number to number.
"use strict";

const numbers = [...document.querySelectorAll(".reading .text a.number")];

function light(event) {
  const number = event.target.closest?.("[data-passage]")?.dataset.passage;
  for (const each of document.querySelectorAll(".reading [data-passage]")) {
    each.classList.toggle("lit", each.dataset.passage === number);
  }
}

function step(event) {
  const here = numbers.indexOf(event.target);
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const next = here >= 0 && by ? numbers[here + by] : null;
  if (next) {
    event.preventDefault();
    next.focus();
    next.scrollIntoView({ block: "center" });
  }
}

const reading = document.querySelector(".reading");
reading.addEventListener("pointerover", light);
reading.addEventListener("pointerleave", light);
reading.addEventListener("focusin", light);
reading.addEventListener("keydown", step);
