// The query page: an editor in place of the text field, answers without leaving the page, programs to copy.
// Without this the form asks, and the server gives the whole page anew; every answer is made by the server.
(() => {
  "use strict";

  const form = document.getElementById("ask");
  const field = document.getElementById("query");
  const said = document.getElementById("said");
  const Editor = window.Yasqe;
  const collator = new Intl.Collator(document.documentElement.lang, { numeric: true });
  const words = document.getElementById("answer").dataset;
  let editor = null;
  let running = null;

  // The editor

  function begin() {
    const known = fetch(form.dataset.terms).then((response) => response.json());
    complete(known);
    know();
    const ask = () => form.requestSubmit();
    field.hidden = true;
    editor = new Editor(field.parentElement, {
      value: field.value,
      screenReaderLabel: form.dataset.label,
      persistenceId: null,
      consumeShareLink: null,
      createShareableLink: null,
      showQueryButton: false,
      resizeable: false,
      editorHeight: "",
      // Tab goes on to the next thing on the page, as it does everywhere else.
      extraKeys: { "Ctrl-Enter": ask, "Cmd-Enter": ask, Tab: false, "Shift-Tab": false, "Ctrl-S": false },
    });
    editor.on("change", () => { field.value = editor.getValue(); });
    editor.getInputField().setAttribute("aria-describedby", "query-help");
    // What scrolls can be scrolled by the keyboard.
    editor.getScrollerElement().tabIndex = 0;
    form.querySelector("label[for=query]").addEventListener("click", () => editor.focus());
    form.classList.add("edits");
    // What was hidden when it came has no size.
    form.parentElement.addEventListener("toggle", () => editor.refresh());
    // Those that the server knows are no declared ones, so that a completed query still declares what it uses.
    const all = editor.getPrefixesFromQuery.bind(editor);
    editor.getPrefixesFromQuery = () => ({ ...all() });
  }

  // The server declares the prefixes of the project, and so the editor takes none of them for undefined.
  function know() {
    const listed = document.querySelector("#prefixes pre").textContent.matchAll(/^PREFIX ([^:]*): <(.*)>$/gm);
    const prefixes = Object.fromEntries([...listed].map(([, name, iri]) => [name, iri]));
    Editor.extendMode("sparql11", {
      startState() {
        return { ...this._startState(), prefixes: Object.create(prefixes) };
      },
    });
  }

  // In place of the completions that come with the editor, which ask other hosts or are not of this project.
  function complete(known) {
    const { prefixes, property, class: classes } = Editor.Autocompleters;
    const declared = known.then((terms) => Object.entries(terms.prefixes).map(([name, iri]) => `${name}: <${iri}>`));
    Editor.registerAutocompleter({ ...prefixes, get: () => declared, persistenceId: null });
    for (const [kind, completer] of [["property", property], ["class", classes]]) {
      const fitting = async (token) => {
        const text = token.autocompletionString.toLowerCase();
        const names = (term) => [term.iri, term.name, term.name.split(":")[1], term.label];
        const isMeant = (term) => term.kind === kind && names(term).some((each) => each.toLowerCase().startsWith(text));
        return (await known).terms.filter(isMeant);
      };
      let labels = {};
      Editor.registerAutocompleter({
        ...completer,
        autoShow: true,
        get: async (_, token) => {
          const found = await fitting(token);
          labels = Object.fromEntries(found.map((term) => [term.name, term.label]));
          return found.map((term) => term.name);
        },
        postProcessSuggestion: (_, __, name) => name,
        postprocessHints: (_, hints) => hints.map((hint) => (
          { ...hint, displayText: labels[hint.text] ? `${hint.text} · ${labels[hint.text]}` : hint.text }
        )),
      });
    }
  }

  // Asking

  async function ask(address) {
    running?.abort();
    running = new AbortController();
    const { signal } = running;
    const answer = document.getElementById("answer");
    answer.setAttribute("aria-busy", "true");
    said.textContent = form.dataset.working;
    try {
      const response = await fetch(address, { headers: { Accept: "text/html" }, signal });
      const text = await response.text();
      const page = new DOMParser().parseFromString(text, "text/html");
      if (!page.getElementById("answer")) throw new Error(text);
      return page;
    } catch (error) {
      if (!signal.aborted) fail(error instanceof TypeError ? form.dataset.failed : error.message);
      return null;
    } finally {
      if (!signal.aborted) answer.removeAttribute("aria-busy");
    }
  }

  function fail(reason) {
    const warning = document.createElement("p");
    warning.className = "warning";
    warning.textContent = said.textContent = reason;
    document.getElementById("answer").replaceChildren(warning);
  }

  function show(page) {
    document.title = page.title;
    for (const part of ["h1", "#answer", "nav.languages"]) {
      document.querySelector(part).replaceWith(page.querySelector(part));
    }
    // What belongs to a named query does not belong to another.
    const [there, here] = [page, document].map((each) => each.querySelector("form.values"));
    if (here && !there) here.remove();
    dress();
    said.textContent = document.querySelector("#answer > :is(.outcome, .warning)")?.textContent ?? "";
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const address = `${form.action.split("?")[0]}?${new URLSearchParams(new FormData(form))}`;
    if (address.length > Number(form.dataset.longest)) {
      fail(form.dataset.long);
      return;
    }
    const page = await ask(address);
    if (!page) return;
    history.pushState(null, "", address);
    show(page);
    document.getElementById("answer-heading")?.scrollIntoView({ block: "center" });
  });

  window.addEventListener("popstate", async () => {
    const page = await ask(location.href);
    if (!page) return;
    field.value = page.getElementById("query").value;
    editor?.setValue(field.value);
    show(page);
  });

  // What an answer can do besides

  function dress() {
    for (const code of document.querySelectorAll(".programs pre")) {
      code.before(copier(() => code.textContent));
    }
    for (const link of document.querySelectorAll("a.share")) {
      link.after(" ", copier(() => link.href));
    }
    for (const citation of document.querySelectorAll(".citation")) {
      const text = citation.textContent;
      citation.after(copier(() => text));
    }
    for (const link of document.querySelectorAll("a[href$='#ask']")) {
      link.addEventListener("click", () => { form.parentElement.open = true; });
    }
    for (const choice of document.querySelectorAll(".spots input")) {
      choice.addEventListener("change", () => centre(choice.closest(".spots").querySelector(".window")));
    }
    for (const table of document.querySelectorAll("#answer table")) {
      makeSortable(table);
    }
  }

  // What most places are around stays in sight.
  function centre(map) {
    const middle = (of) => {
      const places = [...map.querySelectorAll(".town")].map((each) => of(each.getBoundingClientRect()));
      return places.sort((a, b) => a - b)[places.length >> 1];
    };
    const box = map.getBoundingClientRect();
    map.scrollBy(middle((each) => each.x) - box.x - box.width / 2, middle((each) => each.y) - box.y - box.height / 2);
  }

  function copier(text) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = words.copy;
    button.addEventListener("click", async () => {
      await copy(text());
      button.textContent = said.textContent = words.copied;
      setTimeout(() => { button.textContent = words.copy; }, 2000);
    });
    return button;
  }

  // Browsers offer the clipboard to pages that came by https or from this machine, and the old way to all.
  async function copy(text) {
    if (navigator.clipboard) {
      await navigator.clipboard.writeText(text);
      return;
    }
    const holder = document.createElement("textarea");
    holder.value = text;
    document.body.append(holder);
    holder.select();
    document.execCommand("copy");
    holder.remove();
  }

  function makeSortable(table) {
    table.querySelectorAll("th").forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      button.title = words.sort.replace("{}", head.textContent);
      button.addEventListener("click", () => sort(table, head, column));
      head.replaceChildren(button);
    });
  }

  function sort(table, head, column) {
    const turned = head.getAttribute("aria-sort") === "ascending";
    const isNumeric = head.classList.contains("number");
    const body = table.tBodies[0];
    // What is written for people stands beside what it is for programs.
    const text = ({ cells }) => cells[column].querySelector("data")?.value ?? cells[column].textContent;
    const order = (a, b) => (isNumeric ? Number(text(a)) - Number(text(b)) : collator.compare(text(a), text(b)));
    const rows = [...body.rows].sort((a, b) => (turned ? order(b, a) : order(a, b)));
    table.querySelectorAll("th").forEach((each) => each.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", turned ? "descending" : "ascending");
    body.append(...rows);
  }

  if (Editor) begin();
  dress();
})();
