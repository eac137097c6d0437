// Suggestions while typing. Without this file the search works as well.
for (const field of document.querySelectorAll("input[data-suggest]")) {
  const list = document.createElement("datalist");
  list.id = `${field.id}-suggestions`;
  field.after(list);
  field.setAttribute("list", list.id);
  let asked;
  field.addEventListener("input", () => {
    clearTimeout(asked);
    asked = setTimeout(async () => {
      const address = new URL(field.dataset.suggest, location.href);
      address.searchParams.set("q", field.value);
      const answer = await fetch(address);
      if (!answer.ok) return;
      list.replaceChildren(...(await answer.json()).map((name) => new Option(name)));
    }, 120);
  });
}
