// Makes an editor of the form of /sparql. Without it the form asks the same, and the answer comes as
// a file.
import "@zazuko/yasqe/build/yasqe.min.css";
import "./editor/style.css";
import { addressWith, readAddress } from "./editor/address.js";
import { ask, Problem } from "./editor/ask.js";
import { createExamples } from "./editor/examples.js";
import { createInput } from "./editor/input.js";
import { createRecent } from "./editor/recent.js";
import { createResult } from "./editor/result.js";
import { words } from "./editor/told.js";

const byId = (id) => document.getElementById(id);
const form = byId("editor");
const [stop, share, shared] = ["stop", "share", "shared"].map(byId);
const fields = [...form.querySelectorAll("[data-option]")];
const input = createInput(byId("query"), () => { run(); });
const result = createResult(byId("result"), (name) => { view = name; remember(); });
let view;
let underWay;

/** The options that are not as the service has them by itself. */
function options() {
  const given = fields.map((field) => [
    field.dataset.option, field.type === "checkbox" ? (field.checked ? "" : field.value) : field.value.trim(),
  ]);
  return Object.fromEntries(given.filter(([, value]) => value));
}
const here = () => addressWith({ text: input.text(), ...options(), ...(view && { view }), run: "" });
const remember = () => history.replaceState(null, "", here());

async function run() {
  underWay?.abort();
  const mine = underWay = new AbortController();
  const text = input.text();
  input.unmark();
  result.say(words("running"));
  remember();
  stop.disabled = false;
  try {
    const answer = await ask(text, options(), mine.signal);
    result.show(answer, view);
    recent.add(text);
  } catch (error) {
    if (mine !== underWay) return;
    if (error.name === "AbortError") result.say(words("stopped"));
    else if (error instanceof Problem) {
      result.fail(error, () => input.focus(error.line, error.column));
      if (error.line && input.text() === text) input.mark(error.line, error.column, error.message);
    } else result.fail(new Error(error instanceof TypeError ? words("unreachable") : String(error)));
  } finally {
    if (mine === underWay) stop.disabled = true;
  }
}

/** Fills the page with what its address says; runs it if that is asked for. */
function open() {
  const said = readAddress();
  if (said.text !== undefined && said.text !== input.text()) input.fill(said.text);
  for (const field of fields) {
    const value = said[field.dataset.option] ?? "";
    if (field.type === "checkbox") field.checked = value !== field.value;
    else field.value = value;
  }
  view = said.view;
  if (said.run !== undefined) run();
}

form.addEventListener("submit", (event) => { event.preventDefault(); run(); });
stop.addEventListener("click", () => underWay?.abort());
share.addEventListener("click", async () => {
  remember();
  const isCopied = await navigator.clipboard?.writeText(here()).then(() => true, () => false);
  shared.textContent = words(isCopied ? "shared" : "not-shared");
});
const fill = (text) => { view = undefined; input.fill(text); run(); };
const recent = createRecent(byId("recent"), fill);
createExamples(byId("examples"), fill);
addEventListener("hashchange", open);
open();
