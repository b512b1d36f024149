// The sheet: shows the blank form with everything drawn on it, and turns strokes of mouse or finger into the layout.

import { addBubbles, addField, boxesIn, fieldArea, hit, ordered, remove, round, snap, tidy } from "./shapes.js";
import { showPanel } from "./panel.js";

const TOOLS = [
  ["select", "Pilih", "Select"], ["field", "Kotak angka", "Digit boxes"], ["bubbles", "Bulatan", "Bubbles"],
  ["rule", "Garis", "Rule"], ["title", "Judul", "Title"], ["private", "Area tertutup", "Private area"],
  ["square", "Kotak sudut", "Corner square"], ["marker", "Tanda sudut", "Corner marker"], ["tag", "Tag", "Tag"],
];
const CORNERS = ["TL", "TR", "BR", "BL"];
const SNAP_PX = 9;
const MOST_STEPS = 200;

export const editor = {
  layout: null, page: "1", tool: "field", chosen: null, digits: 3, section: "suara", language: "id", lines: { rules: [], squares: [] },
  say: (id, en) => (editor.language === "id" ? id : en),
};
const view = { scale: 1, x: 0, y: 0 };
const past = [], future = [];
const canvas = document.getElementById("sheet");
const problem = document.getElementById("problem");
const picture = new Image();
const fingers = new Map();
let pictured = {}, opened = null;
let stroke = null, pinch = null, wrong = null, checking = 0, saved = true;

async function ask(path, sent) {
  const options = sent ? { method: "POST", body: JSON.stringify(sent) } : {};
  const answer = await fetch(path, options);
  return { ok: answer.ok, ...(await answer.json()) };
}

// Every change goes through here: it can be undone, is checked and shown.
export function change(action) {
  past.push(JSON.stringify(editor.layout));
  if (past.length > MOST_STEPS) past.shift();
  future.length = 0;
  action(editor.layout);
  tidy(editor.layout);
  settle();
}

function step(from, to) {
  if (!from.length) return;
  to.push(JSON.stringify(editor.layout));
  editor.layout = JSON.parse(from.pop());
  editor.chosen = null;
  settle();
}

export function settle() {
  saved = false;
  document.getElementById("undo").disabled = !past.length;
  document.getElementById("redo").disabled = !future.length;
  show();
  check();
}

export function choose(chosen) {
  editor.chosen = chosen;
  show();
}

async function check() {
  const turn = ++checking;
  const { problem: found } = await ask("check", editor.layout);
  if (turn !== checking) return;
  wrong = found;
  problem.className = found ? "wrong" : "";
  problem.textContent = found
    ? `${editor.say("Perlu diperbaiki", "To be mended")}: ${found.path}: ${found.message}`
    : editor.say("Tata letak lengkap dan dapat disimpan.", "The layout is complete and can be saved.");
  const place = found && found.path.match(/^pages\.(\d+)(?:\.fields\.([^.[]+))?/);
  if (place && editor.layout.pages[place[1]]) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = editor.say("Tunjukkan", "Show");
    button.onclick = async () => {
      await openPage(place[1]);
      choose(place[2] ? { kind: "field", name: place[2] } : null);
    };
    problem.append(button);
  }
  draw();
}

async function openPage(number) {
  if (opened !== number) {
    opened = number;
    editor.page = number;
    editor.chosen = null;
    editor.lines = { rules: [], squares: [] };
    picture.removeAttribute("src");
    if (number in pictured) {
      picture.src = `page/${number}`;
      editor.lines = await ask(`lines/${number}`);
      await picture.decode();
    }
    document.getElementById("page").value = number;
    whole();
  }
  show();
}

const own = () => editor.layout.pages[editor.page];
const toPage = (x, y) => [(x - view.x) / view.scale, (y - view.y) / view.scale];

function whole() {
  const [width, height] = own().size_mm;
  const { clientWidth, clientHeight } = canvas;
  view.scale = Math.min(clientWidth / width, clientHeight / height) * 0.97;
  view.x = (clientWidth - width * view.scale) / 2;
  view.y = (clientHeight - height * view.scale) / 2;
  draw();
}

function zoom(factor, x = canvas.clientWidth / 2, y = canvas.clientHeight / 2) {
  const scale = Math.min(60, Math.max(0.3, view.scale * factor));
  view.x = x - ((x - view.x) * scale) / view.scale;
  view.y = y - ((y - view.y) * scale) / view.scale;
  view.scale = scale;
  draw();
}

export function show() {
  showPanel();
  draw();
}

