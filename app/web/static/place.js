// Shows how a photograph will stand that is placed by hand: turned, its edges left away. The form works without.
"use strict";
for (const card of document.querySelectorAll("[data-placing]")) {
  const picture = card.querySelector(".frame img");
  const form = card.querySelector("form");
  const numberOf = (name) => Math.min(45, Math.max(0, Number(form.elements[name].value) || 0));
  form.addEventListener("input", () => {
    const turns = numberOf("putar");
    const edges = ["atas", "kanan", "bawah", "kiri"].map(numberOf);
    // The edges are those of the upright picture; the browser cuts first and turns afterwards.
    const cut = edges.map((_, place) => `${edges[(place + turns) % 4]}%`).join(" ");
    const box = [picture.clientWidth, picture.clientHeight];
    const fit = turns % 2 && Math.min(...box) > 0 ? Math.min(...box) / Math.max(...box) : 1;  // 0: not loaded yet
    picture.style.clipPath = `inset(${cut})`;
    picture.style.transform = `rotate(${turns * 90}deg) scale(${fit})`;
  });
}
