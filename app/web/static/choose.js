// Choosing a region goes on by itself; without this script the button beside the list does the same.
"use strict";
for (const form of document.querySelectorAll("form[data-go-on-change]")) {
  form.addEventListener("change", () => form.requestSubmit());
}
