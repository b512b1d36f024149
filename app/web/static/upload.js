// Sends photographs one after the other and does not lose them: each lies in the phone's own store (IndexedDB) until the
// service has given its receipt, through broken signal, a closed page and an empty battery. Sending one twice is
// harmless: the service answers with the first receipt.
"use strict";

const list = document.querySelector("#queue");
const words = list.dataset;
const language = document.documentElement.lang;
const items = new Map(); // key -> {key, account, tps, pemilihan, name, blob, state, tries, ...} and its row on the page
const STALL_MS = 90000;
const RETRY_MS = [2000, 5000, 15000, 30000, 60000];
const POLL_MS = 4000;
const POLL_MAX = 75;
const LOOK_PIXELS = 900;
const BLUR_BELOW = 20; // of variance; the reader begins to fail at 11 to 28 (docs/triage.md)
const FLAT_BELOW = 5; // grey levels: where nothing is to be seen, nothing is blurred

let sending = false;
let signedOut = false;
let timer = null;
let polls = 0;

if (!window.openStore) throw new Error("upload_store.js did not come: the plain form stays.");
document.documentElement.classList.add("scripted");

// --- The phone's store -----------------------------------------------------------------------------------------------

async function keep(item) {
  const { key, account, tps, pemilihan, name, blob } = item;
  const kept = await inStore("readwrite", (queue) => queue.put({ key, account, tps, pemilihan, name, blob }));
  if (kept === null) notice(words.wordsUnkept); // no store, or no room left in it
  item.kept = kept !== null;
}

const forget = (item) => inStore("readwrite", (queue) => queue.delete(item.key));

// --- The page --------------------------------------------------------------------------------------------------------

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

function notice(text) {
  const place = document.querySelector("#queue-notice");
  place.textContent = text;
  place.hidden = !text;
}

function pickLanguage(text) {
  const both = /^(.+?[.!?;]) \(((?:[^()]|\([^()]*\))*)\)$/s.exec(text || "");
  return both ? both[language === "en" ? 2 : 1] : text || "";
}

function addRow(item) {
  const row = element("li", "card sent");
  const picture = element("img");
  picture.alt = "";
  picture.width = picture.height = 72;
  picture.onerror = () => (picture.hidden = true);
  picture.src = URL.createObjectURL(item.blob);
  const text = element("div", "grow");
  item.title = element("p", "small muted", `TPS ${Number(item.tps.slice(-3))} · ${item.name}`);
  item.says = element("p");
  item.bar = element("progress", "bar");
  item.bar.max = 1;
  item.buttons = element("p", "row small");
  text.append(item.title, item.says, item.bar, item.buttons);
  row.append(picture, text);
  item.row = row;
  list.querySelector("ul").prepend(row);
  list.hidden = false;
}

function show(item, state, text) {
  item.state = state;
  item.says.textContent = text;
  item.row.dataset.state = state;
  item.bar.hidden = !["waiting", "sending", "retry"].includes(state);
  if (state !== "sending") item.bar.value = 0;
  item.buttons.replaceChildren(...buttonsOf(item));
  const left = [...items.values()].filter((one) => ["waiting", "sending", "retry"].includes(one.state)).length;
  document.querySelector("#queue-count").textContent = left ? `(${left})` : "";
}

function buttonsOf(item) {
  const made = [];
  if (item.receipt) {
    const link = element("a", "", `${words.wordsReceipt} ${item.receipt}`);
    link.href = words.receipt.replace("/0", `/${item.receipt}`);
    made.push(link);
  }
  if (item.state === "retry") {
    const again = element("button", "plain", words.wordsTry);
    again.onclick = retryNow;
    made.push(again);
  }
  if (item.state === "doubtful") {
    const anyway = element("button", "plain", words.wordsAnyway);
    anyway.onclick = () => sendItem(item);
    made.push(anyway);
  }
  if (["retry", "failed", "doubtful"].includes(item.state)) {
    const remove = element("button", "plain", words.wordsRemove);
    remove.onclick = () => drop(item);
    made.push(remove);
  }
  return made;
}

async function drop(item) {
  await forget(item);
  items.delete(item.key);
  item.row.remove();
  pump();
}

