// Suggestions while typing, as a combobox (WAI-ARIA Authoring Practices). Without this file the
// search works as well.
for (const field of document.querySelectorAll("input[data-suggest]")) {
  const list = document.createElement("ul");
  list.id = `${field.id}-suggestions`;
  list.className = "suggestions";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", field.labels[0]?.textContent ?? "");
  field.after(list);
  for (const [name, value] of Object.entries({
    role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id,
  })) field.setAttribute(name, value);
  let asked, typed = "", chosen = -1, turn = 0;

  const show = (names) => {
    list.replaceChildren(...names.map((name, number) => {
      const option = document.createElement("li");
      option.id = `${list.id}-${number}`;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      option.dir = "auto";
      option.textContent = name;
      option.addEventListener("mousedown", (event) => {
        event.preventDefault();
        field.value = name;
        field.form.requestSubmit();
      });
      return option;
    }));
    chosen = -1;
    list.hidden = names.length === 0;
    field.setAttribute("aria-expanded", String(!list.hidden));
    field.removeAttribute("aria-activedescendant");
  };
  // What was asked for before comes too late.
  const close = () => {
    clearTimeout(asked);
    turn += 1;
    show([]);
  };
  const choose = (number) => {
    list.children[chosen]?.setAttribute("aria-selected", "false");
    const option = list.children[number];
    chosen = option ? number : -1;
    if (option) field.setAttribute("aria-activedescendant", option.id);
    else field.removeAttribute("aria-activedescendant");
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    field.value = option ? option.textContent : typed;
  };

  field.addEventListener("input", () => {
    clearTimeout(asked);
    typed = field.value;
    const mine = turn += 1;
    asked = setTimeout(async () => {
      const address = new URL(field.dataset.suggest, location.href);
      address.searchParams.set("q", typed);
      const answer = await fetch(address);
      const names = answer.ok ? await answer.json() : [];
      if (mine === turn) show(names);
    }, 120);
  });
  field.addEventListener("keydown", (event) => {
    if (list.hidden || event.isComposing) return;
    if (event.key === "ArrowDown") choose(chosen + 1);
    else if (event.key === "ArrowUp") choose(chosen < 0 ? list.children.length - 1 : chosen - 1);
    else if (event.key === "Escape") { field.value = typed; close(); }
    else return;
    event.preventDefault();
  });
  field.addEventListener("blur", close);
  field.form.addEventListener("submit", close);
}
