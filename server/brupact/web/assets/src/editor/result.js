// What became of a query: how many rows and how fast, what the service warns of, the ways to look at
// the answer, its files, how to cite it; or what went wrong.
import { answerAddress } from "./ask.js";
import { hasChart, showChart } from "./chart.js";
import { element } from "./dom.js";
import { hasGraph, showGraph } from "./graph.js";
import { showTable } from "./table.js";
import { formatsOf, showAlgebra, showText } from "./text.js";
import { count, told, words, written } from "./told.js";

const VIEWS = { table: showTable, chart: showChart, graph: showGraph, text: showText, algebra: showAlgebra };
// The longest address that the service takes as a link, in characters.
const LONGEST_LINK = 60_000;

/** The views that `answer` can be looked at in, the best first. */
function viewsOf(answer) {
  if (answer.kind === "boolean") return ["text", "algebra"];
  const graph = hasGraph(answer) ? ["graph"] : [];
  if (answer.kind === "triples") return [...graph, "table", "text", "algebra"];
  return ["table", ...(hasChart(answer) ? ["chart"] : []), ...graph, "text", "algebra"];
}

function summary(answer) {
  if (answer.kind === "boolean") return words(answer.boolean ? "yes" : "no");
  if (!answer.rows.length) return words("empty");
  const rows = count(answer.kind === "triples" ? "triples" : "query.rows", answer.rows.length);
  return words("took", { rows, time: written(Math.max(1, Math.round(answer.took))) });
}

function files(answer) {
  const links = formatsOf(answer).map(({ suffix, label }) => [
    " ", element("a", { href: answerAddress(answer.text, { ...answer.options, as: suffix }), download: `result.${suffix}` }, label),
  ]);
  const isLinked = answerAddress(answer.text, answer.options).length < LONGEST_LINK;
  return isLinked ? element("p", { class: "take" }, words("take"), ...links.flat()) : null;
}

const citation = ({ cited, version }) => (cited ? element("details", {},
  element("summary", {}, words("cite")),
  element("p", {}, `brupact, ${words("of-version", { version: version.slice(0, 12) })}. `, element("a", { href: cited }, cited))) : null);

/** The place of results; `onView(name)` is called when another view is chosen. */
export function createResult(section, onView) {
  const status = element("p", { role: "status", class: "said" });
  const content = element("div");
  section.append(status, content);
  let end;
  const clear = (said) => {
    end?.();
    end = undefined;
    section.hidden = false;
    status.textContent = said;
    content.replaceChildren();
  };

  function show(answer, wanted) {
    const views = viewsOf(answer);
    clear(summary(answer));
    const place = element("div", { class: "view" });
    const buttons = views.map((name) => element("button", { type: "button", click: () => open(name, true) }, words(`view.${name}`)));
    const open = (name, isChosen) => {
      end?.();
      place.replaceChildren();
      end = VIEWS[name](place, answer);
      buttons.forEach((button, number) => button.setAttribute("aria-pressed", String(views[number] === name)));
      if (isChosen) onView(name);
    };
    content.append(
      ...(answer.warning ? [element("p", { class: "warned" }, answer.warning)] : []),
      element("div", { class: "views", role: "group", "aria-label": words("views") }, ...buttons),
      place, ...[files(answer), citation(answer)].filter(Boolean));
    open(views.includes(wanted) ? wanted : views[0], false);
  }

  /** Says what went wrong; `onPlace()` leads to the place in the query, where there is one. */
  function fail(error, onPlace) {
    clear("");
    const at = error.line && element("button", { type: "button", class: "second", click: onPlace },
      words("place", { line: error.line, column: error.column }));
    content.append(element("div", { class: "warning", role: "alert" },
      element("p", { dir: "auto", lang: error.line ? "en" : told.lang }, error.message), ...(at ? [at] : [])));
  }

  return { show, fail, say: clear };
}
