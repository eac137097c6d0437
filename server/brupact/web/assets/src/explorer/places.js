// Where things stand on the drawing of the explorer: around what they were opened from, those of one
// relation side by side, on a ring with the proportions of the frame. What stands somewhere stays.

const CROWD = 22; // With more, every third stands on an inner ring.
const INNER = 0.56;
const FRAME = 24; // pixels around all
const LARGEST = 1.15;

/** The room that a thing takes with its name below it, on a drawing so many pixels wide. */
export const room = (width) => (width < 480 ? { wide: 92, high: 80 } : { wide: 124, high: 70 });

/** The half axes, in rooms, of a ring with room for `count` and the proportions `ratio` once it is drawn. */
function axes(count, ratio, { wide, high }) {
  let [across, down] = [1, 1];
  for (let share = 0.2; share < 8; share *= 1.05) {
    down = Math.max(count / (2 * Math.PI * Math.sqrt((1 + share * share) / 2)), 1.5 / share, 1.3);
    across = down * share;
    if (((2 * across + 1) * wide) / ((2 * down + 1) * high) >= ratio) break;
  }
  return [across, down];
}

/** So many places around the middle, from the top, as far from each other as names need. */
export function ring(count, ratio, size) {
  const isCrowd = count > CROWD;
  const isInner = (number) => isCrowd && number % 3 === 1;
  const inner = Array.from({ length: count }, (_, number) => number).filter(isInner).length;
  const [across, down] = axes(count - inner, ratio, size);
  const steps = 720;
  const point = (step) => {
    const angle = (step / steps) * 2 * Math.PI - Math.PI / 2;
    return { x: Math.cos(angle) * across, y: Math.sin(angle) * down };
  };
  const lengths = [0];
  for (let step = 1; step <= steps; step += 1) {
    const [a, b] = [point(step - 1), point(step)];
    lengths.push(lengths[step - 1] + Math.hypot(a.x - b.x, a.y - b.y));
  }
  const seen = { true: 0, false: 0 };
  return Array.from({ length: count }, (_, number) => {
    const inside = isInner(number);
    const along = ((seen[inside]++ + 0.5) / (inside ? inner : count - inner)) * lengths[steps];
    const { x, y } = point(lengths.findIndex((length) => length >= along));
    const scale = inside ? INNER : 1;
    return { x: x * size.wide * scale, y: y * size.high * scale };
  });
}

const half = (places) => Math.max(0, ...places.map(({ x, y }) => Math.hypot(x, y)));
const turn = ({ x, y }, by) => ({ x: x * Math.cos(by) - y * Math.sin(by), y: x * Math.sin(by) + y * Math.cos(by) });

/** What hangs on `node` and stands nowhere yet, in the order in which it was added. */
const loose = (node, placed) => node.openNeighborhood("node").filter((other) => !placed.has(other.id())).sort(
  (a, b) => a.scratch("order") - b.scratch("order"),
);

