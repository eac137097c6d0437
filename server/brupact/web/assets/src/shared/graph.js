// A drawing of nodes and edges by cytoscape.js, in the colours of the page. Whoever cannot see it
// needs the same as a list or a table: that is up to the page.
import cytoscape from "cytoscape";

// Cytoscape adds a stylesheet of one rule, which the policy on content forbids, unless something of
// this name is there; the rule stands in style.css.
const OWN_STYLESHEET = "__________cytoscape_stylesheet";
const TOKENS = ["paper", "panel", "ink", "quiet", "line", "link", "mark"];
// Cytoscape measures text on a canvas: a family that the stylesheet names by a token is unknown there.
const FAMILY = "system-ui, sans-serif";

/** The colours of the page, resolved for the theme that is shown. */
function colours() {
  const probe = document.createElement("span");
  document.body.append(probe);
  const found = Object.fromEntries(TOKENS.map((name) => {
    probe.style.color = `var(--${name})`;
    return [name, getComputedStyle(probe).color];
  }));
  probe.remove();
  return found;
}

function styles() {
  const { paper, panel, ink, quiet, line, link, mark } = colours();
  return [
    { selector: "node", style: {
      "background-color": panel, "border-color": link, "border-width": 1.5, color: ink, content: "data(label)",
      "font-family": FAMILY, "font-size": 12, shape: "round-rectangle", width: "label", height: "label",
      padding: 7, "text-valign": "center", "text-wrap": "wrap", "text-max-width": 150,
    } },
    { selector: "node.literal", style: { "background-color": paper, "border-color": line, color: quiet } },
    { selector: "node.centre", style: { "background-color": mark, "border-width": 2.5, "font-weight": 600 } },
    { selector: "edge", style: {
      color: quiet, content: "data(label)", "curve-style": "bezier", "font-family": FAMILY, "font-size": 10,
      "line-color": line, "target-arrow-color": quiet, "target-arrow-shape": "triangle", "arrow-scale": 0.8,
      "text-background-color": paper, "text-background-opacity": 0.85, "text-background-padding": 1,
      "text-rotation": "autorotate", width: 1.5,
    } },
    { selector: ":selected", style: { "border-width": 3, "line-color": link, "target-arrow-color": link } },
  ];
}

const element = (group) => ({ id, classes = "", ...data }) => ({ group, data: { id, ...data }, classes });

/**
 * Draws into `container`, an element with a height.
 *
 * A node is `{id, label, classes?}`, an edge `{id, source, target, label, classes?}`; both keep what
 * else they hold. The classes that are drawn otherwise: `literal`, `centre`. `onOpen(node)` is called with
 * a node that is clicked or tapped twice. Gives `add(nodes, edges)`, `fit()`, `zoom(factor)`,
 * `destroy()` and `cy`, the drawing itself.
 */
export function drawGraph(container, { nodes, edges, onOpen }) {
  if (!document.getElementById(OWN_STYLESHEET)) {
    const place = document.createElement("meta");
    place.id = OWN_STYLESHEET;
    document.head.append(place);
  }
  const cy = cytoscape({ container, style: styles(), minZoom: 0.1, maxZoom: 3, boxSelectionEnabled: false });
  const repaint = () => cy.style().fromJson(styles()).update();
  const theme = matchMedia("(prefers-color-scheme: dark)");
  theme.addEventListener("change", repaint);

  // From the same places each time: the same graph gives the same drawing.
  const arrange = (isNew) => {
    if (isNew) cy.layout({ name: "circle", animate: false }).run();
    cy.layout({
      name: "cose", animate: false, randomize: false, fit: true, padding: 20, nodeDimensionsIncludeLabels: true,
      idealEdgeLength: () => 110, nodeRepulsion: () => 200_000, nodeOverlap: 20,
    }).run();
  };
  const add = (moreNodes, moreEdges, isNew = false) => {
    const fresh = ({ id }) => cy.getElementById(id).empty();
    cy.add(moreNodes.filter(fresh).map(element("nodes")));
    cy.add(moreEdges.filter(fresh).map(element("edges")));
    arrange(isNew);
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
