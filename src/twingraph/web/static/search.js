// Suggestions under the search field, by the combobox pattern of WAI-ARIA. Without this the list in the page does.
"use strict";

const field = document.querySelector("input[data-suggestions]");
const list = document.createElement("ul");
let asked = null;
let wait = 0;

const shown = () => [...list.children];
const chosen = () => list.querySelector("[aria-selected=true]");

function close() {
  asked?.abort();
  clearTimeout(wait);
  list.replaceChildren();
  list.hidden = true;
  field.setAttribute("aria-expanded", "false");
  field.removeAttribute("aria-activedescendant");
}

function choose(item) {
  chosen()?.setAttribute("aria-selected", "false");
  field.removeAttribute("aria-activedescendant");
  if (item) {
    item.setAttribute("aria-selected", "true");
    item.scrollIntoView({ block: "nearest" });
    field.setAttribute("aria-activedescendant", item.id);
  }
}

function show([typed, names, kinds, addresses]) {
  if (typed !== field.value.trim().replace(/\s+/g, " ")) return;
  list.replaceChildren(
    ...names.map((name, place) => {
      const item = document.createElement("li");
      const kind = document.createElement("span");
      item.id = `suggestion-${place}`;
      item.role = "option";
      item.dataset.address = addresses[place];
      item.setAttribute("aria-selected", "false");
      kind.className = "quiet";
      kind.textContent = kinds[place];
      item.append(name, " ", kind);
      return item;
    }),
  );
  list.hidden = names.length === 0;
  field.setAttribute("aria-expanded", String(names.length > 0));
}

async function suggest() {
  asked?.abort();
  asked = new AbortController();
  const address = new URL(field.dataset.suggestions, location.href);
  address.searchParams.set("q", field.value);
  try {
    const answer = await fetch(address, { signal: asked.signal });
    if (answer.ok) show(await answer.json());
  } catch (error) {
    // A newer request took the place of this one, or there is no network: the page works without.
    if (error.name !== "AbortError") close();
  }
}

function typed() {
  close();
  if (field.value.trim()) wait = setTimeout(suggest, 120);
}

function pressed(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && !list.hidden) {
    event.preventDefault();
    const items = shown();
    const places = items.length + 1;
    // Behind the last is the field itself, where nothing is chosen.
    const place = chosen() ? items.indexOf(chosen()) : items.length;
    choose(items[(place + step + places) % places]);
  } else if (event.key === "Enter" && chosen()) {
    event.preventDefault();
    location.assign(chosen().dataset.address);
  } else if (event.key === "Escape" && !list.hidden) {
    event.preventDefault();
    close();
  }
}

list.id = "suggestions";
list.role = "listbox";
list.hidden = true;
list.setAttribute("aria-label", field.dataset.label);
field.removeAttribute("list");
field.role = "combobox";
field.setAttribute("aria-autocomplete", "list");
field.setAttribute("aria-controls", list.id);
field.setAttribute("aria-expanded", "false");
field.after(list);
field.addEventListener("input", typed);
field.addEventListener("keydown", pressed);
field.addEventListener("blur", close);
list.addEventListener("pointerdown", (event) => event.preventDefault());
list.addEventListener("click", (event) => {
  const item = event.target.closest("li");
  if (item) location.assign(item.dataset.address);
});
