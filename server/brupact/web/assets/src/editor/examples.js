// The questions of the library, to begin from: a link to its page becomes one that fills the editor.
const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/** `onChosen(text)` is called with the text of the question that is chosen in `details`. */
export function createExamples(details, onChosen) {
  const subjects = [...details.querySelectorAll(".subject")].map((subject) => ({
    subject,
    items: [...subject.querySelectorAll("li")].map((item) => ({
      item, words: plain(`${item.textContent} ${item.firstElementChild.title}`),
    })),
  }));
  const field = details.querySelector("input");
  field.addEventListener("input", () => {
    const wanted = plain(field.value).split(/\s+/u);
    for (const { subject, items } of subjects) {
      for (const { item, words } of items) item.hidden = !wanted.every((word) => words.includes(word));
      subject.hidden = items.every(({ item }) => item.hidden);
    }
  });
  details.addEventListener("click", async (event) => {
    const link = event.target.closest("a[data-text]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const answer = await fetch(link.dataset.text);
    if (!answer.ok) { location.assign(link.href); return; }
    details.open = false;
    onChosen(await answer.text());
  });
}
