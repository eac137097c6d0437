// A drawing of nodes and edges by cytoscape.js, in the colours of the page. Whoever cannot see it
// needs the same as a list or a table: that is up to the page.
import cytoscape from "cytoscape";

// Cytoscape adds a stylesheet of one rule, which the policy on content forbids, unless something of
// this name is there; the rule stands in style.css.
const OWN_STYLESHEET = "__________cytoscape_stylesheet";
const TOKENS = ["paper", "panel", "ink", "quiet", "line", "link", "mark"];
// Cytoscape measures text on a canvas: a family that the stylesheet names by a token is unknown there.
const FAMILY = "system-ui, sans-serif";
const SIZE = 12;
// The widest line of a label, and the room around it, in pixels.
const WIDEST = 150;
const ROOM = 16;

/** The colours of tokens of the page, resolved for the theme that is shown. */
function colours(names) {
  const probe = document.createElement("span");
  document.body.append(probe);
  const found = Object.fromEntries(names.map((name) => {
    probe.style.color = `var(--${name})`;
    return [name, getComputedStyle(probe).color];
  }));
  probe.remove();
  return found;
}

function styles(own) {
  const { paper, panel, ink, quiet, line, link, mark } = colours(TOKENS);
  return [
    { selector: "node", style: {
      "background-color": panel, "border-color": link, "border-width": 1.5, color: ink, content: "data(label)",
      "font-family": FAMILY, "font-size": SIZE, shape: "round-rectangle", width: "data(width)", height: "data(height)",
      "text-valign": "center", "text-wrap": "wrap", "text-max-width": WIDEST,
    } },
    { selector: "node.literal", style: { "background-color": paper, "border-color": line, color: quiet } },
    { selector: "node.centre", style: { "background-color": mark, "border-width": 2.5, "font-weight": 600 } },
    { selector: "edge", style: {
      color: quiet, content: "data(label)", "curve-style": "bezier", "font-family": FAMILY, "font-size": 10,
      "line-color": line, "target-arrow-color": quiet, "target-arrow-shape": "triangle", "arrow-scale": 0.8,
      "text-background-color": paper, "text-background-opacity": 0.85, "text-background-padding": 1,
      "text-rotation": "autorotate", width: 1.5,
    } },
    { selector: "edge.derived", style: { "line-style": "dashed", "line-dash-pattern": [6, 4] } },
    ...own(colours),
    { selector: ":selected", style: { "border-width": 3, "line-color": link, "target-arrow-color": link } },
  ];
}

const pen = document.createElement("canvas").getContext("2d");
/** The size of a node around its label, in lines as they are broken. */
function box(label) {
  pen.font = `${SIZE}px ${FAMILY}`;
  const widths = label.split(" ").map((word) => pen.measureText(`${word} `).width);
  const lines = [0];
  for (const width of widths) {
    const last = lines.length - 1;
    if (lines[last] && lines[last] + width > WIDEST) lines.push(width);
    else lines[last] += width;
  }
  return { width: Math.max(...lines) + ROOM, height: lines.length * SIZE * 1.2 + ROOM };
}

const node = ({ classes = "", ...data }) => ({ group: "nodes", data: { ...data, ...box(data.label) }, classes });
const edge = ({ classes = "", ...data }) => ({ group: "edges", data, classes });

/**
 * Draws into `container`, an element with a height.
 *
 * A node is `{id, label, classes?}`, an edge `{id, source, target, label, classes?}`; both keep what
 * else they hold. The classes that are drawn otherwise: `literal`, `centre`, and of edges `derived`.
 * `onOpen(node)` is called with a node that is clicked or tapped twice. `own(colours)` gives further styles,
 * where `colours(names)` resolves tokens; `arrange(cy, isNew)` gives things their places in another way.
 * Gives `add(nodes, edges)`, `fit()`, `zoom(factor)`, `destroy()` and `cy`, the drawing itself.
 */
export function drawGraph(container, { nodes, edges, onOpen, own = () => [], arrange }) {
  if (!document.getElementById(OWN_STYLESHEET)) {
    const place = document.createElement("meta");
    place.id = OWN_STYLESHEET;
    document.head.append(place);
  }
  const cy = cytoscape({ container, style: styles(own), minZoom: 0.1, maxZoom: 3, boxSelectionEnabled: false });
  const repaint = () => cy.style().fromJson(styles(own)).update();
  const theme = matchMedia("(prefers-color-scheme: dark)");
  theme.addEventListener("change", repaint);

  // From the same places each time: the same graph gives the same drawing.
  const draw = arrange ?? ((_, isNew) => {
    if (isNew) cy.layout({ name: "circle", animate: false, fit: false }).run();
    const hub = cy.nodes().max((one) => one.neighborhood("node").length).ele;
    const isStar = hub && hub.neighborhood("node").length > cy.nodes().length / 2;
    cy.layout(isStar
      ? { name: "concentric", animate: false, fit: false, concentric: (one) => Number(one.same(hub)), levelWidth: () => 1, minNodeSpacing: 14 }
      : { name: "cose", animate: false, randomize: false, fit: false, numIter: 2000,
          idealEdgeLength: () => 90, nodeRepulsion: () => 400_000, nodeOverlap: 40, gravity: 1.5 }).run();
    spread();
    cy.fit(undefined, 20);
  });
  // Labels are wide and the place is, too: drawn apart sideways, nodes cover each other less.
  const spread = () => {
    const { w, h } = cy.nodes().boundingBox();
    const factor = Math.min(3, Math.max(1, (cy.width() * h) / (cy.height() * w || 1)));
    cy.nodes().positions((one) => ({ x: one.position("x") * factor, y: one.position("y") }));
  };
  const add = (moreNodes, moreEdges, isNew = false) => {
    const fresh = ({ id }) => cy.getElementById(id).empty();
    cy.add(moreNodes.filter(fresh).map(node));
    cy.add(moreEdges.filter(fresh).map(edge));
    draw(cy, isNew);
  };
  add(nodes, edges, true);
  if (onOpen) cy.on("dbltap", "node", (event) => onOpen(event.target.data()));
  return {
    cy,
    add,
    fit: () => cy.fit(undefined, 20),
    zoom: (factor) => cy.zoom({ level: cy.zoom() * factor, renderedPosition: { x: cy.width() / 2, y: cy.height() / 2 } }),
    destroy: () => { theme.removeEventListener("change", repaint); cy.destroy(); },
  };
}