function draw() {
  if (!editor.layout) return;
  const ratio = window.devicePixelRatio || 1;
  canvas.width = canvas.clientWidth * ratio;
  canvas.height = canvas.clientHeight * ratio;
  canvas.dataset.view = [view.scale, view.x, view.y].join(",");
  const pen = canvas.getContext("2d");
  pen.setTransform(view.scale * ratio, 0, 0, view.scale * ratio, view.x * ratio, view.y * ratio);
  const page = own();
  if (picture.complete && picture.naturalWidth) pen.drawImage(picture, 0, 0, ...page.size_mm);
  const thin = 1.5 / view.scale;
  const box = (rect, colour, fill) => {
    pen.strokeStyle = colour; pen.lineWidth = thin;
    if (fill) { pen.fillStyle = fill; pen.fillRect(rect[0], rect[1], rect[2] - rect[0], rect[3] - rect[1]); }
    pen.strokeRect(rect[0], rect[1], rect[2] - rect[0], rect[3] - rect[1]);
  };
  const is = (kind, key) => editor.chosen?.kind === kind && (editor.chosen.name ?? editor.chosen.at) === key;
  for (const [at, rule] of (page.rules_mm || []).entries()) {
    pen.strokeStyle = is("rule", at) ? "#e08a00" : "#0a9d6c"; pen.lineWidth = 2 * thin;
    pen.beginPath(); pen.moveTo(rule[0], rule[1]); pen.lineTo(rule[2], rule[3]); pen.stroke();
  }
  for (const [at, area] of page.private_areas_mm.entries()) box(area, "#6b21a8", is("private", at) ? "#6b21a877" : "#6b21a833");
  for (const [at, title] of (page.titles || []).entries()) box(title.rect_mm, "#0b5cad", is("title", at) ? "#0b5cad55" : "#0b5cad22");
  for (const [name, field] of Object.entries(page.fields)) {
    const bad = wrong?.path.startsWith(`pages.${editor.page}.fields.${name}`);
    for (const one of field.boxes) {
      box(one.rect_mm, bad ? "#c0182b" : "#c2410c", is("field", name) ? "#f59e0b55" : bad ? "#c0182b44" : "#f59e0b22");
      for (const bubble of one.bubbles || []) {
        pen.beginPath(); pen.arc(...bubble.centre_mm, one.bubble_diameter_mm / 2, 0, 7); pen.stroke();
      }
    }
    pen.font = `${12 / view.scale}px system-ui`; pen.fillStyle = "#7c2d12";
    const area = fieldArea(field);
    pen.fillText(name, area[0], area[1] - 2 / view.scale);
  }
  const half = (page.square_mm || page.marker_square_mm || 4) / 2;
  for (const [x, y] of Object.values({ ...page.squares, ...page.markers })) box([x - half, y - half, x + half, y + half], "#111", "#11111155");
  if (page.tag) box(page.tag.rect_mm, "#111", "#11111133");
  if (stroke && editor.tool !== "select") box(ordered([...stroke.from, ...stroke.to]), "#e08a00");
}

// What a finished stroke makes, by tool.
function finish([x0, y0], [x1, y1]) {
  const rect = ordered([x0, y0, x1, y1]);
  const large = rect[2] - rect[0] > 1 && rect[3] - rect[1] > 1;
  const page = own();
  if (editor.tool === "field" && large) {
    change((layout) => { editor.chosen = addField(layout, editor.page, boxesIn(editor.lines, rect, editor.digits), editor.section); });
  } else if (editor.tool === "private" && large) {
    change(() => page.private_areas_mm.push(rect));
  } else if (editor.tool === "title" && large) {
    change(() => { (page.titles ??= []).push({ words: ["?"], rect_mm: rect }); editor.chosen = { kind: "title", at: page.titles.length - 1 }; });
  } else if (editor.tool === "rule" && rect[2] - rect[0] + rect[3] - rect[1] > 2) {
    const level = rect[2] - rect[0] > rect[3] - rect[1];
    change(() => (page.rules_mm ??= []).push(level ? [rect[0], y0, rect[2], y0] : [x0, rect[1], x0, rect[3]]));
  } else if (editor.tool === "bubbles" && editor.chosen?.kind === "field" && rect[3] - rect[1] > 2) {
    change(() => addBubbles(page.fields[editor.chosen.name], rect, Number(document.getElementById("diameter")?.value) || 4));
  } else if (editor.tool === "tag" && large) {
    change(() => { page.tag = { family: "apriltag_36h10", id: page.tag?.id ?? 0, rect_mm: rect, quarter_turns: 0 }; });
  } else if (editor.tool === "square" || editor.tool === "marker") {
    corner(page, round(x1), round(y1));
  }
}

// Four clicks, one a corner: each goes to the corner of the page it is nearest to.
function corner(page, x, y) {
  const name = CORNERS[y < page.size_mm[1] / 2 ? (x < page.size_mm[0] / 2 ? 0 : 1) : x < page.size_mm[0] / 2 ? 3 : 2];
  change(() => {
    if (editor.tool === "square") { (page.squares ??= {})[name] = [x, y]; page.square_mm ??= 4; }
    else { (page.markers ??= {})[name] = [x, y]; page.marker_square_mm ??= 4; }
  });
}

function place(event, snapping) {
  const box = canvas.getBoundingClientRect();
  const point = toPage(event.clientX - box.left, event.clientY - box.top);
  return snapping && !event.altKey ? snap(editor.lines, point, SNAP_PX / view.scale) : point.map(round);
}

