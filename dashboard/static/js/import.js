// Sends files in chunks that go on after a break, and looks how far the work on
// them is. Without it small files are sent by the form itself.
(() => {
  "use strict";
  const $ = (id) => document.getElementById(id);

  // --- How far a check or an import is: the page is loaded anew when it ends.
  const told = $("told");
  if (told?.dataset.progress) {
    let fails = 0;
    const look = async () => {
      let wait = 1000;
      try {
        const answer = await fetch(told.dataset.progress, { headers: { "X-Part": "progress" }, cache: "no-store", signal: AbortSignal.timeout(30000) });
        if (answer.status === 401 || answer.status === 403) { location.reload(); return; }
        if (!answer.ok) throw new Error(answer.status);
        const now = await answer.json();
        fails = 0;
        if (now.over || now.state !== told.dataset.state) { location.replace(location.pathname); return; }
        if (told.textContent !== now.say) told.textContent = now.say;
        $("bar").value = now.percent;
      } catch { wait = 1000 * 2 ** Math.min(++fails, 5); }
      setTimeout(look, wait);
    };
    setTimeout(look, 700);
  }

  const form = $("upload");
  if (!form) return;
  const say = (key, values = {}) => Object.entries(values).reduce((s, [k, v]) => s.replace("{" + k + "}", v), form.dataset[key]);
  const isolate = (s) => "\u2066" + s + "\u2069";
  const bytes = (n) => isolate(n >= 2 ** 30 ? (n / 2 ** 30).toFixed(1) + " GB" : n >= 2 ** 20 ? (n / 2 ** 20).toFixed(1) + " MB" : Math.ceil(n / 1024) + " kB");
  const problem = (text) => { $("problem").textContent = text; $("problem").hidden = !text; };

  // What cannot be mended by trying again: the sentence for the person. With
  // again, the same button goes on from where it stopped.
  class Stop extends Error { constructor(text, again) { super(text); this.again = again; } }

  let paused = false, wake = null, abort = null;
  // Sleeps, but not past the moment at which the line is back or somebody presses the button.
  const sleep = (ms) => new Promise((done) => { const t = setTimeout(done, ms); wake = () => { clearTimeout(t); done(); }; });
  window.addEventListener("online", () => wake?.());
  $("pause").addEventListener("click", () => {
    paused = !paused;
    $("pause").textContent = form.dataset[paused ? "continue" : "pause"];
    if (paused) abort?.abort(); else wake?.();
  });

  const ask = async (method, address, body, headers = {}) => {
    abort = new AbortController();
    const limit = setTimeout(() => abort.abort(), 120000);
    try {
      const answer = await fetch(address, { method, body, cache: "no-store", redirect: "manual", signal: abort.signal,
        headers: { Accept: "application/json", "X-Token": form.elements.token.value, ...headers } });
      if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) throw new Stop(form.dataset.signedOut, true);
      return answer;
    } finally { clearTimeout(limit); }
  };
  const json = (answer) => answer.json().catch(() => ({}));

  let size = 256 * 1024; // of the next chunk: more on a fast line, less on one that breaks
  const most = Number(form.dataset.chunk), least = 32 * 1024;

  // Sends one file from where the server has it. progress is told how much of
  // the file is there.
  const send = async (address, file, progress) => {
    let have = -1, fails = 0;
    while (have < file.size) {
      if (paused) { progress(Math.max(have, 0)); await sleep(86400000); continue; }
      try {
        let answer;
        if (have < 0) {
          answer = await ask("GET", address);
        } else {
          let chunk;
          // It is read here, so that a file that changed or went away is told from a line that broke.
          try { chunk = await file.slice(have, have + size).arrayBuffer(); } catch { throw new Stop(form.dataset.failed, true); }
          const began = performance.now();
          answer = await ask("PUT", address + "?offset=" + have, chunk, { "Content-Type": "application/octet-stream" });
          const took = performance.now() - began;
          if (answer.ok) size = took < 1500 ? Math.min(size * 2, most) : took > 8000 ? Math.max(size / 2, least) : size;
        }
        const said = await json(answer);
        if (answer.status === 404) throw new Stop(form.dataset.gone);
        if (answer.status >= 500 && !said.problem || answer.status === 408 || answer.status === 429) throw new Error(answer.status);
        if (!answer.ok && answer.status !== 409) throw new Stop(said.problem || form.dataset.failed);
        if (typeof said.size !== "number" || said.size > file.size) throw new Stop(form.dataset.failed);
        have = said.size;
        fails = 0;
        progress(have);
      } catch (e) {
        if (e instanceof Stop) throw e;
        if (paused) continue;
        have = -1; // what arrived of the chunk is not known here
        size = Math.max(size / 2, least);
        if (navigator.onLine === false) {
          $("told").textContent = form.dataset.offline;
          await sleep(30000);
          continue;
        }
        const seconds = Math.min(2 ** fails++, 30);
        $("told").textContent = say("retry", { seconds: isolate(seconds) });
        await sleep(seconds * 1000);
      }
    }
  };

  let upload = form.dataset.upload || ""; // address
  form.addEventListener("submit", async (e) => {
    e.preventDefault();
    const files = [...$("file").files];
    const sum = files.reduce((n, f) => n + f.size, 0), limit = Number(form.dataset.limit);
    problem("");
    if (!files.length) return problem(form.dataset.none);
    if (files.some((f) => !f.size)) return problem(form.dataset.empty);
    if (files.some((f) => f.size > limit)) return problem(form.dataset.large);
    if (sum > limit) return problem(form.dataset.sum);
    const button = $("send");
    button.disabled = true;
    paused = false;
    $("pause").textContent = form.dataset.pause;
    $("sending").hidden = false;
    let before = 0;
    const progress = (have) => {
      const done = before + have;
      $("bar").value = (100 * done) / sum;
      $("told").textContent = say(paused ? "paused" : "sending", { done: bytes(done), all: bytes(sum) });
    };
    try {
      if (!upload) {
        const body = new URLSearchParams();
        for (const [k, v] of new FormData(form)) if (typeof v === "string") body.append(k, v);
        for (const f of files) { body.append("name", f.name); body.append("size", f.size); }
        let answer;
        try { answer = await ask("POST", form.action, body); } catch (e) { throw e instanceof Stop ? e : new Stop(form.dataset.offline, true); }
        const said = await json(answer);
        if (!said.upload) throw new Stop(said.problem || form.dataset.failed);
        upload = said.upload;
      }
      // Of an upload that goes on, only the missing files are listed; each knows its number.
      const listed = [...form.querySelectorAll("[data-size]")];
      const order = listed.length ? listed.map((li) => files.find((f) => f.name === li.dataset.name && String(f.size) === li.dataset.size)) : files;
      if (order.some((f) => !f)) throw new Stop(form.dataset.other);
      for (const [i, f] of order.entries()) {
        await send(upload + "/" + (listed[i]?.dataset.number ?? i), f, progress);
        before += f.size;
      }
      location.assign(upload);
    } catch (e) {
      problem(e.message);
      $("sending").hidden = true;
      button.disabled = false;
      if (!e.again && !form.dataset.upload) upload = ""; // begin anew
    }
  });
})();
