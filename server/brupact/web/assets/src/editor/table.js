// The rows of an answer as a table: sorted, narrowed, page by page; things by their names.
import { irisIn, namesOf } from "./ask.js";
import { choice, element } from "./dom.js";
import { numeric, shown, text } from "./terms.js";
import { told, words, written } from "./told.js";

const SIZES = [50, 200, 1000];
// Of so many things the names are asked for at once, so that rows are sorted and found by them.
const NAMED = 2000;
const collator = new Intl.Collator(told.lang, { numeric: true, sensitivity: "base" });

function comparison(column, names) {
  return (one, other) => {
    const [a, b] = [one[column], other[column]];
    if (!a || !b) return Number(!a) - Number(!b);
    const [m, n] = [numeric(a), numeric(b)];
    return m !== undefined && n !== undefined ? m - n : collator.compare(text(a, names), text(b, names));
  };
}

/** Shows `answer` in `place`. */
export function showTable(place, answer) {
  const state = { column: -1, isDown: false, page: 0, size: SIZES[0], wanted: "", isNamed: true };
  const columns = answer.columns.map((name) => (answer.kind === "triples" ? words(name) : name));
  let known = new Map();

  const heads = columns.map((name, column) => {
    const button = element("button", { type: "button", click: () => sort(column) }, name);
    return element("th", { scope: "col" }, button);
  });
  const body = element("tbody");
  const place_ = element("span", { role: "status" });
  const previous = element("button", { type: "button", class: "second", click: () => turn(-1) }, words("previous"));
  const next = element("button", { type: "button", class: "second", click: () => turn(1) }, words("next"));
  const filter = element("input", { type: "search", autocomplete: "off", input: () => change({ wanted: filter.value, page: 0 }) });
  const named = element("input", { type: "checkbox", checked: true, change: () => change({ isNamed: named.checked }) });
  place.append(
    element("div", { class: "tools" },
      element("label", {}, words("filter"), " ", filter),
      element("label", {}, named, " ", words("names"))),
    element("div", { class: "wide", role: "region", "aria-label": words("view.table"), tabindex: 0 },
      element("table", {}, element("thead", {}, element("tr", {}, ...heads)), body)),
    element("div", { class: "tools" }, previous, place_, next,
      choice("", SIZES.map((size) => [String(size), written(size)]), String(state.size),
        (size) => change({ size: Number(size), page: 0 }))));
  place.lastChild.querySelector("select").setAttribute("aria-label", words("size"));

  function sort(column) {
    change({ isDown: state.column === column && !state.isDown, column, page: 0 });
    heads.forEach((head, number) => {
      if (number === column) head.setAttribute("aria-sort", state.isDown ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
  }
  const turn = (by) => change({ page: state.page + by });
  function change(values) {
    Object.assign(state, values);
    render();
  }

  function chosen() {
    const names = state.isNamed ? known : new Map();
    const wanted = state.wanted.toLowerCase();
    const rows = wanted
      ? answer.rows.filter((row) => row.some((term) => text(term, names).toLowerCase().includes(wanted)))
      : [...answer.rows];
    if (state.column >= 0) {
      rows.sort(comparison(state.column, names));
      if (state.isDown) rows.reverse();
    }
    return rows;
  }

  function render() {
    const rows = chosen();
    const start = state.page * state.size;
    const some = rows.slice(start, start + state.size);
    const names = state.isNamed ? known : new Map();
    body.replaceChildren(...some.map((row) => element("tr", {}, ...row.map((term) =>
      element("td", numeric(term) === undefined ? {} : { class: "number" }, ...shown(term, names))))));
    place_.textContent = words("rows-of", {
      from: written(Math.min(start + 1, rows.length)), to: written(start + some.length), total: written(rows.length),
    });
    previous.disabled = state.page === 0;
    next.disabled = start + state.size >= rows.length;
    const missing = irisIn(some).filter((iri) => !known.has(iri));
    if (state.isNamed && missing.length) learn(missing);
  }
  async function learn(iris) {
    // Names are an addition: without them the IRIs stay.
    const found = await namesOf(iris).catch(() => undefined);
    if (!found) return;
    known = new Map([...iris.map((iri) => [iri, undefined]), ...found]);
    render();
  }

  render();
  const all = new Set(irisIn(answer.rows));
  if (all.size <= NAMED) learn([...all]);
}
