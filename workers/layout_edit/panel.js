// The panel beside the sheet: the form's names, whatever is chosen, and the sums that its numbers obey.

import { change, choose, editor } from "./editor.js";
import { divide, fieldArea, remove, renameField, resize, tableRules } from "./shapes.js";

const say = (id, en) => editor.say(id, en);

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function input(id, text, value, set, type = "text") {
  const box = element("input", { id, type, value: value ?? "" });
  if (type === "number") box.step = "any";
  if (type === "checkbox") box.checked = Boolean(value);
  box.onchange = () => set(type === "checkbox" ? box.checked : type === "number" ? Number(box.value) : box.value.trim());
  return element("label", {}, text, " ", box);
}

const button = (id, text, action) => element("button", { id, type: "button", textContent: text, onclick: action });

export function showPanel() {
  const panel = document.getElementById("panel");
  const page = editor.layout.pages[editor.page];
  panel.replaceChildren(...chosenPart(page), ...formPart(), ...pagePart(page), ...sumsPart());
}

function formPart() {
  const set = (name) => (value) => change((layout) => { layout[name] = value; });
  return [
    element("h2", { textContent: say("Formulir", "Form") }),
    input("form-key", say("Kunci (huruf kecil, garis bawah)", "Key (small letters, underscores)"), editor.layout.key, set("key")),
    input("form-name", say("Nama formulir", "Name of the form"), editor.layout.form, set("form")),
    input("form-source", say("Sumber: formulir apa, dari mana", "Source: which form, from where"), editor.layout.source, set("source")),
    input("section", say("Bagian untuk kotak baru", "Section of new boxes"), editor.section, (value) => { editor.section = value || "suara"; }),
    input("digits", say("Jumlah kotak per angka baru", "Boxes of a new number"), editor.digits, (value) => { editor.digits = Math.max(1, Math.min(4, value)); }, "number"),
    input("diameter", say("Garis tengah bulatan (mm)", "Diameter of bubbles (mm)"), 4, () => {}, "number"),
  ];
}

function pagePart(page) {
  const size = (at) => (value) => value > 0 && change(() => resize(page, at ? page.size_mm[0] : value, at ? value : page.size_mm[1]));
  const parts = [
    element("h2", { textContent: `${say("Halaman", "Page")} ${editor.page}` }),
    input("page-width", say("Lebar (mm)", "Width (mm)"), page.size_mm[0], size(0), "number"),
    input("page-height", say("Tinggi (mm)", "Height (mm)"), page.size_mm[1], size(1), "number"),
  ];
  if (page.tag || page.markers) parts.push(...taggedPart(page));
  else parts.push(...ruledPart(page));
  if (page.squares) parts.push(input("square-side", say("Sisi kotak sudut (mm)", "Side of the corner squares (mm)"), page.square_mm, (value) => change(() => { page.square_mm = value; }), "number"));
  if (!page.private_areas_mm.length) {
    parts.push(input("private-note", say("Tanpa nama dan tanda tangan, karena", "No names or signatures, because"), page.private_areas_note,
      (value) => change(() => { page.private_areas_note = value; })));
  }
  return parts;
}

function ruledPart(page) {
  return [
    button("all-rules", say("Ambil semua garis tercetak", "Take all printed lines"), () => change(() => { page.rules_mm = tableRules(editor.lines.rules, page.size_mm[0]); })),
    element("p", { className: "hint", textContent: `${(page.rules_mm || []).length} ${say("garis; halaman ini dikenali dari garis dan judul", "rules; this page is known by rules and titles")}` }),
  ];
}

// A page with a tag is known by tag and markers: rules and titles are not asked for.
function taggedPart(page) {
  const clean = () => change(() => { delete page.rules_mm; delete page.titles; });
  const parts = [input("marker-side", say("Sisi tanda sudut (mm)", "Side of a marker's square (mm)"), page.marker_square_mm, (value) => change(() => { page.marker_square_mm = value; }), "number")];
  if (page.tag) {
    parts.push(input("tag-id", say("Nomor tag", "Number of the tag"), page.tag.id, (value) => change(() => { page.tag.id = Math.round(value); }), "number"));
    parts.push(input("tag-turns", say("Tag diputar (seperempat)", "Tag turned (quarters)"), page.tag.quarter_turns, (value) => change(() => { page.tag.quarter_turns = Math.round(value); }), "number"));
  }
  if (page.rules_mm) parts.push(button("by-tag", say("Kenali dari tag saja", "Known by its tag alone"), clean));
  return parts;
}

