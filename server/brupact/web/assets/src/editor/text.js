// The answer as it comes, in each format that the service offers for its kind.
import { answerAddress } from "./ask.js";
import { choice, element } from "./dom.js";
import { told, words } from "./told.js";

// So many characters are shown: the files have the rest.
const MOST = 200_000;

/** The formats that the service offers for `answer`. */
export function formatsOf(answer) {
  if (answer.kind === "triples") return told.formats.graphs;
  // ASK has no CSV or TSV form.
  return answer.kind === "boolean" ? told.formats.results.slice(0, 2) : told.formats.results;
}

/** Shows `answer` in `place`. */
export function showText(place, answer) {
  const formats = formatsOf(answer);
  const content = element("code");
  const note = element("p", { class: "note" });
  async function show(suffix) {
    const { type } = formats.find((format) => format.suffix === suffix);
    const document = type === answer.type
      ? answer.document
      : await fetch(answerAddress(answer.text, { ...answer.options, as: suffix })).then((response) => response.text());
    content.textContent = document.slice(0, MOST);
    note.textContent = document.length > MOST ? words("cut") : "";
  }
  place.append(
    element("div", { class: "tools" }, choice(words("format"), formats.map(({ suffix, label }) => [suffix, label]), formats[0].suffix, show)),
    element("pre", { tabindex: 0 }, content), note);
  show(formats[0].suffix);
}

/** Shows how the service reads the query, and what its evaluation takes. */
export function showAlgebra(place, answer) {
  const content = element("code");
  place.append(element("pre", { tabindex: 0 }, content));
  fetch(answerAddress(answer.text, { ...answer.options, explain: "run" }), { headers: { Accept: "text/plain, application/problem+json" } })
    .then((response) => response.text()).then((text) => { content.textContent = text; });
}
