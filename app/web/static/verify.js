// Boxes that hand the cursor on, and a neutral hint when the entered numbers do not add up. The page works without.
"use strict";

function boxesOf(form) {
  return [...form.querySelectorAll("input.digit")];
}

function step(form, from, by) {
  const boxes = boxesOf(form);
  const next = boxes[boxes.indexOf(from) + by];
  if (next) { next.focus(); next.select(); } else if (by > 0) { form.querySelector("button[name=aksi]").focus(); }
}

function numberOf(form, field) {
  const set = form.querySelector(`[data-field="${field}"]`);
  if (!set || set.querySelector("input[type=checkbox]").checked) return null;
  const text = [...set.querySelectorAll("input.digit")].map((box) => box.value || " ").join("").replace(/^[xX -]+/, "");
  return /^[0-9]+$/.test(text) ? Number(text) : null;
}

// Only once every number of a sum has been entered: before that a hint would lead the hand.
function weighSum(form, { total, terms }) {
  const [written, ...parts] = [total, ...terms].map((field) => numberOf(form, field));
  if ([written, ...parts].includes(null)) return null;
  const computed = parts.reduce((sum, value) => sum + value, 0);
  return written === computed ? null : { written, computed };
}

// Where the form has blocks each names its own sums, beside the numbers; the line above the button says it of all.
function showHint(form) {
  let open = false;
  for (const sum of JSON.parse(form.dataset.sums)) {
    const gap = weighSum(form, sum);
    open ||= gap !== null;
    const own = form.querySelector(`[data-sum="${sum.total}=${sum.terms.join("+")}"]`);
    if (!own) continue;
    own.hidden = gap === null;
    own.querySelector("[data-written]").textContent = gap === null ? "" : gap.written;
    own.querySelector("[data-computed]").textContent = gap === null ? "" : gap.computed;
  }
  form.querySelector("[data-hint]").hidden = !open;
}

for (const form of document.querySelectorAll("form[data-sums]")) {
  form.addEventListener("input", (event) => {
    const box = event.target;
    if (!box.matches("input.digit")) return;
    box.value = box.value.replace(/[^0-9xX-]/g, "").slice(-1);
    if (box.value) step(form, box, 1);
  });
  form.addEventListener("change", () => showHint(form));
  form.addEventListener("focusin", (event) => { if (event.target.matches("input.digit")) event.target.select(); });
  form.addEventListener("keydown", (event) => {
    const box = event.target;
    if (!box.matches("input.digit")) return;
    if (event.key === "Backspace" && !box.value) { step(form, box, -1); event.preventDefault(); }
    if (event.key === "ArrowLeft") { step(form, box, -1); event.preventDefault(); }
    if (event.key === "ArrowRight" || event.key === " ") { step(form, box, 1); event.preventDefault(); }
  });
  // On a phone the keyboard would cover the picture before it has been looked at.
  if ("focus" in form.dataset && matchMedia("(pointer: fine)").matches) boxesOf(form)[0].focus();
}

for (const crop of document.querySelectorAll("[data-unfold]")) {
  crop.addEventListener("click", (event) => { crop.classList.toggle("whole"); event.preventDefault(); });
}

const correct = document.getElementById("correct");
const button = document.querySelector("[data-correct]");
if (correct && button) {
  // One of the two forms at a time: "all correct" must not stand below boxes that were just corrected.
  const follow = () => { document.getElementById("confirm").hidden = correct.open; };
  correct.addEventListener("toggle", follow);
  follow();
  button.hidden = false;
  button.addEventListener("click", () => {
    correct.open = true;
    boxesOf(correct)[0].focus();
  });
}

// A second tap while the first answer is under way would only fetch an error.
for (const form of document.querySelectorAll("form.verify")) {
  form.addEventListener("submit", () => setTimeout(() => form.querySelectorAll("button").forEach((one) => { one.disabled = true; })));
}
