// The pages work without this script. It closes what was opened, draws the
// charts, and looks for newer figures while a page is open.
(() => {
  "use strict";
  const root = document.documentElement;
  const rtl = root.dir === "rtl";

  // --- Menus and definitions: one at a time, closed by Escape or a click elsewhere.
  const popups = () => document.querySelectorAll("details.menu[open], details.def[open]");
  document.addEventListener("click", (e) => {
    for (const d of popups()) if (!d.contains(e.target)) d.open = false;
  });
  document.addEventListener("keydown", (e) => {
    if (e.key !== "Escape") return;
    for (const d of popups()) {
      d.open = false;
      d.querySelector("summary").focus();
    }
  });

  // --- Charts: options come from the server; here names become colours, fonts and functions.
  const mark = rtl ? "\u200f" : ""; // a chart runs from left to right, our texts may not
  const digits = root.dataset.digits === "urdu" // as i18n.Printer writes them
    ? (s) => s.replace(/[0-9]/g, (d) => String.fromCharCode(0x6f0 + Number(d))).replace(/,/g, "٬").replace(/\./g, "٫").replace(/%/g, "٪")
    : (s) => s;
  const grouped = (v) => (typeof v === "number" ? digits(Math.round(v).toLocaleString("en-US").replace("-", "−")) : "–");
  const units = rtl
    ? [[1e7, "کروڑ"], [1e5, "لاکھ"], [1e3, "ہزار"]]
    : [[1e9, "bn"], [1e6, "m"], [1e3, "k"]];
  const short = (v) => {
    for (const [size, word] of units) {
      if (Math.abs(v) >= size) return mark + digits(String(Math.round((v / size) * 10) / 10).replace("-", "−")) + " " + word;
    }
    return grouped(v);
  };
  const formats = {
    short,
    readings: (points) => [mark + points[0].name.replace(mark, "")]
      .concat(points.slice().reverse().map((p) => mark + p.seriesName.replace(mark, "") + ": " + grouped(p.value[1]))).join("\n"),
    days: (points) => [mark + points[0].axisValue.replace(mark, "")]
      .concat(points.slice().reverse().map((p) => (p.data?.note ? p.data.note : mark + p.seriesName.replace(mark, "") + ": " + grouped(p.value)))).join("\n"),
  };
  const resolve = (v, css) => {
    if (typeof v === "string") {
      if (v.startsWith("var(")) return css.getPropertyValue(v.slice(4, -1)).trim();
      if (v === "font:body") return getComputedStyle(document.body).fontFamily;
      if (v.startsWith("format:")) return formats[v.slice(7)];
      return v;
    }
    if (Array.isArray(v)) return v.map((x) => resolve(x, css));
    if (v && typeof v === "object") return Object.fromEntries(Object.entries(v).map(([k, x]) => [k, resolve(x, css)]));
    return v;
  };
  const drawn = new Map(); // element → chart
  const resized = new ResizeObserver((list) => { for (const { target } of list) drawn.get(target)?.resize(); });
  let loading = false;
  const draw = () => {
    if (!window.echarts) {
      // The page came without figures, and without the library; now there are some.
      const src = document.getElementById("live")?.dataset.charts;
      if (loading || !src || !document.querySelector("script[data-chart]")) return;
      loading = true;
      const script = document.createElement("script");
      script.src = src;
      script.onload = draw;
      document.head.append(script);
      return;
    }
    for (const [el, chart] of drawn) {
      if (!el.isConnected) { resized.unobserve(el); chart.dispose(); drawn.delete(el); }
    }
    const css = getComputedStyle(root);
    for (const data of document.querySelectorAll("script[data-chart]")) {
      const el = document.getElementById(data.dataset.chart);
      if (!el) continue;
      let chart = drawn.get(el);
      if (!chart) {
        chart = window.echarts.init(el, null, { renderer: "svg" });
        drawn.set(el, chart);
        resized.observe(el);
      }
      chart.setOption(resolve(JSON.parse(data.textContent), css), true);
    }
  };

  // --- Newer figures: only the cards that changed are replaced, with their open parts kept open.
  let live = document.getElementById("live");
  const source = new Map(); // id → the HTML it was made of, before charts were drawn into it
  const remember = () => { for (const el of document.querySelectorAll("[data-live]")) source.set(el.id, el.outerHTML); };
  const cards = (el) => [...el.querySelectorAll("[data-live]")];
  const replace = (old, fresh) => {
    const open = [...old.querySelectorAll("details[open]")].map((d) => d.id || d.className);
    const focus = old.contains(document.activeElement) ? document.activeElement : null;
    const place = focus ? [...old.querySelectorAll("a, button, summary, [tabindex]")].indexOf(focus) : -1;
    const scrolled = [...old.querySelectorAll(".scroll")].map((s) => s.scrollLeft);
    old.replaceWith(fresh);
    for (const d of fresh.querySelectorAll("details")) if (open.includes(d.id || d.className)) d.open = true;
    fresh.querySelectorAll(".scroll").forEach((s, i) => { s.scrollLeft = scrolled[i] || 0; });
    if (place >= 0) fresh.querySelectorAll("a, button, summary, [tabindex]")[place]?.focus({ preventScroll: true });
    fresh.classList.add("fresh");
  };
  const take = (html) => {
    const box = document.createElement("template");
    box.innerHTML = html;
    const status = box.content.getElementById("status");
    const next = box.content.getElementById("live");
    const now = cards(live), then = cards(next);
    const texts = new Map([status, ...then].map((el) => [el.id, el.outerHTML]));
    if (source.get("status") !== texts.get("status")) document.getElementById("status").innerHTML = status.innerHTML;
    if (now.length === then.length && now.every((el, i) => el.id === then[i].id)) {
      then.forEach((el, i) => { if (source.get(el.id) !== texts.get(el.id)) replace(now[i], el); });
      live.dataset.poll = next.dataset.poll;
    } else {
      next.dataset.from = live.dataset.from;
      if (live.dataset.charts) next.dataset.charts = live.dataset.charts;
      replace(live, next);
      live = next;
    }
    for (const [id, text] of texts) source.set(id, text);
    draw();
  };
  const poll = () => {
    let version = "", timer = 0, fails = 0, busy = false;
    const later = () => {
      clearTimeout(timer);
      timer = setTimeout(look, Number(live.dataset.poll) * 1000 * 2 ** Math.min(fails, 4));
    };
    const look = async () => {
      if (document.hidden || busy) return;
      busy = true;
      live.setAttribute("aria-busy", "true");
      try {
        const answer = await fetch(live.dataset.from, {
          headers: { "X-Part": "live", "X-Version": version }, cache: "no-store", signal: AbortSignal.timeout(30000),
        });
        if (answer.status === 401 || answer.status === 403) return; // signed out: leave what is shown
        if (answer.status === 200) {
          const html = await answer.text();
          version = answer.headers.get("X-Version") || "";
          // Figures do not change under the eyes of who is choosing or reading a definition.
          if (!popups().length || live.querySelector("#empty")) take(html);
          else version = "";
        }
        fails = answer.ok ? 0 : fails + 1;
      } catch { fails++; } finally { busy = false; live.removeAttribute("aria-busy"); }
      later();
    };
    document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
    later();
  };

  if (live) remember();
  const start = () => {
    draw();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
    if (live && Number(live.dataset.poll)) poll();
  };
  start();
})();
