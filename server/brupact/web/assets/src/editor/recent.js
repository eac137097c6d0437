// The queries that were run last in this browser, which alone keeps them.
import { element } from "./dom.js";

const KEY = "brupact.queries";
const MOST = 20;
const LONGEST = 90;

const read = () => {
  // What another version left there, or nothing where the browser keeps nothing.
  try { return JSON.parse(localStorage.getItem(KEY)) ?? []; } catch { return []; }
};
const write = (texts) => {
  try { localStorage.setItem(KEY, JSON.stringify(texts)); } catch { /* Then it is not kept. */ }
};

/** The query in one line, without its prefixes. */
function brief(text) {
  const line = text.replace(/^\s*(PREFIX|BASE)\b.*$/gim, "").replace(/\s+/g, " ").trim();
  return line.length > LONGEST ? `${line.slice(0, LONGEST - 1)}…` : line;
}

/** `onChosen(text)` is called with the query that is chosen in `details`. Gives `add(text)`. */
export function createRecent(details, onChosen) {
  const list = details.querySelector("ol");
  const show = () => list.replaceChildren(...read().map((text) =>
    element("li", {}, element("button", { type: "button", title: text, click: () => onChosen(text) }, brief(text)))));
  details.querySelector("button").addEventListener("click", () => { write([]); show(); });
  details.addEventListener("toggle", show);
  return {
    add(text) {
      write([text, ...read().filter((other) => other !== text)].slice(0, MOST));
      if (details.open) show();
    },
  };
}
