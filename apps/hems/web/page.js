/* The page: asks for status, plan, problem and summary, and shows them. Names and sentences from the
   documents only ever become text nodes; in the chart, which knows a little markup, they are escaped. */
"use strict";
(() => {
  const POLL_MS = 5000, TIMEOUT_MS = 10000, MINUTE_MS = 60000, HOUR_MS = 3600000;
  const ON_ABOVE_KW = 0.01;
  const state = {
    documents: null,      // {plan, problem, summary} of one plan
    etag: null,           // of the plan on screen
    status: null,
    clockShift: 0,        // the server's clock minus this browser's, ms
    lostSince: null,
    lostReason: "",
    view: { hours: 0, range: null },  // hours 0: all; range: the user's own zoom
    chartDrawn: false,
    ownRelayout: 0,
  };
  const byId = (id) => document.getElementById(id);

  // ---------------------------------------------------------------- small tools
  function el(tag, attributes, ...children) {
    const node = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes || {})) {
      if (value !== null && value !== undefined && value !== false) node.setAttribute(key, value);
    }
    for (const child of children.flat()) {
      if (child !== null && child !== undefined) node.append(child);
    }
    return node;
  }
  function icon(kind) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("class", "icon");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    use.setAttribute("href", "#icon-" + (byId("icon-" + kind) ? kind : "interruptible"));
    svg.append(use);
    return svg;
  }
  // For Plotly's texts: no tag, no entity and no %{...} of a name may reach its little markup language.
  const escapeChart = (text) => String(text).replace(/[&<>{}"]/g, (c) => "&#" + c.charCodeAt(0) + ";");
  const serverNow = () => Date.now() + state.clockShift;
  const percent = (fraction) => Math.round(fraction * 100) + "\u00a0%";
  const title = (name) => {
    const device = state.documents && state.documents.summary.devices.find((d) => d.name === name);
    return device ? device.title : name;
  };
  function moneyFormat(currency, digits) {
    try {
      return new Intl.NumberFormat("en-GB", { style: "currency", currency, minimumFractionDigits: digits, maximumFractionDigits: digits });
    } catch (error) {
      const plain = new Intl.NumberFormat("en-GB", { minimumFractionDigits: digits, maximumFractionDigits: digits });
      return { format: (value) => plain.format(value) + " " + currency };
    }
  }
  function money(value, digits = 2, currency = state.documents.plan.currency) {
    const rounded = Math.abs(value) < 0.5 * 10 ** -digits ? 0 : value;   // no "-0.00"
    return moneyFormat(currency, digits).format(rounded);
  }

  // ---------------------------------------------------------------- time, always in the home's zone
  const formats = new Map();
  function localParts(ms, zone) {
    if (!formats.has(zone)) {
      formats.set(zone, new Intl.DateTimeFormat("en-GB", {
        timeZone: zone, hourCycle: "h23", weekday: "short", day: "numeric", month: "short",
        hour: "2-digit", minute: "2-digit", timeZoneName: "shortOffset",
      }));
    }
    return Object.fromEntries(formats.get(zone).formatToParts(ms).map((part) => [part.type, part.value]));
  }
  function clockWords(ms, zone) { const p = localParts(ms, zone); return p.hour + ":" + p.minute; }
  function dayWords(ms, zone) { const p = localParts(ms, zone); return p.weekday + " " + p.day + " " + p.month; }
  /* "Sun 29 Mar 02:00–02:15"; with the offset from UTC when the clocks have changed since the plan's start. */
  function stepWords(from, until, start, zone) {
    const offset = localParts(from, zone).timeZoneName;
    const mark = offset === localParts(start, zone).timeZoneName ? "" : " (" + offset + ")";
    return dayWords(from, zone) + " " + clockWords(from, zone) + "–" + clockWords(until, zone) + mark;
  }
  function stepBounds(plan) {
    const bounds = [Date.parse(plan.start)];
    for (const minutes of plan.step_minutes) bounds.push(bounds[bounds.length - 1] + minutes * MINUTE_MS);
    return bounds;
  }
  /* Local full hours (quarters when zoomed far in) in a span, found by asking the zone at every quarter:
     right on the days on which the clocks change, and in zones with odd offsets. */
  function ticks(from, until, zone, room) {
    const hours = (until - from) / HOUR_MS;
    const every = [0.25, 1, 2, 3, 6, 12, 24].find((step) => hours / step <= room) || 24;
    const found = { values: [], texts: [], midnights: [] };
    for (let t = Math.ceil(from / (15 * MINUTE_MS)) * 15 * MINUTE_MS; t <= until; t += 15 * MINUTE_MS) {
      const p = localParts(t, zone), minutes = Number(p.hour) * 60 + Number(p.minute);
      if (minutes === 0) found.midnights.push(t);
      if (minutes % (every * 60) !== 0) continue;
      found.values.push(t);
      found.texts.push(p.hour + ":" + p.minute + (minutes === 0 ? "<br><b>" + p.weekday + " " + p.day + " " + p.month + "</b>" : ""));
    }
    return found;
  }

  // ---------------------------------------------------------------- asking the server
  async function ask(route, headers) {
    const stop = new AbortController(), timer = setTimeout(() => stop.abort(), TIMEOUT_MS);
    try {
      const answer = await fetch(route, { headers: headers || {}, cache: "no-store", signal: stop.signal });
      if (answer.status === 304) return { status: 304 };
      return { status: answer.status, etag: answer.headers.get("ETag"), number: answer.headers.get("X-Hems-Plan"), document: await answer.json() };
    } finally {
      clearTimeout(timer);
    }
  }
  async function poll() {
    try {
      const status = await ask("hems_status");
      if (status.status !== 200) throw new Error("HEMS answered with error " + status.status);
      state.status = status.document;
      state.clockShift = Date.parse(status.document.time) - Date.now();
      if (status.document.number !== null) await fetchPlan();
      state.lostSince = null;
      showStatus();
    } catch (error) {
      if (state.lostSince === null) state.lostSince = serverNow();
      state.lostReason = String(error.message || "").startsWith("HEMS") ? error.message : "";
      if (!(error instanceof TypeError) && error.name !== "AbortError") console.warn(error);
      showBanners();
    } finally {
      setTimeout(poll, POLL_MS);
    }
  }
  async function fetchPlan() {
    const plan = await ask("hems_plan", state.etag ? { "If-None-Match": state.etag } : {});
    if (plan.status !== 200) return;
    const [problem, summary] = await Promise.all([ask("hems_problem"), ask("hems_summary")]);
    // A newer plan came in between: the next poll fetches three that belong together.
    if (problem.status !== 200 || summary.status !== 200) return;
    if (problem.number !== plan.number || summary.number !== plan.number) return;
    state.documents = { plan: plan.document, problem: problem.document, summary: summary.document };
    showPlan();
    state.etag = plan.etag;
  }

  // ---------------------------------------------------------------- state of HEMS
  function showStatus() {
    showBanners();
    if (state.documents) { showCards(); showNow(); }
    showLedger();
    showClock();
  }
  function showClock() {
    const zone = state.documents ? state.documents.plan.time_zone : undefined;
    const words = dayWords(serverNow(), zone) + ", " + clockWords(serverNow(), zone) + (zone ? " · " + zone : "");
    byId("clock").textContent = state.status ? words : "Connecting…";
    byId("dot").className = "dot " + (state.lostSince === null ? (state.status ? "live" : "") : "lost");
  }
  function showBanners() {
    const banners = state.status ? state.status.banners.slice() : [];
    if (state.lostSince !== null) {
      const zone = state.documents ? state.documents.plan.time_zone : undefined;
      const reason = state.lostReason || "Connection to HEMS lost";
      banners.unshift({
        kind: "lost", level: "error",
        text: reason + " (since " + clockWords(state.lostSince, zone) + "). " + (state.documents ? "This is the last plan that was received. " : "") + "Trying again every few seconds.",
      });
    }
    const place = byId("banners"), said = JSON.stringify(banners);
    if (place.dataset.said === said) return;   // unchanged: a screen reader must not hear it again
    place.dataset.said = said;
    const open = new Set([...place.querySelectorAll("details[open]")].map((node) => node.dataset.kind));
    place.replaceChildren(...banners.map((b) => bannerNode(b, open.has(b.kind))));
    showClock();
  }

  /* One with several things to say opens to their list, and stays open when they change. */
  function bannerNode(b, open) {
    const attributes = { class: "banner " + b.level, "data-kind": b.kind };
    if (!(b.items || []).length) return el("p", attributes, b.text);
    return el("details", { ...attributes, open: open ? "" : null }, el("summary", {}, b.text), el("ul", {}, b.items.map((item) => el("li", {}, item))));
  }

  // ---------------------------------------------------------------- headline and the present
  function card(heading, value, unit, sub, lead) {
    return el("article", { class: "card" + (lead ? " lead" : "") }, el("h2", {}, heading),
      el("p", { class: "value" }, value, unit ? el("small", {}, " " + unit) : null), el("p", { class: "sub" }, sub));
  }
  function showCards() {
    const { summary, plan } = state.documents, head = summary.headline, now = state.status.now || {}, estimates = summary.price_estimates;
    const words = { import: "buying", export: "selling", wear: "battery wear", capacity: "peak power", starts: "starts", carbon: "carbon" };
    const parts = Object.entries(head.parts).map(([name, amount]) => (words[name] || name) + " " + money(amount)).join(" · ");
    const stored = head.terminal_value ? " Stored energy left at the end: worth " + money(head.terminal_value) + "." : "";
    const cards = [card(head.net < 0 ? "Earned in the next " + head.horizon_words : "Cost of the next " + head.horizon_words.replace(/ /g, "\u00a0"),
      money(Math.abs(head.net)), "net", (parts ? parts + "." : "") + stored + (estimates ? " " + estimates.words : ""), true)];
    if (head.saving !== null) {
      const share = Math.abs(head.baseline_net) > 0.005 ? Math.round(100 * head.saving / Math.abs(head.baseline_net)) : null;
      cards.push(card("Saved by planning", money(head.saving), share === null ? "" : share + " %", "Without planning the same hours would cost " + money(head.baseline_net) + "; stored energy left at the end is reckoned in."));
    }
    if (typeof now.import_price_per_kwh === "number") {
      cards.push(card("Electricity now", money(now.import_price_per_kwh, 3), "per kWh",
        "Selling pays " + money(now.export_price_per_kwh, 3) + " per kWh." + (isEstimatedNow() ? " Both are estimated." : "")));
    }
    const how = { optimal: "the best plan", feasible: "a good plan, not proved the best", fallback: "made without the solver" }[plan.status] || plan.status;
    const recalled = summary.recalled ? " Followed until there is a new one." : "";
    cards.push(card(summary.recalled ? "Plan made before the restart" : "Plan made", summary.created_words, "", "Because: " + summary.reason + ". Plan " + summary.number + ", " + how + "." + recalled));
    replaceIfChanged(byId("headline"), cards);
  }
  function isEstimatedNow() {
    const bounds = stepBounds(state.documents.plan), now = serverNow(), estimates = state.documents.summary.price_estimates;
    return Boolean(estimates) && estimates.steps.some((k) => bounds[k] <= now && now < bounds[k + 1]);
  }
  function showNow() {
    const { summary } = state.documents, { devices, planned, now } = state.status, tiles = [];
    const kw = (name) => typeof now[name] === "number" ? now[name] : now["planned_" + name];
    const tag = (...names) => names.some((name) => typeof now[name] === "number") ? "" : "planned";
    const flow = (power) => power.toFixed(power < 1 ? 2 : 1) + " kW";
    const bought = kw("import_kw"), sold = kw("export_kw");
    if (typeof bought === "number" || typeof sold === "number") {
      const does = (sold || 0) > ON_ABOVE_KW ? "sells " + flow(sold) : (bought || 0) > ON_ABOVE_KW ? "buys " + flow(bought) : "neither buys nor sells";
      tiles.push(tile("grid", "Grid", does, tag("import_kw", "export_kw"), (bought || 0) + (sold || 0) > ON_ABOVE_KW));
    }
    if (typeof kw("pv_kw") === "number") tiles.push(tile("sun", "Sun", flow(kw("pv_kw")), tag("pv_kw"), kw("pv_kw") > ON_ABOVE_KW));
    if (typeof kw("load_kw") === "number") tiles.push(tile("home", "Home", flow(kw("load_kw")) + " baseline load", tag("load_kw"), true));
    for (const device of [...summary.devices, ...unplannedDevices()]) {
      const doing = devices[device.name] || planned[device.name], who = (state.status.who || {})[device.name] || {};
      if (!doing) continue;
      const power = doing.power_kw > ON_ABOVE_KW ? " at " + flow(doing.power_kw) : "";
      const measured = (now.soc || {})[device.name], meant = (now.planned_soc || {})[device.name];
      const soc = typeof measured === "number" ? " · " + percent(measured) : typeof meant === "number" ? " · " + percent(meant) + " as planned" : "";
      const does = doing.text || (doing.action ? String(doing.action).replace(/_/g, " ") + power : "unknown");
      const charge = who.by_plan ? "" : [who.who, who.until].filter(Boolean).join(" ");
      tiles.push(tile(device.kind, device.title, does + soc, devices[device.name] ? charge : "planned", doing.power_kw > ON_ABOVE_KW, who));
    }
    byId("now-section").hidden = !tiles.length;
    replaceIfChanged(byId("now"), tiles);
  }
  /* What the dispatcher knows and the plan has no row for: PV plants, and programs that nobody has asked for. */
  function unplannedDevices() {
    const { summary, problem } = state.documents, planned = new Set(summary.devices.map((d) => d.name)), plants = new Set((problem.pv || []).map((p) => p.name));
    return Object.keys(state.status.devices).filter((name) => !planned.has(name)).map((name) => {
      const words = name.replace(/_/g, " ");
      return { name, title: words.charAt(0).toUpperCase() + words.slice(1), kind: plants.has(name) ? "sun" : "interruptible" };
    });
  }
  /* `who`: who is in charge and how the device fares, where that is known. */
  function tile(kind, name, does, source, on, who = {}) {
    const mark = source ? el("span", { class: "tag" + (source === "planned" ? "" : " override") }, source) : null;
    const more = [who.by_plan ? (who.who === "plan" ? "By plan" : "Left alone") : null, who.writes, who.dry_run ? "dry run: nothing is written" : null].filter(Boolean).join(" · ");
    return el("li", { class: "tile" + (on ? " on" : "") }, icon(kind), el("div", {}, el("p", { class: "name" }, name, mark), el("p", { class: "does" }, does),
      who.waiting ? el("p", { class: "more" }, who.waiting) : null, who.trouble ? el("p", { class: "trouble" }, who.trouble) : null,
      more ? el("p", { class: "more" }, more) : null));
  }
  function replaceIfChanged(place, nodes) {
    const next = nodes.map((node) => node.outerHTML).join("");
    if (place.dataset.shown === next) return;
    place.dataset.shown = next;
    place.replaceChildren(...nodes);
  }

  // ---------------------------------------------------------------- tables
  function showPlan() {
    showCards();
    showRuns();
    showShortfalls();
    showDays();
    byId("steps-section").hidden = false;
    if (byId("steps-section").open) showSteps();
    const solver = state.documents.summary.solver;
    byId("solver").textContent = solver.name
      ? "Solved by " + solver.name + " in " + Number(solver.seconds || 0).toFixed(2) + " s, " + state.documents.plan.step_minutes.length + " steps." : "";
    byId("chart-section").hidden = false;
    showChart();
  }
  function showRuns() {
    const table = byId("devices"), now = serverNow();
    table.querySelectorAll("tbody").forEach((body) => body.remove());
    table.setAttribute("role", "table");
    for (const device of state.documents.summary.devices) {
      const head = el("tr", { class: "device", role: "row" }, el("th", { scope: "rowgroup", colspan: 4, role: "rowheader" },
        icon(device.kind), device.title, el("span", { class: "note" }, device.note)));
      const rows = device.runs.map((run) => runRow(run, now));
      if (!rows.length) rows.push(el("tr", { class: "run", role: "row" }, el("td", { class: "idle", colspan: 4, role: "cell" }, "Stays off in these hours.")));
      table.append(el("tbody", { "data-device": device.name, role: "rowgroup" }, head, rows));
    }
    byId("devices-section").hidden = !state.documents.summary.devices.length;
  }
  function runRow(run, now) {
    const current = Date.parse(run.from) <= now && now < Date.parse(run.until);
    const mix = run.mix ? mixBar(run.mix) : null;
    const soc = typeof run.soc_from === "number" ? ", " + Math.round(run.soc_from * 100) + "\u00a0→\u00a0" + percent(run.soc_to) : "";
    const gain = ["saves", "earns"].find((word) => typeof run[word] === "number");
    const worth = gain ? el("span", { class: "saves" }, gain + " " + money(run[gain])) : money(run.cost);
    return el("tr", { class: "run" + (current ? " current" : ""), role: "row" },
      el("th", { scope: "row", role: "rowheader" }, run.when, current ? el("span", { class: "tag" }, "now") : null),
      el("td", { class: "what", role: "cell" }, run.does + soc, mix, run.why ? el("span", { class: "why" }, run.why) : null),
      el("td", { class: "num", role: "cell" }, run.kwh.toFixed(1) + " kWh"),
      el("td", { class: "num", role: "cell" }, worth));
  }
  function mixBar(mix) {
    const words = ["grid", "sun", "stored"].map((source) => percent(mix[source]) + " " + (source === "stored" ? "stored energy" : source)).join(", ");
    const bar = el("span", { class: "mix", role: "img", "aria-label": words, title: words });
    for (const source of ["grid", "sun", "stored"]) {
      const part = el("i", { class: source });
      part.style.width = 100 * mix[source] + "%";
      bar.append(part);
    }
    return bar;
  }
  function showShortfalls() {
    const found = state.documents.summary.shortfalls;
    byId("shortfall-section").hidden = !found.length;
    byId("shortfalls").replaceChildren(...found.map((s) => el("li", {}, s.text)));
  }
  function fillTable(table, headings, rows) {
    const head = el("thead", {}, el("tr", {}, headings.map((h) => el("th", { scope: "col" }, h))));
    table.replaceChildren(head, el("tbody", {}, rows));
  }
  function showDays() {
    const rows = state.documents.summary.days.map((day) => el("tr", {}, el("th", { scope: "row" }, day.day, day.estimated ? el("span", { class: "tag" }, "estimated") : null),
      [day.import_kwh, day.import_cost, day.export_kwh, day.export_revenue, day.pv_kwh, day.curtailed_kwh, day.load_kwh]
        .map((value, i) => el("td", {}, i === 1 || i === 3 ? money(value) : value.toFixed(1)))));
    fillTable(byId("days"), ["Day", "Bought, kWh", "for", "Sold, kWh", "for", "Sun used, kWh", "Sun curtailed, kWh", "Baseline load, kWh"], rows);
    byId("days-section").hidden = false;
  }
  function stepColumns() {
    const { plan, problem } = state.documents;
    const number = (digits) => (value) => value.toFixed(digits);
    const price = (side) => (value, k) => value.toFixed(3) + (estimatedRange(side, k) ? " est." : "");
    const column = (heading, values, show) => ({ heading, values, show: show || number(2) });
    const columns = [
      column("Import price, " + plan.currency + "/kWh", problem.grid.import_price, price("import")),
      column("Export price, " + plan.currency + "/kWh", problem.grid.export_price, price("export")),
      column("Baseline load, kW", problem.load_kw),
    ];
    for (const [name, pv] of Object.entries(plan.pv)) columns.push(column(name + " used, kW", pv.used_kw), column(name + " curtailed, kW", pv.curtailed_kw));
    for (const [name, store] of stores(plan)) {
      columns.push(column(title(name) + " charge, kW", store.charge_kw));
      if (store.discharge_kw.some((p) => p > ON_ABOVE_KW)) columns.push(column(title(name) + " discharge, kW", store.discharge_kw));
      columns.push(column(title(name) + " SoC at the end", store.soc.slice(1), percent));
    }
    for (const [name, load] of Object.entries(plan.loads)) {
      columns.push(column(title(name) + ", kW", load.power_kw));
      if (load.temperature_c) columns.push(column(title(name) + " at the end, °C", load.temperature_c.slice(1), number(1)));
    }
    columns.push(column("Import, kW", plan.grid.import_kw), column("Export, kW", plan.grid.export_kw));
    if ((plan.energy_value || []).length) columns.push(column("Worth of 1 kWh, " + plan.currency, plan.energy_value, number(3)));
    return columns;
  }
  function showSteps() {
    const { plan } = state.documents, bounds = stepBounds(plan), columns = stepColumns(), now = serverNow();
    const reasons = Object.entries(plan.reasons || {}).filter(([, sentences]) => sentences.some(Boolean));
    const rows = plan.step_minutes.map((_, k) => {
      const current = bounds[k] <= now && now < bounds[k + 1];
      const cells = columns.map((c) => {
        const value = c.values[k];
        return el("td", { class: value === 0 ? "zero" : null }, typeof value === "number" ? c.show(value, k) : "–");
      });
      const why = reasons.filter(([, s]) => s[k]).map(([name, s]) => title(name) + ": " + s[k]).join(" ");
      if (reasons.length) cells.push(el("td", { class: "words" }, why));
      return el("tr", { class: current ? "current" : null }, el("th", { scope: "row" }, stepWords(bounds[k], bounds[k + 1], bounds[0], plan.time_zone)), cells);
    });
    fillTable(byId("steps"), ["Time", ...columns.map((c) => c.heading), ...(reasons.length ? ["Why"] : [])], rows);
  }
  /* [low, high] of an estimated price; null where it is known. */
  function estimatedRange(side, k) {
    const estimates = state.documents.summary.price_estimates;
    if (!estimates || estimates[side + "_low"][k] === estimates[side + "_high"][k]) return null;
    return [estimates[side + "_low"][k], estimates[side + "_high"][k]];
  }
  const stores = (plan) => [...Object.entries(plan.batteries), ...Object.entries(plan.evs)];

  // ---------------------------------------------------------------- the ledger
  const UNKNOWN = "unknown";
  const ledgerMoney = (value, currency) => value === null ? UNKNOWN : currency ? money(value, 2, currency) : value.toFixed(2);
  function showLedger() {
    const ledger = state.status && state.status.ledger, place = byId("ledger"), said = JSON.stringify(ledger || null);
    byId("ledger-section").hidden = !ledger;
    if (!ledger || place.dataset.said === said) return;
    place.dataset.said = said;
    place.replaceChildren(...ledger.periods.map((period) => periodNode(period, ledger.currency)));
    byId("ledger-note").textContent = "Saved: against the same house without planning, its battery following its own need." + ledger.notes.map((note) => " " + note.charAt(0).toUpperCase() + note.slice(1).replace(/\.?$/, ".")).join("");
    const rows = ledger.days.slice().reverse().map((day) => el("tr", {}, el("th", { scope: "row" }, day.label, partialTag(day)),
      [day.cost, day.saving].map((value) => el("td", {}, ledgerMoney(value, ledger.currency)))));
    fillTable(byId("ledger-days"), ["Day", "Cost", "Saved"], rows);
    byId("ledger-days-section").hidden = !rows.length;
    showLedgerChart(ledger);
  }
  const partialTag = (part) => part.partial ? el("span", { class: "tag" }, "partial") : null;
  function periodNode(period, currency) {
    const cost = period.cost === null ? el("p", { class: "value unknown" }, UNKNOWN)
      : el("p", { class: "value" }, ledgerMoney(Math.abs(period.cost), currency), period.cost < -0.005 ? el("small", {}, " earned") : null);
    const lost = period.saving !== null && period.saving < -0.005;
    const gain = period.saving === null ? "saving unknown" : (lost ? "lost " : "saved ") + ledgerMoney(Math.abs(period.saving), currency);
    return el("li", { "data-period": period.key }, el("h3", {}, period.title, partialTag(period)), cost,
      el("p", { class: "gain" + (period.saving === null || lost ? "" : " saves") }, gain), period.note ? el("p", { class: "sub" }, period.note) : null);
  }
  /* Two bars a day; a day with holes is hatched. One day alone is no comparison. */
  function showLedgerChart(ledger) {
    const place = byId("ledger-chart"), days = ledger.days.slice(innerWidth < 640 ? -14 : -31);
    place.hidden = !window.Plotly || days.filter((day) => day.cost !== null).length < 2;
    if (place.hidden) return;
    const x = days.map((day) => day.label.split(" ").slice(1).join(" ")), soft = css("--soft");
    const bars = (name, key, colour) => ({ uid: key, type: "bar", name, x, y: days.map((day) => day[key]),
      marker: { color: colour, pattern: { shape: days.map((day) => day.partial ? "/" : ""), size: 5, solidity: .35, fillmode: "replace", fgcolor: colour } },
      hovertext: days.map((day) => escapeChart(day.label + ": " + ledgerMoney(day[key], ledger.currency) + (day.partial ? ", partly measured" : ""))), hovertemplate: escapeChart(name) + ", %{hovertext}<extra></extra>" });
    const layout = { height: 190, margin: { l: 40, r: 8, t: 26, b: 30 }, barmode: "group", bargap: .35, bargroupgap: .08, autosize: true, dragmode: false,
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", font: { family: getComputedStyle(document.body).fontFamily, size: 11, color: css("--ink") },
      legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", font: { size: 11 } }, hoverlabel: { bgcolor: css("--card"), bordercolor: soft, font: { color: css("--ink") } },
      xaxis: { type: "category", fixedrange: true, tickfont: { color: soft }, tickangle: 0, nticks: Math.max(3, Math.floor(innerWidth / 110)) },
      yaxis: { fixedrange: true, gridcolor: css("--line"), zerolinecolor: soft, tickfont: { color: soft }, nticks: 4 } };
    window.Plotly.react(place, [bars("Cost", "cost", css("--cost")), bars("Saved", "saving", css("--stored"))], layout, { responsive: true, displayModeBar: false });
  }

  // ---------------------------------------------------------------- chart
  // Okabe and Ito's colours, which people with any colour vision tell apart, and a few of their neighbours.
  const COLOURS = {
    import: "#d55e00", export: "#56b4e9", pv: "#f0b429", curtailed: "#b07d00", battery: ["#009e73", "#5cc7a6"], ev: ["#0072b2", "#5aa9d6"],
    load: "#95a19b", loads: ["#cc79a7", "#8e6bbf", "#a6761d", "#7a8b2a", "#d98880", "#4d7c8a"], value: "#8e6bbf",
  };
  /* Two points a step, its start and just before its end: the hover then finds the step under the pointer,
     also where steps differ in length, and every trace has the same x, which stacking needs. */
  const twice = (values) => values.flatMap((value) => [value, value]);
  const EDGE_MS = 1000;
  /* What is off is not listed. Not a hovertemplate, because Plotly then ignores hoverinfo. */
  const powerHover = (name, values) => ({
    hoverinfo: twice(values.map((power) => power > ON_ABOVE_KW ? "text" : "none")),
    hovertext: twice(values.map((power) => escapeChart(name) + ": <b>" + power.toFixed(2) + "</b> kW")),
  });

  function buildTraces() {
    const { plan, problem } = state.documents, bounds = stepBounds(plan), n = plan.step_minutes.length;
    const x = [];
    for (let k = 0; k < n; k++) x.push(bounds[k], bounds[k + 1] - EDGE_MS);
    const traces = [clockTrace(x, bounds, plan)];
    const group = (key, text) => ({ legendgroup: key, legendgrouptitle: { text } });
    const line = (name, values, colour, unit, digits, axis, extra) => traces.push({
      uid: axis + name, name: escapeChart(name), x, y: twice(values), yaxis: axis, type: "scatter", mode: "lines",
      line: { shape: "hv", color: colour, width: 2.2 },
      hovertemplate: "%{fullData.name}: <b>%{y:." + digits + "f}</b> " + escapeChart(unit) + "<extra></extra>", ...extra });
    const perKwh = plan.currency + "/kWh";
    const price = (name, side, colour) => line(name, problem.grid[side + "_price"], colour, perKwh, 3, "y", {
      ...group("prices", "Prices"), customdata: twice(plan.step_minutes.map((_, k) => rangeWords(side, k))),
      hovertemplate: "%{fullData.name}: <b>%{y:.3f}</b> " + escapeChart(perKwh) + "%{customdata}<extra></extra>" });
    price("Import price", "import", COLOURS.import);
    price("Export price", "export", COLOURS.export);
    if (state.documents.summary.price_estimates) traces.push({ ...estimatesTrace(bounds), ...group("prices", "Prices") });
    if ((plan.energy_value || []).length) {
      line("Worth of 1 kWh", plan.energy_value, COLOURS.value, perKwh, 3, "y", { ...group("prices", "Prices"), visible: "legendonly", line: { shape: "hv", color: COLOURS.value, width: 1.6, dash: "dot" } });
    }
    traces.push(...powerTraces(x, n));
    socTraces(line, group);
    temperatureTraces(line, group);
    return traces;
  }
  /* Carries the time of the step as the first line of the hover: Plotly itself would write the axis' number. */
  function clockTrace(x, bounds, plan) {
    const words = plan.step_minutes.map((_, k) => stepWords(bounds[k], bounds[k + 1], bounds[0], plan.time_zone));
    return { uid: "clock", name: "", x, y: x.map(() => 0), yaxis: "y2", type: "scatter", mode: "lines", line: { width: 0, color: "rgba(0,0,0,0)" },
      showlegend: false, customdata: twice(words), hovertemplate: "<b>%{customdata}</b><extra></extra>" };
  }
  function rangeWords(side, k) {
    const range = estimatedRange(side, k);
    return range ? ", estimated: " + range.map((value) => value.toFixed(3)).join(" to ") : "";
  }
  /* The bands between which estimated prices are likely to lie: one trace, so that the legend has one name for them. */
  function estimatesTrace(bounds) {
    const x = [], y = [];
    for (const side of ["import", "export"]) {
      for (const [first, last] of spans((k) => estimatedRange(side, k))) {
        const steps = Array.from({ length: last - first + 1 }, (_, i) => first + i), back = steps.slice().reverse();
        x.push(...steps.flatMap((k) => [bounds[k], bounds[k + 1]]), ...back.flatMap((k) => [bounds[k + 1], bounds[k]]), bounds[first], null);
        y.push(...steps.flatMap((k) => twice([estimatedRange(side, k)[1]])), ...back.flatMap((k) => twice([estimatedRange(side, k)[0]])), estimatedRange(side, first)[1], null);
      }
    }
    const colour = css("--estimate");
    return { uid: "estimated", name: "estimated", x, y, yaxis: "y", type: "scatter", mode: "lines", line: { width: 0, color: colour }, fill: "toself", fillcolor: colour, hoverinfo: "skip" };
  }
  /* Runs of steps, [first, last], for which something holds. */
  function spans(holds) {
    const found = [];
    for (let k = 0; k < state.documents.plan.step_minutes.length; k++) {
      if (!holds(k)) continue;
      if (found.length && found[found.length - 1][1] === k - 1) found[found.length - 1][1] = k;
      else found.push([k, k]);
    }
    return found;
  }
  function powerTraces(x, n) {
    const { plan, problem } = state.documents, traces = [];
    const area = (name, values, colour, stack, always) => {
      if (!always && !values.some((p) => p > ON_ABOVE_KW)) return;
      const sign = stack === "sources" ? 1 : -1;
      traces.push({
        uid: stack + name, name: escapeChart(name), x, y: twice(values.map((p) => sign * p)), yaxis: "y2",
        type: "scatter", mode: "lines", stackgroup: stack, line: { shape: "hv", width: 0, color: colour }, fillcolor: colour,
        legendgroup: stack, legendgrouptitle: { text: stack === "sources" ? "Sources" : "Uses" },
        ...powerHover(name, values) });
    };
    const sum = (lists) => Array.from({ length: n }, (_, k) => lists.reduce((total, list) => total + list[k], 0));
    const pv = Object.values(plan.pv), used = sum(pv.map((p) => p.used_kw)), curtailed = sum(pv.map((p) => p.curtailed_kw));
    if (pv.length) area("PV used", used, COLOURS.pv, "sources", true);
    const coloured = [...Object.keys(plan.batteries).map((name, i) => [name, plan.batteries[name], COLOURS.battery[i % 2]]),
      ...Object.keys(plan.evs).map((name, i) => [name, plan.evs[name], COLOURS.ev[i % 2]])];
    for (const [name, store, colour] of coloured) area(title(name) + " discharging", store.discharge_kw, colour, "sources", name in plan.batteries);
    area("Grid import", plan.grid.import_kw, COLOURS.import, "sources", true);
    if (curtailed.some((p) => p > ON_ABOVE_KW)) {
      // A hatched area on top of what is used; an unseen line beneath it gives the area its lower edge.
      const shared = { x, yaxis: "y2", type: "scatter", mode: "lines", legendgroup: "sources" };
      traces.push({ ...shared, uid: "curtailed edge", y: twice(used), line: { shape: "hv", width: 0 }, showlegend: false, hoverinfo: "skip" });
      traces.push({ ...shared, uid: "curtailed", name: "PV curtailed", y: twice(sum([used, curtailed])), line: { shape: "hv", width: 0, color: COLOURS.pv },
        fill: "tonexty", fillcolor: "rgba(240,180,41,.25)", fillpattern: { shape: "/", fgcolor: COLOURS.curtailed, size: 6, solidity: .25 },
        ...powerHover("PV curtailed", curtailed) });
    }
    area("Baseline load", problem.load_kw, COLOURS.load, "uses", true);
    for (const [name, store, colour] of coloured) area(title(name) + " charging", store.charge_kw, colour, "uses", true);
    Object.keys(plan.loads).forEach((name, i) => area(title(name), plan.loads[name].power_kw, COLOURS.loads[i % COLOURS.loads.length], "uses", true));
    area("Grid export", plan.grid.export_kw, COLOURS.export, "uses", true);
    return traces;
  }
  /* States stand on fence-posts: a step's two points are its first and its last state. */
  const posts = (values) => values.slice(0, -1).flatMap((value, k) => [value, values[k + 1]]);
  function socTraces(line, group) {
    const { plan } = state.documents;
    stores(plan).forEach(([name, store]) => {
      const kind = name in plan.batteries ? "batteries" : "evs", i = Object.keys(plan[kind]).indexOf(name);
      const colour = (kind === "batteries" ? COLOURS.battery : COLOURS.ev)[i % 2];
      line(title(name) + " state of charge", [], colour, "%", 0, "y3", {
        ...group("states", "States"), y: posts(store.soc.map((soc) => soc * 100)), line: { shape: "linear", color: colour, width: 2.4 } });
    });
  }
  function temperatureTraces(line, group) {
    const { plan, problem } = state.documents, heat = (problem.thermal_loads || []).filter((load) => plan.loads[load.name] && plan.loads[load.name].temperature_c);
    for (const load of heat) {
      const colour = COLOURS.loads[Object.keys(plan.loads).indexOf(load.name) % COLOURS.loads.length];
      line(title(load.name) + " temperature", [], colour, "°C", 1, "y4", {
        ...group("states", "States"), y: posts(plan.loads[load.name].temperature_c), line: { shape: "linear", color: colour, width: 2.4 } });
      for (const [bound, words] of [["min_c", " lowest wanted"], ["max_c", " highest wanted"]]) {
        const values = Array.isArray(load[bound]) ? load[bound] : plan.step_minutes.map(() => load[bound]);
        line(title(load.name) + words, values, colour, "°C", 0, "y4", { showlegend: false, hoverinfo: "skip", hovertemplate: null, opacity: .6, line: { shape: "hv", color: colour, width: 1.2, dash: "dash" } });
      }
    }
  }
  function shownRange() {
    const bounds = stepBounds(state.documents.plan), start = bounds[0], end = bounds[bounds.length - 1];
    if (state.view.range) {
      const [from, until] = [Math.max(state.view.range[0], start), Math.min(state.view.range[1], end)];
      if (until - from > 5 * MINUTE_MS) return [from, until];
      state.view = { hours: 0, range: null };   // the zoomed hours are past
      showRangeButtons();
    }
    return [start, state.view.hours ? Math.min(start + state.view.hours * HOUR_MS, end) : end];
  }
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const isNarrow = () => byId("chart").clientWidth < 700;

  function timeAxis() {
    const width = byId("chart").clientWidth, [from, until] = shownRange();
    const marks = ticks(from, until, state.documents.plan.time_zone, Math.max(3, (width - (isNarrow() ? 50 : 260)) / 52));
    return { marks, axis: { range: [from, until], tickmode: "array", tickvals: marks.values, ticktext: marks.texts } };
  }
  function lines(marks) {
    const upright = (at, colour, width, dash, below) => ({
      type: "line", xref: "x", yref: "paper", x0: at, x1: at, y0: 0, y1: 1, layer: below ? "below" : "above", line: { color: colour, width, dash } });
    const bounds = stepBounds(state.documents.plan), shade = css("--estimate-ground");
    const shaded = spans((k) => estimatedRange("import", k) || estimatedRange("export", k)).map(([first, last]) => ({
      type: "rect", xref: "x", yref: "y domain", x0: bounds[first], x1: bounds[last + 1], y0: 0, y1: 1, layer: "below", fillcolor: shade, line: { width: 0 } }));
    return [...shaded, ...marks.midnights.map((at) => upright(at, css("--soft"), 1, "dot", true)), upright(serverNow(), css("--accent"), 2, "solid", false)];
  }
  const nowLabel = () => ({ xref: "x", yref: "paper", x: serverNow(), y: 0, xanchor: "left", yanchor: "bottom", xshift: 3, showarrow: false,
    text: "<b>now</b>", bgcolor: css("--card"), font: { color: css("--accent"), size: 11 } });
  function panels() {
    const { plan } = state.documents, hasStores = stores(plan).length > 0;
    const hasHeat = Object.values(plan.loads).some((load) => load.temperature_c);
    const wanted = [["y", "Price, " + plan.currency + "/kWh", 3], ["y2", "Power, kW: sources above, uses below", 6]];
    if (hasStores) wanted.push(["y3", "State of charge, %", 3]);
    if (hasHeat) wanted.push(["y4", "Temperature, °C", 2.4]);
    const gap = .07, total = wanted.reduce((sum, panel) => sum + panel[2], 0), free = 1 - gap * (wanted.length - 1);
    let top = 1;
    return wanted.map(([axis, text, weight]) => {
      const domain = [Math.max(0, top - free * weight / total), top];
      top = domain[0] - gap;
      return { axis, text, domain };
    });
  }
  /* The power axis counts up both ways: a use of 3 kW is 3 kW, not minus 3. */
  function powerTicks(traces) {
    const sums = { sources: [], uses: [] };
    for (const trace of traces) {
      if (trace.stackgroup) trace.y.forEach((value, i) => { sums[trace.stackgroup][i] = (sums[trace.stackgroup][i] || 0) + value; });
    }
    const high = Math.max(1, ...sums.sources) * 1.06, low = Math.min(-1, ...sums.uses) * 1.06;
    const every = [.5, 1, 2, 5, 10, 20, 50, 100, 1000].find((step) => (high - low) / step <= 9) || 1e4;
    const values = [];
    for (let v = Math.ceil(low / every) * every; v <= high; v += every) values.push(v);
    return { range: [low, high], tickmode: "array", tickvals: values, ticktext: values.map((v) => String(Math.abs(+v.toFixed(1)))) };
  }
  function buildLayout(traces) {
    const narrow = isNarrow(), ink = css("--ink"), soft = css("--soft"), grid = css("--line"), places = panels(), { marks, axis } = timeAxis();
    const layout = {
      uirevision: "hems", height: (narrow ? 620 : 600) + 110 * (places.length - 2) + (narrow ? 150 : 0), autosize: true,
      margin: { l: narrow ? 34 : 46, r: narrow ? 10 : 12, t: 30, b: narrow ? 40 : 44 },
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", font: { family: getComputedStyle(document.body).fontFamily, size: narrow ? 11 : 12, color: ink },
      hovermode: "x unified", hoversubplots: "axis", hoverdistance: -1, dragmode: narrow || matchMedia("(pointer: coarse)").matches ? false : "zoom",
      hoverlabel: { bgcolor: css("--card"), bordercolor: soft, font: { color: ink, size: narrow ? 10.5 : 12 } },
      legend: narrow
        ? { orientation: "h", traceorder: "grouped", x: -.04, y: -.07, yanchor: "top", font: { size: 11 }, groupclick: "toggleitem", tracegroupgap: 4, grouptitlefont: { size: 11, color: soft } }
        : { x: 1.015, y: 1, traceorder: "grouped", font: { size: 12 }, groupclick: "toggleitem", tracegroupgap: 14, grouptitlefont: { size: 12, color: soft } },
      xaxis: { type: "linear", anchor: places[places.length - 1].axis, showgrid: true, gridcolor: grid, zeroline: false, tickfont: { color: soft }, fixedrange: narrow,
        ticks: "outside", tickcolor: grid, tickangle: 0, unifiedhovertitle: { text: escapeChart("Local time, " + state.documents.plan.time_zone) }, showspikes: true,
        spikemode: "across", spikethickness: 1, spikedash: "solid", spikecolor: soft, spikesnap: "cursor", ...axis },
      shapes: lines(marks),
      annotations: [nowLabel(), ...places.map((p) => ({ xref: "paper", yref: "paper", x: 0, y: p.domain[1], xanchor: "left", yanchor: "bottom", yshift: 3, showarrow: false, text: "<b>" + escapeChart(p.text) + "</b>", font: { color: ink, size: narrow ? 11.5 : 12.5 } }))],
    };
    for (const place of places) {
      layout["yaxis" + place.axis.slice(1)] = { domain: place.domain, anchor: "x", fixedrange: true, gridcolor: grid, zeroline: place.axis !== "y4", zerolinecolor: soft, zerolinewidth: 1, tickfont: { color: soft }, nticks: 5,
        ...(place.axis === "y2" ? powerTicks(traces) : {}), ...(place.axis === "y3" ? { range: [-2, 103], tickvals: [0, 25, 50, 75, 100] } : {}) };
    }
    return layout;
  }
  async function showChart() {
    const place = byId("chart");
    if (!window.Plotly) {
      place.replaceChildren(el("p", {}, "The chart needs the Python package plotly beside AppDaemon. The tables below hold the same figures."));
      return;
    }
    const traces = buildTraces(), config = { responsive: true, displaylogo: false, displayModeBar: isNarrow() ? false : "hover", doubleClick: false,
      modeBarButtonsToRemove: ["select2d", "lasso2d", "zoomIn2d", "zoomOut2d", "autoScale2d", "resetScale2d"] };
    state.ownRelayout++;
    await window.Plotly.react(place, traces, buildLayout(traces), config);
    state.ownRelayout--;
    const estimates = state.documents.summary.price_estimates;
    byId("chart-note").textContent = (estimates ? estimates.words + " They are shaded, with the range in which they are likely to lie. " : "") + "Times are local, " + state.documents.plan.time_zone + "." + (isNarrow() ? " Tap the chart for figures, a name to hide it." : " Drag to zoom, double-click for all; click a name to hide or show it.");
    if (state.chartDrawn) return;
    state.chartDrawn = true;
    place.dataset.drawn = "yes";
    place.on("plotly_relayout", onRelayout);
    place.on("plotly_doubleclick", () => setView({ hours: 0, range: null }));
  }
  function onRelayout(change) {
    if (state.ownRelayout || !("xaxis.range[0]" in change)) return;
    setView({ hours: 0, range: [Number(change["xaxis.range[0]"]), Number(change["xaxis.range[1]"])] });
  }
  async function setView(view) {
    state.view = view;
    showRangeButtons();
    await refreshTimeAxis();
  }
  /* The range, its ticks and the `now` line; the traces stay as they are. */
  async function refreshTimeAxis() {
    if (!state.chartDrawn || !state.documents) return;
    const { marks, axis } = timeAxis(), change = { shapes: lines(marks), "annotations[0]": nowLabel() };
    for (const [key, value] of Object.entries(axis)) change["xaxis." + key] = value;
    state.ownRelayout++;
    await window.Plotly.relayout(byId("chart"), change);
    state.ownRelayout--;
  }
  function showRangeButtons() {
    for (const button of byId("ranges").children) {
      button.setAttribute("aria-pressed", String(!state.view.range && Number(button.dataset.hours) === state.view.hours));
    }
  }

  // ---------------------------------------------------------------- beginning
  byId("ranges").addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) setView({ hours: Number(button.dataset.hours), range: null });
  });
  byId("steps-section").addEventListener("toggle", () => { if (byId("steps-section").open && state.documents) showSteps(); });
  const redraw = () => { if (state.documents) showChart(); byId("ledger").dataset.said = ""; showLedger(); };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  let resizing = 0;
  addEventListener("resize", () => { clearTimeout(resizing); resizing = setTimeout(redraw, 200); });
  setInterval(() => { showClock(); if (state.documents) { showRuns(); refreshTimeAxis(); } }, MINUTE_MS / 2);
  poll();
})();