// --- A first look: is it blurred? Only a hint, the sender decides ---------------------------------------------------

async function looksBlurred(file) {
  try {
    const whole = await createImageBitmap(file);
    const scale = Math.min(1, LOOK_PIXELS / Math.max(whole.width, whole.height));
    const canvas = element("canvas");
    canvas.width = Math.round(whole.width * scale);
    canvas.height = Math.round(whole.height * scale);
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    pen.imageSmoothingQuality = "high";
    pen.drawImage(whole, 0, 0, canvas.width, canvas.height);
    whole.close();
    return isBlurred(pen.getImageData(0, 0, canvas.width, canvas.height));
  } catch {
    return false; // a kind of picture that this browser cannot show: the service will say what it thinks
  }
}

// The variance of the Laplacian: how much neighbouring pixels differ. It falls when edges are smeared.
function isBlurred({ data, width, height }) {
  const grey = new Float32Array(width * height);
  for (let at = 0; at < grey.length; at += 1) grey[at] = 0.299 * data[4 * at] + 0.587 * data[4 * at + 1] + 0.114 * data[4 * at + 2];
  const edges = [];
  for (let y = 1; y < height - 1; y += 1)
    for (let x = 1; x < width - 1; x += 1) {
      const at = y * width + x;
      edges.push(grey[at - 1] + grey[at + 1] + grey[at - width] + grey[at + width] - 4 * grey[at]);
    }
  return variance(grey) > FLAT_BELOW ** 2 && variance(edges) < BLUR_BELOW;
}

function variance(values) {
  let sum = 0;
  let squares = 0;
  for (const value of values) {
    sum += value;
    squares += value * value;
  }
  return squares / values.length - (sum / values.length) ** 2;
}

// --- Sending ---------------------------------------------------------------------------------------------------------

function enter(item) {
  items.set(item.key, item);
  item.tries = 0;
  addRow(item);
  show(item, "waiting", words.wordsWaiting);
}

async function addFiles(files) {
  list.hidden = false;
  list.scrollIntoView({ block: "start" });
  for (const file of files) {
    const key = `${Date.now()}-${Math.random().toString(36).slice(2)}`;
    const item = { key, account: words.account, tps: words.tps, pemilihan: words.pemilihan, name: file.name, blob: file };
    enter(item);
    if (file.size > Number(words.limit)) {
      show(item, "failed", words.wordsTooLarge);
      continue;
    }
    show(item, "looking", words.wordsWaiting);
    if (await looksBlurred(file)) show(item, "doubtful", words.wordsBlurred);
    else await sendItem(item);
  }
}

async function sendItem(item) {
  show(item, "waiting", words.wordsWaiting);
  await keep(item);
  pump();
}

function pump() {
  clearTimeout(timer);
  if (sending || signedOut) return;
  const next = [...items.values()].find((item) => item.state === "waiting");
  if (next) send(next);
}

