// The layout as data: what is where, and what a stroke of the pointer makes of it. All lengths are millimetres.

export const round = (value) => Math.round(value * 100) / 100;

export const ordered = ([x0, y0, x1, y1]) =>
  [Math.min(x0, x1), Math.min(y0, y1), Math.max(x0, x1), Math.max(y0, y1)].map(round);

const inside = ([x0, y0, x1, y1], x, y) => x >= x0 && x <= x1 && y >= y0 && y <= y1;

// The nearest printed line to a place, apart for both directions; the place itself where none is near.
export function snap(lines, [x, y], reach) {
  const near = (value, candidates) => {
    let best = value, least = reach;
    for (const one of candidates) if (Math.abs(one - value) < least) [best, least] = [one, Math.abs(one - value)];
    return best;
  };
  const upright = lines.rules.filter((r) => r[0] === r[2] && y > r[1] - reach && y < r[3] + reach).map((r) => r[0]);
  const level = lines.rules.filter((r) => r[1] === r[3] && x > r[0] - reach && x < r[2] + reach).map((r) => r[1]);
  return [round(near(x, upright)), round(near(y, level))];
}

// Lines that hang together and are as large as a table; the rest are letters.
export function tableRules(rules, width) {
  const long = rules.filter((rule) => Math.max(rule[2] - rule[0], rule[3] - rule[1]) >= 5);
  const group = long.map((_, at) => at);
  const meets = (a, b) => a[0] <= b[2] + 0.5 && b[0] <= a[2] + 0.5 && a[1] <= b[3] + 0.5 && b[1] <= a[3] + 0.5;
  long.forEach((rule, at) => {
    for (let other = 0; other < at; other++) {
      if (group[at] !== group[other] && meets(rule, long[other])) {
        const [from, to] = [group[at], group[other]];
        group.forEach((name, place) => { if (name === from) group[place] = to; });
      }
    }
  });
  const reach = {};
  long.forEach((rule, at) => {
    const seen = (reach[group[at]] ??= [Infinity, -Infinity]);
    reach[group[at]] = [Math.min(seen[0], rule[0]), Math.max(seen[1], rule[2])];
  });
  return long.filter((_, at) => reach[group[at]][1] - reach[group[at]][0] >= 0.12 * width);
}

// The printed squares in an area, or the area divided evenly.
export function boxesIn(lines, area, count) {
  const middle = (s) => [(s[0] + s[2]) / 2, (s[1] + s[3]) / 2];
  const found = lines.squares.filter((s) => inside(area, ...middle(s))).sort((a, b) => a[0] - b[0]);
  const oneRow = found.every((s) => Math.abs(s[1] - found[0][1]) < (s[3] - s[1]) / 3);
  if (found.length && oneRow && found.length <= 9) return meet(found.map((s) => s.map(round)));
  return divide(area, count);
}

// Neighbouring cells share a wall: give both the same figure, or they would overlap by the wall's thickness.
function meet(boxes) {
  for (let at = 1; at < boxes.length; at++) {
    if (boxes[at][0] < boxes[at - 1][2] + 0.6) {
      const wall = round((boxes[at][0] + boxes[at - 1][2]) / 2);
      boxes[at - 1][2] = boxes[at][0] = wall;
    }
  }
  return boxes;
}

export function divide([x0, y0, x1, y1], count) {
  const width = (x1 - x0) / count;
  return Array.from({ length: count }, (_, at) => [x0 + at * width, y0, x0 + (at + 1) * width, y1].map(round));
}

export function addField(layout, page, boxes, section) {
  const taken = new Set(Object.values(layout.pages).flatMap((one) => Object.keys(one.fields)));
  let at = 1;
  while (taken.has(`field_${at}`)) at++;
  layout.pages[page].fields[`field_${at}`] = {
    section, boxes: boxes.map((rect) => ({ rect_mm: rect, border_mm: 0.3, guide: false })),
  };
  return { kind: "field", name: `field_${at}` };
}

