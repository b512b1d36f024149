// The phone's own store (IndexedDB) of what upload.js is to send. Both are scripts of one page: what is named here is
// known there.
"use strict";

let store = null; // upload.js opens it

function openStore() {
  return new Promise((resolve) => {
    try {
      const request = indexedDB.open("runut-upload", 1);
      request.onupgradeneeded = () => request.result.createObjectStore("queue", { keyPath: "key" });
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => resolve(null);
    } catch {
      resolve(null); // private windows of some browsers have no store
    }
  });
}

function inStore(mode, act) {
  if (!store) return Promise.resolve(null);
  return new Promise((resolve) => {
    const transaction = store.transaction("queue", mode);
    const request = act(transaction.objectStore("queue"));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onerror = transaction.onabort = () => resolve(null);
  });
}
