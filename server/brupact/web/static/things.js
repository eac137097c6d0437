// Narrows the list of all things to those whose name or kind has all the words. It asks nobody, so it
// works from a disk, too; without this file the list is whole.
const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
for (const place of document.querySelectorAll("[data-filter]")) {
  const label = document.createElement("label");
  const field = document.createElement("input");
  const none = document.createElement("span");
  field.type = "search";
  field.id = "filter";
  field.autocomplete = "off";
  label.htmlFor = field.id;
  label.textContent = place.dataset.filter;
  none.setAttribute("role", "status");
  place.append(label, " ", field, " ", none);
  const sections = [...document.querySelectorAll(".letter")].map((section) => ({
    section,
    items: [...section.querySelectorAll("li")].map((item) => ({ item, words: plain(item.textContent) })),
  }));
  field.addEventListener("input", () => {
    const wanted = plain(field.value).split(/\s+/u);
    let found = 0;
    for (const { section, items } of sections) {
      let here = 0;
      for (const { item, words } of items) {
        item.hidden = !wanted.every((word) => words.includes(word));
        here += !item.hidden;
      }
      section.hidden = here === 0;
      found += here;
    }
    none.textContent = found ? "" : place.dataset.none;
  });
}
