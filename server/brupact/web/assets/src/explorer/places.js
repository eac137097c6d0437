// Where things stand on the drawing of the explorer: around what they were opened from, those of one
// relation side by side, on a ring with the proportions of the frame. What stands somewhere stays.

// The room that a thing takes with its name below it.
const WIDE = 124;
const HIGH = 70;
const CROWD = 22; // With more, every third stands on an inner ring.
const FRAME = 24; // pixels around all

/** So many places on a ring around the middle, from the top, as far from each other as names need. */
export function ring(count, ratio) {
  const most = count > CROWD ? Math.ceil((count * 2) / 3) : count;
  // Half axes in units of rooms: the ring is as long as its things need, and has the proportions of the frame.
  let [across, down] = [1, 1];
  for (let share = 0.2; share < 8; share *= 1.05) {
    down = Math.max(most / (2 * Math.PI * Math.sqrt((1 + share * share) / 2)), 1.5 / share, 1.3) ;
    across = down * share;
    if (((2 * across + 1) * WIDE) / ((2 * down + 1) * HIGH) >= ratio) break;
  }
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
  return Array.from({ length: count }, (_, number) => {
    const along = ((number + 0.5) / count) * lengths[steps];
    const { x, y } = point(lengths.findIndex((length) => length >= along));
    const scale = count > CROWD && number % 3 === 1 ? 0.56 : 1;
    return { x: x * WIDE * scale, y: y * HIGH * scale };
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
  let order = 0;
  cy.edges().forEach((edge) => [edge.source(), edge.target()].forEach((end) => {
    if (!placed.has(end.id()) && (isNew || end.scratch("order") === undefined)) end.scratch("order", order++);
  }));
  const put = (node, position) => {
    node.position(position).scratch("placed", true);
    placed.add(node.id());
  };
  const ratio = cy.width() / Math.max(cy.height(), 1);
  const start = cy.nodes(".start").first();
  const queue = [...(start.nonempty() ? [start] : []), ...cy.nodes(".open").not(start).toArray()];
  for (const node of queue) {
    const around = loose(node, placed);
    if (!placed.has(node.id())) {
      const box = cy.nodes().filter((other) => placed.has(other.id())).boundingBox();
      const room = half(ring(around.length, ratio)) + WIDE;
      put(node, placed.size ? { x: box.x2 + room, y: (box.y1 + box.y2) / 2 } : { x: 0, y: 0 });
    }
    if (around.empty()) continue;
    const { x, y } = node.position();
    const centre = start.nonempty() ? start.position() : { x: 0, y: 0 };
    if (node.same(start) || (x === centre.x && y === centre.y) || node.openNeighborhood("node").length === around.length) {
      ring(around.length, ratio).forEach((at, number) => put(around[number], { x: x + at.x, y: y + at.y }));
      continue;
    }
    // What hangs on a thing that hangs on another goes outwards from there: the thing makes room for it.
    const away = Math.atan2(y - centre.y, x - centre.x);
    const reach = Math.max(150, around.length * 34);
    const moved = { x: x + Math.cos(away) * reach, y: y + Math.sin(away) * reach * 0.7 };
    node.position(moved);
    const spread = Math.min(Math.PI * 1.5, 0.55 * Math.max(around.length - 1, 1));
    around.forEach((other, number) => {
      const share = around.length > 1 ? number / (around.length - 1) - 0.5 : 0;
      const at = turn({ x: reach, y: 0 }, away + share * spread);
      put(other, { x: moved.x + at.x, y: moved.y + at.y * 0.75 });
    });
  }
  cy.nodes().filter((node) => !placed.has(node.id())).forEach((node, number) => put(node, { x: number * WIDE, y: -3 * HIGH }));
  cy.fit(undefined, FRAME);
}
