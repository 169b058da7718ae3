// Keys, selection and news for pages that work without it. It writes text, never markup, and loads nothing but its
// own server's answers.
"use strict";

(() => {
  const one = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  // The message of what was done goes when it can no longer be taken back so.
  const toast = one(".toast");
  if (toast) setTimeout(() => { toast.hidden = true; }, Number(toast.dataset.seconds) * 1000);

  for (const button of all("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = "copied";
    });
  }
  for (const button of all("[data-close]")) button.addEventListener("click", () => button.closest("dialog").close());

  const help = one("#help");
  const openHelp = () => { if (!help.open) help.showModal(); };
  one(".who .help")?.addEventListener("click", (event) => { event.preventDefault(); openHelp(); });

  // The queue: a line that keys act on, and lines that are selected.
  const list = one("#lines");
  const lines = list ? all(".line", list) : [];
  const boxes = lines.map((line) => one("input[type=checkbox]", line)).filter(Boolean);
  const bulk = one("#bulk");
  let current = -1;

  const count = () => boxes.filter((box) => box.checked).length;
  const told = () => {
    const label = one("#selected");
    if (label) label.textContent = count() ? `${count()} selected` : "";
    const whole = one("#all-lines");
    if (whole) {
      whole.checked = boxes.length > 0 && count() === boxes.length;
      whole.indeterminate = count() > 0 && count() < boxes.length;
    }
  };
  boxes.forEach((box) => box.addEventListener("change", told));
  one("#all-lines")?.addEventListener("change", (event) => {
    for (const box of boxes) box.checked = event.target.checked && !box.disabled;
    told();
  });
  told();

  const goTo = (index) => {
    if (!lines.length) return;
    current = Math.max(0, Math.min(lines.length - 1, index));
    lines.forEach((line, at) => line.classList.toggle("current", at === current));
    one(".title", lines[current]).focus({ preventScroll: true });
    lines[current].scrollIntoView({ block: "nearest" });
  };
  if (list) {
    // For next and previous on the page of an item.
    const ids = lines.map((line) => line.dataset.id);
    sessionStorage.setItem("lines", JSON.stringify({ ids, query: location.search }));
    list.addEventListener("focusin", (event) => {
      const at = lines.indexOf(event.target.closest(".line"));
      if (at >= 0 && at !== current) {
        current = at;
        lines.forEach((line, index) => line.classList.toggle("current", index === at));
      }
    });
  }

  // Without a selection, a decision is about the line at hand.
  const select = () => {
    if (count() || current < 0) return count() > 0;
    boxes[current].checked = true;
    told();
    return true;
  };
  bulk?.addEventListener("submit", (event) => {
    if (event.submitter?.name === "decision" && !select()) {
      event.preventDefault();
      goTo(0);
    }
  });

  const skip = () => {
    const fold = one("#skip");
    if (fold) {
      fold.open = true;
      one("input[name=note]", fold).focus();
      return;
    }
    const dialog = one("#skip-dialog");
    if (!dialog || current < 0) return;
    one("form", dialog).action = `/items/${encodeURIComponent(lines[current].dataset.id)}/skip`;
    dialog.showModal();
    one("input[name=note]", dialog).focus();
  };
  one("#skip")?.addEventListener("toggle", (event) => {
    if (event.target.open) one("input[name=note]", event.target).focus();
  });

  // The page before this one in the queue as it was listed last.
  const item = one("#item");
  const neighbour = (step) => {
    const stored = JSON.parse(sessionStorage.getItem("lines") ?? "null");
    const at = stored?.ids.indexOf(item.dataset.id) ?? -1;
    const id = at < 0 ? undefined : stored.ids[at + step];
    if (id) location.href = `/items/${encodeURIComponent(id)}${stored.query}`;
    return Boolean(id);
  };

  const press = (key) => one(`[data-key="${CSS.escape(key)}"]`);
  const keys = {
    j: () => { if (item) { if (document.body.classList.contains("focus") || !neighbour(1)) press("j")?.click(); } else goTo(current + 1); },
    k: () => { if (item) { if (!neighbour(-1)) history.back(); } else goTo(current - 1); },
    o: () => { if (current >= 0) one(".title", lines[current]).click(); },
    x: () => { if (boxes[current]) { boxes[current].checked = !boxes[current].checked; told(); } },
    s: skip,
    "?": openHelp,
    "/": () => press("/")?.focus(),
    a: () => press("a")?.click(),
    c: () => press("c")?.click(),
    d: () => press("d")?.click(),
    n: () => press("n")?.click(),
    u: () => press("u")?.click(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const typing = event.target.closest?.("input:not([type=checkbox]):not([type=radio]), textarea, select");
    if (event.key === "Escape" && typing) { event.target.blur(); return; }
    if (typing || one("dialog[open]")) return;
    const act = keys[event.key];
    if (act) { event.preventDefault(); act(); }
  });

  // News, while somebody looks: who has which page, what is gone, how many wait.
  const ask = async (path) => {
    const answer = await fetch(path, { headers: { accept: "application/json" }, credentials: "same-origin" });
    if (!answer.ok || answer.redirected) throw new Error(`${path}: ${answer.status}`);
    return answer.json();
  };
  const setText = (element, text) => { if (element && element.textContent !== text) element.textContent = text; };
  const newsOfQueue = async () => {
    const news = await ask(list.dataset.live);
    setText(one("#count"), news.count);
    const known = new Map(news.items.map((it) => [it.id, it]));
    for (const line of lines) {
      const now = known.get(line.dataset.id);
      const holder = one(".holder", line);
      line.classList.toggle("gone", !now);
      holder.hidden = Boolean(now) && !now.holder;
      holder.classList.toggle("mine", Boolean(now?.mine));
      setText(holder, !now ? "not here any more" : now.mine ? "reserved for you" : now.holder ? `${now.holder} has it` : "");
    }
  };
  const newsOfItem = async () => {
    const news = await ask(item.dataset.live);
    const notice = one("#notice");
    let text = "";
    if (news.state !== item.dataset.state) {
      text = news.decision ? `${news.by} ${news.decision === "" ? "changed" : news.decision} this page meanwhile. Load it again to see.` : "This page changed meanwhile. Load it again to see.";
    } else if (news.holder && !news.mine) {
      text = `${news.holder} has this page.`;
    }
    notice.hidden = !text;
    setText(notice, text);
  };
  const news = list ? newsOfQueue : item ? newsOfItem : null;
  if (news) {
    const tell = async () => {
      if (document.visibilityState === "visible") {
        // The server may be away for a moment: the next time is soon.
        await news().catch(() => {});
      }
      setTimeout(tell, 4000);
    };
    setTimeout(tell, 4000);
  }
})();
