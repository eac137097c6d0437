// A column of numbers by a column of names: bars beside the numbers, in a table as elsewhere on our
// pages, or a line above it. Drawn with attributes: the policy on content allows no style in a page.
import { irisIn, namesOf } from "./ask.js";
import { choice, drawn, element } from "./dom.js";
import { numeric, shown, text } from "./terms.js";
import { told, words, written } from "./told.js";

const MOST = 200;
const [WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT] = [720, 260, 62, 34, 14, 50];
const NAMES = 7;
const LONGEST = 13;
const DAYS = new Set(["date", "dateTime", "gYear", "gYearMonth"].map((name) => told.prefixes.xsd + name));

const isNumeric = (rows, column) => {
  const terms = rows.map((row) => row[column]).filter(Boolean);
  return terms.length > 0 && terms.every((term) => numeric(term) !== undefined);
};

/** The columns of numbers, those of names, and which to begin with; undefined without numbers. */
function pairing({ columns, rows }) {
  const all = columns.map((_, column) => column);
  const numbers = all.filter((column) => isNumeric(rows, column));
  if (!numbers.length) return undefined;
  const others = all.filter((column) => !numbers.includes(column));
  return { numbers, names: others.length ? [...others, ...numbers] : all, y: numbers.at(-1), x: others[0] ?? all[0] };
}

/** Whether `answer` has anything to draw. */
export const hasChart = (answer) => answer.kind === "rows" && pairing(answer) !== undefined;

/** Where a term stands on an axis, if it is a number or a time. */
const onAxis = (term) => {
  const at = DAYS.has(term?.datatype) ? Date.parse(term.value) : numeric(term);
  return Number.isNaN(at) ? undefined : at;
};

function bar(value, least, most) {
  const span = most - least || 1;
  const from = ((Math.min(value, 0) - least) / span) * 100;
  const svg = drawn("svg", { class: "bar", viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" });
  svg.append(drawn("rect", { class: "rest", width: 100, height: 10 }),
    drawn("rect", { class: "part", x: from, width: (Math.abs(value) / span) * 100, height: 10 }));
  return svg;
}

function line(unsorted, said) {
  const isAxis = unsorted.every(({ term }) => onAxis(term) !== undefined);
  const points = isAxis ? unsorted.toSorted((one, other) => onAxis(one.term) - onAxis(other.term)) : unsorted;
  const values = points.map(({ value }) => value);
  const [least, most] = [Math.min(0, ...values), Math.max(0, ...values)];
  // Numbers and times stand where they are on their axis, names one after the other.
  const places = points.map(({ term }, number) => (isAxis ? onAxis(term) : number));
  const [first, last] = [Math.min(...places), Math.max(...places)];
  const x = (number) => LEFT + ((places[number] - first) * (WIDTH - LEFT - RIGHT)) / (last - first || 1);
  const y = (value) => TOP + ((most - value) * (HEIGHT - TOP - BOTTOM)) / (most - least || 1);
  const marks = [least, (least + most) / 2, most].map((value) => [
    drawn("line", { x1: LEFT, x2: WIDTH - RIGHT, y1: y(value), y2: y(value) }),
    drawn("text", { x: LEFT - 8, y: y(value) + 4, "text-anchor": "end" }, written(value)),
  ]);
  // As many names below as there is room for.
  const every = Math.ceil(points.length / NAMES);
  const names = points.map(({ name }, number) => (number % every ? null
    : drawn("text", { x: x(number), y: HEIGHT - 10, "text-anchor": "middle" },
      name.length > LONGEST ? `${name.slice(0, LONGEST - 1)}…` : name)));
  const id = "chart-line";
  return drawn("svg", { class: "curve", role: "img", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, "aria-labelledby": id },
    drawn("title", { id }, said), ...marks.flat(),
    drawn("polyline", { points: points.map(({ value }, number) => `${x(number)},${y(value)}`).join(" ") }),
    ...points.map(({ name, value }, number) => drawn("circle", { cx: x(number), cy: y(value), r: 3 },
      drawn("title", {}, `${name}: ${written(value)}`))), ...names);
}

/** Shows `answer` in `place`. */
export function showChart(place, answer) {
  const found = pairing(answer);
  if (!found) {
    place.append(element("p", { class: "note" }, words("chart.none")));
    return;
  }
  const isTime = answer.rows.every((row) => DAYS.has(row[found.x]?.datatype));
  const state = { x: found.x, y: found.y, kind: isTime ? "line" : "bars" };
  const drawing = element("div", { class: "wide", role: "region", "aria-label": words("view.chart"), tabindex: 0 });
  const named = (columns) => columns.map((column) => [String(column), answer.columns[column]]);
  const set = (name) => (value) => { state[name] = name === "kind" ? value : Number(value); render(); };
  place.append(element("div", { class: "tools" },
    choice(words("chart.names"), named(found.names), String(state.x), set("x")),
    choice(words("chart.numbers"), named(found.numbers), String(state.y), set("y")),
    choice(words("chart.kind"), ["bars", "line"].map((kind) => [kind, words(`chart.${kind}`)]), state.kind, set("kind"))),
  drawing);
  let names = new Map();

  function render() {
    const rows = answer.rows.filter((row) => row[state.y]);
    const points = rows.slice(0, MOST).map((row) => ({
      term: row[state.x], name: text(row[state.x], names), value: numeric(row[state.y]),
    }));
    const values = points.map(({ value }) => value);
    const [least, most] = [Math.min(0, ...values), Math.max(0, ...values)];
    const [across, up] = [answer.columns[state.x], answer.columns[state.y]];
    const said = words("chart.words", {
      names: across, numbers: up, n: written(points.length), least: written(Math.min(...values)), most: written(Math.max(...values)),
    });
    const table = element("table", { class: "bars single" }, element("caption", {}, said),
      element("thead", {}, element("tr", {}, element("th", { scope: "col" }, across), element("th", { scope: "col" }, up))),
      element("tbody", {}, ...points.map(({ term, value }) => element("tr", {},
        element("th", { scope: "row" }, ...shown(term, names)),
        element("td", {}, element("span", { class: "number" }, written(value)),
          ...(state.kind === "bars" ? [bar(value, least, most)] : []))))));
    drawing.replaceChildren(
      ...(state.kind === "line" ? [line(points, said)] : []), table,
      ...(rows.length > MOST ? [element("p", { class: "note" }, words("chart.first", { n: written(MOST) }))] : []));
  }
  render();
  namesOf(irisIn(answer.rows.slice(0, MOST))).then((learnt) => { names = learnt; render(); }, () => {});
}
