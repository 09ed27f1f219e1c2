// Keys of the pages: ? lists them, g and a letter opens a page of the menu, /
// goes to the page's search. They can be switched off, and do nothing while
// somebody types or holds a key that belongs to the browser.
(() => {
  "use strict";
  const dialog = document.getElementById("keys");
  const button = document.getElementById("keys-open");
  if (!dialog || !button) return;
  let kept = null;
  try { kept = localStorage; } catch { /* a browser that keeps nothing */ }
  let on = kept?.getItem("keys") !== "off";
  const change = document.getElementById("keys-switch");
  const show = () => { change.textContent = on ? change.dataset.off : change.dataset.on; };
  show();
  change.addEventListener("click", () => {
    on = !on;
    kept?.setItem("keys", on ? "on" : "off");
    show();
  });
  button.hidden = false;
  button.addEventListener("click", () => dialog.showModal());

  // The letter of the key, also on an Urdu keyboard.
  const letter = (e) => {
    if (e.key === "?" || e.key === "؟") return "?";
    if (/^[a-z/]$/.test(e.key)) return e.key;
    if (/^[\u0600-\u06ff]$/.test(e.key)) return e.code.startsWith("Key") ? e.code.slice(3).toLowerCase() : e.code === "Slash" && !e.shiftKey ? "/" : "";
    return "";
  };
  const typing = (el) => el.isContentEditable || /^(input|textarea|select)$/i.test(el.tagName);
  let went = -Infinity; // when g was pressed
  document.addEventListener("keydown", (e) => {
    if (!on || e.defaultPrevented || e.ctrlKey || e.metaKey || e.altKey || e.isComposing || e.repeat || dialog.open || typing(e.target)) return;
    const key = letter(e);
    const after = performance.now() - went < 1500;
    went = -Infinity;
    if (!key) return;
    if (after) {
      const page = document.querySelector(`nav a[data-key="${key === "/" || key === "?" ? "" : key}"]`);
      if (page) {
        e.preventDefault();
        page.click();
        return;
      }
    }
    if (key === "g") {
      went = performance.now();
    } else if (key === "?") {
      e.preventDefault();
      dialog.showModal();
    } else if (key === "/") {
      const search = document.querySelector('main input[type="search"]');
      if (!search) return; // then the key is the browser's
      e.preventDefault();
      search.focus();
      search.select();
    }
  });
})();
