// The triples of an answer, or the things in its rows, as a drawing; its library comes when it is
// first asked for.
import { irisIn, namesOf } from "./ask.js";
import { element } from "./dom.js";
import { address, brief, text } from "./terms.js";
import { words, written } from "./told.js";

const MOST = 250;
const LONGEST = 60;
const isThing = (term) => term?.type === "uri" || term?.type === "bnode";

/** Subject, words on the edge, object: of triples as they are, of rows from the first thing on. */
function edgesOf(answer) {
  if (answer.kind === "triples") return answer.rows.map(([from, by, to]) => ({ from, by: by.value, to }));
  return answer.rows.flatMap((row) => {
    const things = row.map((term, column) => ({ term, name: answer.columns[column] })).filter(({ term }) => isThing(term));
    const [first, ...others] = things;
    if (!first) return [];
    return others.length ? others.map(({ term, name }) => ({ from: first.term, name, to: term })) : [{ from: first.term }];
  });
}

/** Whether `answer` has anything to draw. */
export const hasGraph = (answer) => answer.rows.some((row) => row.some(isThing));

const keyOf = (term) => (isThing(term) ? `${term.type} ${term.value}` : JSON.stringify(term));

/** The nodes and edges of `answer`, up to `MOST` nodes; literals only where they are wanted. */
function elementsOf(answer, names, withValues) {
  const nodes = new Map();
  const edges = new Map();
  let isCut = false;
  const cut = (said) => (said.length > LONGEST ? `${said.slice(0, LONGEST - 1)}…` : said);
  const node = (term) => {
    const id = keyOf(term);
    if (!nodes.has(id)) {
      if (nodes.size === MOST) { isCut = true; return undefined; }
      nodes.set(id, { id, label: cut(text(term, names)), iri: term.type === "uri" ? term.value : undefined, classes: isThing(term) ? "" : "literal" });
    }
    return id;
  };
  for (const { from, by, name, to } of edgesOf(answer)) {
    if (to && !isThing(to) && !withValues) continue;
    const source = node(from);
    const target = to && node(to);
    if (!source || !target) continue;
    const label = name ?? names.get(by)?.value ?? brief(by);
    const id = `${source} ${label} ${target}`;
    edges.set(id, { id, source, target, label });
  }
  return { nodes: [...nodes.values()], edges: [...edges.values()], isCut };
}

/** Shows `answer` in `place`; gives what ends the drawing. */
export function showGraph(place, answer) {
  let drawing;
  let isOver = false;
  const canvas = element("div", { class: "drawing", role: "img", "aria-label": words("view.graph") });
  const said = element("p", { class: "note" });
  const values = element("input", { type: "checkbox", change: () => draw() });
  const button = (key, click) => element("button", { type: "button", class: "second", click }, words(key));
  place.append(
    element("div", { class: "tools" },
      button("graph.in", () => drawing?.zoom(1.3)), button("graph.out", () => drawing?.zoom(1 / 1.3)),
      button("graph.all", () => drawing?.fit()),
      ...(answer.kind === "triples" ? [element("label", {}, values, " ", words("graph.values"))] : [])),
    canvas, said);

  async function draw() {
    const [{ drawGraph }, names] = await Promise.all([
      import("../shared/graph.js"), namesOf(irisIn(answer.rows)).catch(() => new Map()),
    ]);
    if (isOver) return;
    const { nodes, edges, isCut } = elementsOf(answer, names, values.checked);
    drawing?.destroy();
    const counted = words("graph.words", { nodes: written(nodes.length), edges: written(edges.length) });
    canvas.setAttribute("aria-label", counted);
    said.textContent = [counted, isCut && words("graph.first", { n: written(MOST) }), words("graph.open")].filter(Boolean).join(" ");
    drawing = drawGraph(canvas, {
      nodes, edges,
      onOpen: ({ iri }) => { const href = iri && address(iri); if (href) location.assign(href); },
    });
  }
  draw();
  return () => { isOver = true; drawing?.destroy(); };
}