/** Gives every thing of `cy` a place that has none; `isNew`: every thing a new one. */
export function place(cy, isNew) {
  const placed = new Set(isNew ? [] : cy.nodes().filter((node) => node.scratch("placed")).map((node) => node.id()));
  const known = new Set(placed);
  let order = 0;
  cy.edges().forEach((edge) => [edge.source(), edge.target()].forEach((end) => {
    if (!placed.has(end.id()) && (isNew || end.scratch("order") === undefined)) end.scratch("order", order++);
  }));
  const put = (node, position) => {
    node.position(position).scratch("placed", true);
    placed.add(node.id());
  };
  const ratio = cy.width() / Math.max(cy.height(), 1);
  const size = room(cy.width());
  const start = cy.nodes(".start").first();
  const queue = [...(start.nonempty() ? [start] : []), ...cy.nodes(".open").not(start).toArray()];
  for (const node of queue) {
    const hanging = loose(node, placed);
    if (!placed.has(node.id())) {
      const taken = box(cy.nodes().filter((other) => placed.has(other.id())));
      const reach = half(ring(hanging.length, ratio, size)) + size.wide;
      put(node, placed.size ? { x: taken.right + reach, y: (taken.top + taken.bottom) / 2 } : { x: 0, y: 0 });
    }
    if (hanging.empty()) continue;
    const { x, y } = node.position();
    const centre = start.nonempty() ? start.position() : { x: 0, y: 0 };
    if (node.same(start) || (x === centre.x && y === centre.y) || node.openNeighborhood("node").length === hanging.length) {
      ring(hanging.length, ratio, size).forEach((at, number) => put(hanging[number], { x: x + at.x, y: y + at.y }));
      continue;
    }
    // What hangs on a thing that hangs on another goes outwards from there: the thing makes room for it.
    const away = Math.atan2(y - centre.y, x - centre.x);
    const reach = Math.max(170, hanging.length * 25);
    const moved = { x: x + Math.cos(away) * reach, y: y + Math.sin(away) * reach * 0.7 };
    node.position(moved);
    const spread = Math.min(Math.PI * 1.5, 0.75 * Math.max(hanging.length - 1, 1));
    hanging.forEach((other, number) => {
      const share = hanging.length > 1 ? number / (hanging.length - 1) - 0.5 : 0;
      const at = turn({ x: reach, y: 0 }, away + share * spread);
      put(other, { x: moved.x + at.x, y: moved.y + at.y * 0.75 });
    });
  }
  onwards(cy, placed, put, size);
  look(cy, isNew ? cy.elements() : around(cy, new Set(queue.map((node) => node.id())), known));
}

/** Puts what hangs on things that are not open, on the way to another, outwards from these. */
function onwards(cy, placed, put, size) {
  for (let left = cy.nodes(); left.nonempty();) {
    left = cy.nodes().filter((node) => !placed.has(node.id()));
    const near = left.filter((node) => node.openNeighborhood("node").some((other) => placed.has(other.id())));
    if (near.empty()) return left.forEach((node, number) => put(node, { x: number * size.wide, y: -4 * size.high }));
    const at = near.map((node) => {
      const { x, y } = node.openNeighborhood("node").filter((other) => placed.has(other.id())).first().position();
      const away = Math.atan2(y, x);
      return { x: x + Math.cos(away) * size.wide * 1.4, y: y + Math.sin(away) * size.high * 1.8 };
    });
    near.forEach((node, number) => {
      const taken = at.slice(0, number).filter(({ x, y }) => Math.hypot(x - at[number].x, y - at[number].y) < size.high).length;
      put(node, { x: at[number].x, y: at[number].y + taken * size.high });
    });
  }
}

/** What was opened last with all that hangs on it; everything where nothing new stands anywhere. */
function around(cy, open, known) {
  const fresh = cy.nodes().filter((node) => !known.has(node.id()));
  const from = fresh.union(fresh.neighborhood("node")).filter((node) => open.has(node.id()));
  return fresh.empty() ? cy.elements() : fresh.union(from).union(from.last().closedNeighborhood());
}

/** The box around where `nodes` stand. */
function box(nodes) {
  const [xs, ys] = [nodes.map((node) => node.position("x")), nodes.map((node) => node.position("y"))];
  return { left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) };
}

/**
 * Shows `elements` and their names, not much larger than they are.
 *
 * It asks nothing for its size: cytoscape keeps the size of a name that it gives before the name is drawn,
 * and draws a name that has changed since squeezed into it.
 */
export function look(cy, elements) {
  const { wide, high } = room(cy.width());
  const { left, right, top, bottom } = box(elements.nodes());
  const [width, height] = [right - left + wide, bottom - top + high + FRAME];
  const zoom = Math.min((cy.width() - FRAME) / width, (cy.height() - FRAME) / height, LARGEST);
  const [x, y] = [(left + right) / 2, (top + bottom + high - FRAME) / 2];
  cy.viewport({ zoom, pan: { x: cy.width() / 2 - x * zoom, y: cy.height() / 2 - y * zoom } });
}