function send(item) {
  sending = true;
  show(item, "sending", words.wordsSending);
  const request = new XMLHttpRequest();
  let stalled = setTimeout(() => request.abort(), STALL_MS);
  request.upload.onprogress = (event) => {
    clearTimeout(stalled);
    stalled = setTimeout(() => request.abort(), STALL_MS);
    item.bar.value = event.lengthComputable ? event.loaded / event.total : 0;
  };
  request.onloadend = () => {
    clearTimeout(stalled);
    sending = false;
    finish(item, request.status, parse(request.responseText));
  };
  request.open("POST", "/api/v1/photos");
  const body = new FormData();
  body.append("tps", item.tps);
  body.append("pemilihan", item.pemilihan);
  body.append("file", item.blob, item.name || "foto.jpg");
  request.send(body);
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

function finish(item, status, answer) {
  if (status === 200 || status === 201) return finishKept(item, answer);
  if (status === 401) return askToSignIn(item);
  if (answer.code === "too_many_uploads") {
    // It stays on the phone; it can be sent when the page is opened tomorrow.
    return show(item, "retry", `${pickLanguage(answer.message)} ${pickLanguage(answer.remedy)}`);
  }
  // 0: no signal, a stall or a cut-off; 429 and 5xx: the service is busy. All pass.
  if (status === 0 || status === 408 || status === 429 || status >= 500) return retryLater(item);
  show(item, "failed", `${words.wordsFailed}: ${pickLanguage(answer.message)} ${pickLanguage(answer.remedy)}`);
  pump();
}

function finishKept(item, answer) {
  forget(item);
  item.receipt = answer.receipt;
  item.photo = answer.photo_id;
  notice("");
  showFate(item, answer);
  polls = 0;
  poll();
  pump();
}

function askToSignIn(item) {
  signedOut = true;
  show(item, "waiting", words.wordsWaiting);
  notice(words.wordsSignIn + " ");
  const link = element("a", "", words.wordsEnter);
  link.href = words.signIn;
  document.querySelector("#queue-notice").append(link);
}

function retryLater(item) {
  const wait = RETRY_MS[Math.min(item.tries, RETRY_MS.length - 1)];
  item.tries += 1;
  show(item, "retry", navigator.onLine ? words.wordsRetry : words.wordsOffline);
  timer = setTimeout(retryNow, wait);
}

function retryNow() {
  for (const item of items.values()) if (item.state === "retry") show(item, "waiting", words.wordsWaiting);
  pump();
}

// --- What became of them ---------------------------------------------------------------------------------------------

function showFate(item, photo, pages = []) {
  if (photo.state === "split") showPages(item, photo, pages);
  else if (photo.state === "received") show(item, "received", words.wordsReceived);
  else if (photo.state === "read") show(item, "done", words.wordsRead.replace("{page}", photo.page ?? "?"));
  else if (photo.state === "duplicate") show(item, "done", `${words.wordsDuplicate} ${pickLanguage(photo.state_reason)}`);
  else show(item, "refused", pickLanguage(photo.state_reason));
}

// A document: the receipt is for all of it, what could be read is told for its pages.
function showPages(item, photo, pages) {
  const read = pages.filter((page) => page.state === "read").map((page) => page.page);
  const said = pickLanguage(photo.state_reason);
  if (!item.asked || pages.some((page) => page.state === "received")) show(item, "received", words.wordsSplit);
  else if (read.length) show(item, "done", `${words.wordsPages.replace("{pages}", read.sort().join(", "))} ${said}`);
  else show(item, pages.length ? "refused" : "done", pages.length ? `${words.wordsNoPages} ${said}` : said);
}

async function poll() {
  const open = [...items.values()].filter((item) => item.state === "received");
  if (!open.length || polls > POLL_MAX) return;
  polls += 1;
  try {
    const answer = await fetch("/api/v1/photos/mine?limit=200");
    if (answer.ok) {
      const photos = (await answer.json()).photos;
      for (const item of open) {
        const photo = photos.find((one) => one.id === item.photo);
        if (!photo || photo.state === "received") continue;
        item.asked = true;
        showFate(item, photo, photos.filter((one) => one.parent_id === item.photo));
      }
    }
  } catch {
    // no signal: the next round asks again
  }
  clearTimeout(poll.timer);
  poll.timer = setTimeout(poll, POLL_MS);
}

// --- Begin -----------------------------------------------------------------------------------------------------------

for (const input of document.querySelectorAll(".sender input[type=file]")) {
  if ("many" in input.dataset) input.multiple = true;
  input.addEventListener("change", () => {
    // Copied before the input is emptied, so that the same picture can be chosen again.
    const files = [...input.files];
    input.value = "";
    addFiles(files);
  });
}
window.addEventListener("online", retryNow);
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && retryNow());
window.addEventListener("beforeunload", (event) => {
  const unsent = [...items.values()].some((item) => !item.kept && ["waiting", "sending", "retry"].includes(item.state));
  if (unsent) event.preventDefault();
});

(async () => {
  store = await openStore();
  const left = (await inStore("readonly", (queue) => queue.getAll())) || [];
  for (const item of left) {
    // Another person's photographs on a shared phone wait until that person signs in again.
    if (item.account !== words.account || items.has(item.key)) continue;
    item.kept = true;
    enter(item);
  }
  pump();
})();