export function renameField(layout, page, from, to) {
  const fields = layout.pages[page].fields;
  if (!to || to in fields) return false;
  layout.pages[page].fields = Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [name === from ? to : name, field]));
  for (const one of layout.identities) {
    if (one.total === from) one.total = to;
    one.terms = one.terms.map((term) => (term === from ? to : term));
  }
  return true;
}

export const fieldArea = (field) => {
  const rects = field.boxes.map((box) => box.rect_mm);
  return [Math.min(...rects.map((r) => r[0])), Math.min(...rects.map((r) => r[1])),
    Math.max(...rects.map((r) => r[2])), Math.max(...rects.map((r) => r[3]))];
};

// Ten bubbles a box, from the height of the 0 to the height of the 9.
export function addBubbles(field, [, top, , bottom], diameter) {
  for (const box of field.boxes) {
    const x = round((box.rect_mm[0] + box.rect_mm[2]) / 2);
    box.bubble_diameter_mm = diameter;
    box.bubbles = Array.from({ length: 10 }, (_, value) =>
      ({ value, centre_mm: [x, round(top + ((bottom - top) * value) / 9)] }));
  }
}

// What lies under the pointer: small things first.
export function hit(page, x, y, reach) {
  const fields = Object.entries(page.fields).find(([, field]) => inside(fieldArea(field), x, y));
  if (fields) return { kind: "field", name: fields[0] };
  const at = (list, test) => { const index = (list || []).findIndex(test); return index < 0 ? null : index; };
  const title = at(page.titles, (one) => inside(one.rect_mm, x, y));
  if (title !== null) return { kind: "title", at: title };
  const near = ([x0, y0, x1, y1]) => inside([x0 - reach, y0 - reach, x1 + reach, y1 + reach], x, y);
  const rule = at(page.rules_mm, near);
  if (rule !== null) return { kind: "rule", at: rule };
  const area = at(page.private_areas_mm, (one) => inside(one, x, y));
  return area === null ? null : { kind: "private", at: area };
}

export function remove(layout, page, chosen) {
  const own = layout.pages[page];
  if (chosen.kind === "field") {
    delete own.fields[chosen.name];
    layout.identities = layout.identities.filter((one) => ![one.total, ...one.terms].includes(chosen.name));
  }
  if (chosen.kind === "title") own.titles.splice(chosen.at, 1);
  if (chosen.kind === "rule") own.rules_mm.splice(chosen.at, 1);
  if (chosen.kind === "private") own.private_areas_mm.splice(chosen.at, 1);
}

// Sections follow from the fields; an identity that crosses sections belongs to none.
export function tidy(layout) {
  const sections = {};
  const own = {};
  for (const [number, page] of Object.entries(layout.pages)) {
    for (const [name, field] of Object.entries(page.fields)) {
      own[name] = field.section;
      const pages = (sections[field.section] ??= { pages: [] }).pages;
      if (!pages.includes(Number(number))) pages.push(Number(number));
    }
  }
  layout.sections = sections;
  for (const one of layout.identities) {
    const named = new Set([one.total, ...one.terms].map((name) => own[name]));
    one.section = named.size === 1 ? [...named][0] : null;
  }
  return layout;
}

// A page of another size: everything on it grows along.
export function resize(page, width, height) {
  const [across, down] = [width / page.size_mm[0], height / page.size_mm[1]];
  const point = ([x, y]) => [round(x * across), round(y * down)];
  const rect = ([x0, y0, x1, y1]) => [...point([x0, y0]), ...point([x1, y1])];
  page.size_mm = [width, height];
  if (page.rules_mm) page.rules_mm = page.rules_mm.map(rect);
  page.private_areas_mm = page.private_areas_mm.map(rect);
  for (const title of page.titles || []) title.rect_mm = rect(title.rect_mm);
  if (page.tag) page.tag.rect_mm = rect(page.tag.rect_mm);
  for (const set of [page.markers, page.squares]) for (const corner in set) set[corner] = point(set[corner]);
  for (const box of Object.values(page.fields).flatMap((field) => field.boxes)) {
    box.rect_mm = rect(box.rect_mm);
    for (const bubble of box.bubbles || []) bubble.centre_mm = point(bubble.centre_mm);
  }
}
