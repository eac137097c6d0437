// The drawing of the explorer. What is open stands in the address, and the server says what that
// shows: each step asks for the page of the next address, takes its list in the place of this one and
// draws its links. Without this file every step is a link that works as well.
import { drawGraph } from "./shared/graph.js";
import { look, place, room } from "./explorer/places.js";

// What differs from one state to the next; the rest of the page stays.
const SWAPPED = "[data-swap], nav.languages, .foot form";
// Characters of a name on the drawing: of what is open, and of what is not.
const LONGEST = { true: 64, false: 38 };

const byId = (id) => document.getElementById(id);
const told = byId("told");
const chosen = byId("chosen");
const words = byId("words");
let drawing;

const read = () => JSON.parse(byId("drawn").textContent);
const short = (text, most) => (text.length > most ? `${text.slice(0, most - 1).trimEnd()}…` : text);

/** What is drawn of an answer: things, links, and for each relation with more a node that says how many. */
function elements(content) {
  const nodes = content.things.map((thing) => {
    // An address is broken after a slash: what it is broken at takes no room.
    const label = thing.label.replace(/^https?:\/\//u, "").replace(/\/(?=\S)/gu, "/\u200b");
    const tag = thing.label_wanted ? "" : ` (${thing.label_language})`;
    return {
      id: thing.iri, label: short(label, LONGEST[thing.open]) + tag, full: label + tag, kind: thing.kind_label ?? "", group: thing.group,
      shape: thing.shape, step: thing.step, page: thing.page, isOpen: thing.open,
      classes: ["thing", thing.open && "open", thing.iri === content.start && "start"].filter(Boolean).join(" "),
    };
  });
  const edges = content.links.map((link) => ({
    id: `${link.subject} ${link.relation} ${link.object}`, source: link.subject, target: link.object, name: link.label,
    label: "", relation: link.relation, classes: [link.derived && "derived", link.way && "way"].filter(Boolean).join(" "),
  }));
  // Beside the last that is shown of a relation with more stands how many.
  for (const { thing, relation, direction, total, shown, more } of content.relations.filter((r) => r.drawn && r.more)) {
    const id = `more ${thing} ${direction} ${relation}`;
    const end = direction === "out" ? "source" : "target";
    const last = edges.findLastIndex((edge) => edge.relation === relation && edge[end] === thing);
    nodes.push({ id, label: `+ ${total - shown}`, full: `+ ${total - shown}`, step: more, classes: "more" });
    const [source, target] = direction === "out" ? [thing, id] : [id, thing];
    edges.splice(last + 1, 0, { id: `${id} line`, source, target, label: "", name: "", relation, classes: "to-more" });
  }
  return { nodes, edges };
}

/** Writes the name of a relation once for each thing that is open and each run of its links: on the longest. */
function nameRuns(cy) {
  cy.edges().data("label", "");
  for (const node of cy.nodes(".open")) {
    const longest = new Map();
    for (const edge of node.connectedEdges().not(".to-more")) {
      const key = `${edge.data("relation")} ${edge.source().same(node)}`;
      const { x, y } = edge.source().position();
      const end = edge.target().position();
      const length = Math.hypot(end.x - x, end.y - y);
      if (length > (longest.get(key)?.length ?? 0) + 1) longest.set(key, { edge, length });
    }
    for (const { edge } of longest.values()) edge.data("label", edge.data("name"));
  }
  cy.edges(".way").forEach((edge) => edge.data("label", edge.data("name")));
}

function arrange(cy, isNew) {
  place(cy, isNew);
  nameRuns(cy);
}

function own(colours) {
  const groups = byId("drawing").dataset.groups.split(" ");
  const found = colours([...groups.map((name) => `kind-${name}`), "paper", "quiet", "link", "mark"]);
  return [
    { selector: "node.thing", style: {
      shape: "data(shape)", width: 26, height: 26, padding: 0, "border-width": 0, "text-valign": "bottom",
      "text-margin-y": 4, "text-max-width": room(byId("drawing").clientWidth).wide - 8, "font-size": 12, "text-background-color": found.paper,
      "text-background-opacity": 0.8, "text-background-padding": 1, "line-height": 1.1,
    } },
    ...groups.map((name) => ({
      selector: `node.thing[group = "${name}"]`, style: { "background-color": found[`kind-${name}`] },
    })),
    { selector: 'node.thing[shape = "round-rectangle"]', style: { width: 36, height: 24 } },
    { selector: 'node.thing[group = "other"]', style: {
      width: 14, height: 14, "background-opacity": 0, "border-width": 2, "border-color": found["kind-other"],
      color: found.quiet, "font-size": 11,
    } },
    { selector: "node.open", style: { width: 38, height: 34, "font-weight": 600, "font-size": 13, "text-max-width": 150 } },
    { selector: "node.start", style: { width: 50, height: 44, "font-size": 14, "text-max-width": 190, "border-width": 4, "border-color": found.mark,
      "text-background-opacity": 1, "z-index": 5,
    } },
    { selector: "node.more", style: {
      shape: "round-rectangle", "background-color": found.paper,
      "border-width": 1, "border-style": "dashed", "border-color": found.quiet, color: found.link, "font-size": 12,
    } },
    { selector: "edge", style: { color: found.quiet, "line-color": found.quiet, "line-opacity": 0.55, "font-size": 11 } },
    { selector: "edge.to-more", style: { "target-arrow-shape": "none", "line-style": "dotted" } },
    { selector: "edge.way", style: { width: 3, "line-color": found.link, "target-arrow-color": found.link, "line-opacity": 1 } },
    { selector: ".faint", style: { opacity: 0.3 } },
    { selector: "node.near", style: { label: "data(full)", "z-index": 10 } },
    { selector: "edge.near", style: { label: "data(name)", "line-color": found.link, "target-arrow-color": found.link, "line-opacity": 1, "z-index": 9 } },
    { selector: "node.chosen", style: { "border-width": 3, "border-color": found.link, "border-opacity": 1 } },
  ];
}

/** Brings the drawing to what `content` says; things that stay keep their places. Gives what was added, and whether anything is gone. */
function update(content) {
  const { nodes, edges } = elements(content);
  const { cy } = drawing;
  const wanted = new Map([...nodes, ...edges].map((element) => [element.id, element]));
  const gone = cy.elements().filter((element) => !wanted.has(element.id())).remove();
  const added = nodes.filter(({ id, classes }) => classes !== "more" && cy.getElementById(id).empty());
  cy.batch(() => cy.elements().forEach((element) => {
    const { classes, ...data } = wanted.get(element.id());
    element.data(data).classes(classes);
  }));
  drawing.add(nodes, edges);
  return { added, isLess: gone.nonempty() };
}

function choose(id) {
  const { cy } = drawing;
  cy.elements().removeClass("chosen");
  const node = cy.getElementById(id ?? "");
  chosen.hidden = node.empty();
  if (node.empty()) return;
  node.addClass("chosen");
  const { full, kind, step, page, isOpen } = node.data();
  const [name, type, next, leaf] = chosen.children;
  name.textContent = full;
  type.textContent = kind;
  next.hidden = !step;
  next.textContent = isOpen ? next.dataset.close : next.dataset.open;
  if (step) next.href = step;
  leaf.hidden = !page;
  if (page) leaf.href = page;
}

let lit;
function highlight(id) {
  if (id === lit) return;
  lit = id;
  const { cy } = drawing;
  cy.elements().removeClass("near faint");
  const node = cy.getElementById(id ?? "");
  if (node.empty()) return;
  const near = node.closedNeighborhood();
  near.addClass("near");
  cy.elements().not(near).addClass("faint");
}

/** The element to go on from: what was used, what it is now, or the head of what it opened or closed. */
function refocus(key) {
  if (!key) return;
  const thing = CSS.escape(key.split(" ").at(-1));
  const found = document.querySelector(key === "found" ? "#found" : `[data-step="${CSS.escape(key)}"]`)
    ?? document.querySelector(`.around[data-thing="${thing}"] h2`)
    ?? document.querySelector(`li[data-thing="${thing}"] a[data-step]`)
    ?? document.querySelector(".around h2");
  found?.focus({ preventScroll: found.matches("a, input") });
}

/** Goes to the state at `address`; `key` names what was used for it. */
async function go(address, key, isBack = false) {
  const { dataset } = told;
  let page;
  try {
    const answer = await fetch(address, { headers: { Accept: "text/html" } });
    if (!answer.ok) throw new Error(answer.statusText);
    page = new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch {
    told.textContent = dataset.failed;
    return;
  }
  const unfolded = new Set([...document.querySelectorAll(".around:has(details[open])")].map((s) => s.dataset.thing));
  const fresh = [...page.querySelectorAll(SWAPPED)];
  [...document.querySelectorAll(SWAPPED)].forEach((element, number) => element.replaceWith(fresh[number]));
  for (const section of document.querySelectorAll(".around")) {
    const details = section.querySelector("details");
    if (details && unfolded.has(section.dataset.thing)) details.open = true;
  }
  document.title = page.title;
  words.value = page.getElementById("words").value;
  if (!isBack) history.pushState(null, "", address);
  const content = read();
  const { added, isLess } = update(content);
  const names = added.slice(0, 12).map((thing) => thing.full).join(", ");
  const before = added.length === 1 ? dataset.addedOne : dataset.addedOther.replace("{n}", added.length);
  const left = isLess ? `${dataset.removed} ${content.things.length}` : dataset.none;
  told.textContent = added.length ? `${before} ${names}` : left;
  choose(drawing.cy.nodes(".chosen").first().id());
  refocus(key);
}

const tools = {
  closer: () => drawing.zoom(1.3),
  farther: () => drawing.zoom(1 / 1.3),
  fit: () => look(drawing.cy, drawing.cy.elements()),
  arrange: () => arrange(drawing.cy, true),
};

async function share(link) {
  await navigator.clipboard.writeText(new URL(link.href).href);
  told.textContent = link.dataset.done;
  const words = link.textContent;
  link.textContent = link.dataset.done;
  setTimeout(() => { link.textContent = words; }, 2000);
}

async function picture() {
  const background = getComputedStyle(document.body).backgroundColor;
  const image = await drawing.cy.png({ output: "blob-promise", full: true, scale: 2, bg: background });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(image);
  link.download = "brupact.png";
  link.click();
  URL.revokeObjectURL(link.href);
}

document.addEventListener("click", (event) => {
  const { target } = event;
  if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const link = target.closest("a[data-step], #chosen a[data-open], #share");
  if (link) {
    event.preventDefault();
    if (link.id === "share") share(link);
    else go(link.href, link.dataset.step);
  }
  if (target.dataset.tool) tools[target.dataset.tool]();
  if (target.id === "png") picture();
});
document.addEventListener("change", ({ target }) => {
  if (target.dataset.address) go(target.dataset.address, target.dataset.step);
});
byId("add").addEventListener("submit", (event) => {
  event.preventDefault();
  const address = new URL(event.target.action);
  address.search = new URLSearchParams(new FormData(event.target));
  go(address.href, "found");
});
for (const type of ["pointerover", "focusin"]) {
  document.addEventListener(type, ({ target }) => highlight(target.closest("#list li")?.dataset.thing));
}
addEventListener("popstate", () => go(location.href, null, true));

drawing = drawGraph(byId("drawing"), { ...elements(read()), own, arrange });
drawing.cy.on("tap", (event) => choose(event.target === drawing.cy || event.target.isEdge() ? null : event.target.id()));
drawing.cy.on("tap", "node", ({ target }) => {
  if (target.data("step") && !target.hasClass("open")) go(target.data("step"));
});
drawing.cy.on("mouseover", "node", ({ target }) => highlight(target.id()));
drawing.cy.on("mouseout", "node", () => highlight());