canvas.addEventListener("pointerdown", (event) => {
  canvas.setPointerCapture(event.pointerId);
  fingers.set(event.pointerId, [event.clientX, event.clientY]);
  if (fingers.size === 2) { stroke = null; pinch = spread(); return; }
  const at = place(event, editor.tool !== "select");
  stroke = { from: at, to: at, start: [event.clientX, event.clientY], origin: [view.x, view.y] };
});

function spread() {
  const [[x0, y0], [x1, y1]] = [...fingers.values()];
  return { apart: Math.hypot(x1 - x0, y1 - y0), x: (x0 + x1) / 2, y: (y0 + y1) / 2 };
}

canvas.addEventListener("pointermove", (event) => {
  if (!fingers.has(event.pointerId)) return;
  fingers.set(event.pointerId, [event.clientX, event.clientY]);
  if (pinch && fingers.size === 2) {
    const now = spread(), box = canvas.getBoundingClientRect();
    view.x += now.x - pinch.x; view.y += now.y - pinch.y;
    zoom(now.apart / Math.max(1, pinch.apart), now.x - box.left, now.y - box.top);
    pinch = now;
  } else if (stroke) {
    stroke.to = place(event, editor.tool !== "select");
    if (editor.tool === "select") {
      view.x = stroke.origin[0] + event.clientX - stroke.start[0];
      view.y = stroke.origin[1] + event.clientY - stroke.start[1];
    }
    draw();
  }
});

function lift(event) {
  fingers.delete(event.pointerId);
  const done = stroke;
  if (fingers.size === 0) pinch = null;
  stroke = null;
  if (!done || event.type === "pointercancel") return;
  const moved = Math.hypot(event.clientX - done.start[0], event.clientY - done.start[1]);
  if (editor.tool === "select" && moved < 6) choose(hit(own(), ...toPageOf(event), 5 / view.scale));
  else if (editor.tool !== "select") finish(done.from, place(event, true));
  draw();
}
const toPageOf = (event) => { const box = canvas.getBoundingClientRect(); return toPage(event.clientX - box.left, event.clientY - box.top); };
canvas.addEventListener("pointerup", lift);
canvas.addEventListener("pointercancel", lift);
canvas.addEventListener("wheel", (event) => {
  event.preventDefault();
  const box = canvas.getBoundingClientRect();
  zoom(Math.exp(-event.deltaY / 500), event.clientX - box.left, event.clientY - box.top);
}, { passive: false });

document.addEventListener("keydown", (event) => {
  const typing = ["INPUT", "TEXTAREA", "SELECT"].includes(event.target.tagName);
  const command = event.ctrlKey || event.metaKey;
  if (command && event.key.toLowerCase() === "z" && !typing) {
    event.preventDefault();
    if (event.shiftKey) step(future, past); else step(past, future);
  } else if (event.key === "Delete" && !typing && editor.chosen) {
    const chosen = editor.chosen;
    editor.chosen = null;
    change((layout) => remove(layout, editor.page, chosen));
  }
});

async function save() {
  let answer = await ask("save", { layout: editor.layout, overwrite: false });
  if (answer.exists && window.confirm(editor.say(`${answer.error}. Ganti berkas itu?`, `${answer.error}. Replace it?`))) {
    answer = await ask("save", { layout: editor.layout, overwrite: true });
  }
  saved = saved || answer.ok;
  problem.className = answer.ok ? "" : "wrong";
  problem.textContent = answer.ok ? `${editor.say("Tersimpan", "Saved")}: ${answer.saved}` : answer.error;
}

function speak() {
  document.documentElement.lang = editor.language;
  for (const one of document.querySelectorAll("[data-id]")) one.textContent = one.dataset[editor.language];
  document.getElementById("language").textContent = editor.say("English", "Bahasa Indonesia");
  document.getElementById("tools").replaceChildren(...TOOLS.map(([name, id, en]) => {
    const button = document.createElement("button");
    button.type = "button";
    button.id = `tool-${name}`;
    button.textContent = editor.say(id, en);
    button.setAttribute("aria-pressed", String(editor.tool === name));
    button.onclick = () => { editor.tool = name; speak(); };
    return button;
  }));
  show();
}

document.getElementById("undo").onclick = () => step(past, future);
document.getElementById("redo").onclick = () => step(future, past);
document.getElementById("in").onclick = () => zoom(1.3);
document.getElementById("out").onclick = () => zoom(1 / 1.3);
document.getElementById("whole").onclick = whole;
document.getElementById("save").onclick = save;
document.getElementById("language").onclick = () => { editor.language = editor.language === "id" ? "en" : "id"; speak(); check(); };
document.getElementById("page").onchange = (event) => openPage(event.target.value);
window.addEventListener("resize", draw);
window.addEventListener("beforeunload", (event) => { if (!saved) event.preventDefault(); });

const state = await ask("state");
editor.layout = state.layout;
pictured = state.pages;
editor.page = Object.keys(state.layout.pages)[0];
document.getElementById("page").replaceChildren(...Object.keys(state.layout.pages).map((number) => new Option(number, number)));
speak();
await openPage(editor.page);
settle();
saved = true;
document.body.dataset.ready = "yes";
