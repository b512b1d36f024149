// Tells while a rule is written where it stops making sense. Without this script the button does the same.
"use strict";
const text = document.querySelector("textarea[data-check]");
const said = document.getElementById("rule-said");
let waiting = 0;
let asked = 0;

function show(answer) {
  said.textContent = "";
  if (answer.ok || !text.value.trim()) return;
  const words = document.createElement("p");
  words.textContent = `${answer.message} ${answer.remedy}`;
  const where = document.createElement("pre");
  const mark = document.createElement("mark");
  mark.textContent = text.value.slice(answer.place, answer.place + 1) || " ";
  where.append(text.value.slice(0, answer.place), mark, text.value.slice(answer.place + 1));
  said.append(words, where);
}

async function check() {
  const number = ++asked;
  const address = `${text.dataset.check}?${new URLSearchParams({ teks: text.value })}`;
  try {
    const answer = await fetch(address, { headers: { accept: "application/json" } });
    // An answer that was overtaken by a later question says nothing of what stands there now.
    if (answer.ok && number === asked) show(await answer.json());
  } catch {
    said.textContent = "";
  }
}

text.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(check, 300);
});