function chosenPart(page) {
  const chosen = editor.chosen;
  if (!chosen) return [];
  const erase = button("remove", say("Hapus", "Remove"), () => { editor.chosen = null; change((layout) => remove(layout, editor.page, chosen)); });
  if (chosen.kind === "field" && page.fields[chosen.name]) return [...fieldPart(page, chosen.name), erase];
  if (chosen.kind === "title" && page.titles[chosen.at]) {
    const words = page.titles[chosen.at].words.join(" ");
    const set = (value) => change(() => { page.titles[chosen.at].words = value.toUpperCase().split(/\s+/).filter(Boolean); });
    return [element("h2", { textContent: say("Judul", "Title") }), input("title-words", say("Kata yang tercetak di sini", "Words printed here"), words, set), erase];
  }
  return [element("h2", { textContent: { rule: say("Garis", "Rule"), private: say("Area tertutup", "Private area") }[chosen.kind] || "" }), erase];
}

function fieldPart(page, name) {
  const field = page.fields[name];
  const rename = (value) => change((layout) => { if (renameField(layout, editor.page, name, value)) editor.chosen = { kind: "field", name: value }; });
  const split = (count) => count >= 1 && count <= 4 && change(() => {
    field.boxes = divide(fieldArea(field), Math.round(count)).map((rect) => ({ ...field.boxes[0], rect_mm: rect, bubbles: undefined, bubble_diameter_mm: undefined }));
  });
  return [
    element("h2", { textContent: say("Angka", "Number") }),
    input("field-name", say("Nama", "Name"), name, rename),
    input("field-section", say("Bagian", "Section"), field.section, (value) => change(() => { field.section = value; })),
    input("field-digits", say("Jumlah kotak", "Boxes"), field.boxes.length, split, "number"),
    input("field-border", say("Tebal garis kotak (mm)", "Width of the border (mm)"), field.boxes[0].border_mm, (value) => change(() => { for (const box of field.boxes) box.border_mm = value; }), "number"),
    input("field-guide", say("Ada titik bantu di dalam", "Guide dots inside"), field.boxes[0].guide, (value) => change(() => { for (const box of field.boxes) box.guide = value; }), "checkbox"),
  ];
}

function sumsPart() {
  const names = Object.values(editor.layout.pages).flatMap((page) => Object.keys(page.fields));
  const total = element("select", { id: "sum-total" }, ...names.map((name) => new Option(name, name)));
  const terms = element("select", { id: "sum-terms", multiple: true, size: Math.min(8, Math.max(3, names.length)) }, ...names.map((name) => new Option(name, name)));
  const add = () => {
    const chosen = [...terms.selectedOptions].map((one) => one.value);
    if (!chosen.length) return;
    change((layout) => {
      const keys = new Set(layout.identities.map((one) => one.key));
      let key = total.value;
      for (let at = 2; keys.has(key); at++) key = `${total.value}_${at}`;
      layout.identities.push({ key, total: total.value, terms: chosen, section: null });
    });
  };
  return [
    element("h2", { textContent: say("Penjumlahan", "Sums") }),
    element("ul", {}, ...editor.layout.identities.map((one, at) => element("li", {}, `${one.total} = ${one.terms.join(" + ")}`,
      button(`sum-remove-${at}`, "×", () => change((layout) => layout.identities.splice(at, 1)))))),
    element("label", {}, say("Jumlah", "Total"), total),
    element("label", {}, say("adalah jumlah dari", "is the sum of"), terms),
    button("sum-add", say("Tambah penjumlahan", "Add the sum"), add),
    element("h2", { textContent: say("Semua angka di halaman ini", "All numbers of this page") }),
    element("ul", {}, ...Object.keys(editor.layout.pages[editor.page].fields).map((name) => element("li", {}, button(`go-${name}`, name, () => choose({ kind: "field", name }))))),
  ];
}
