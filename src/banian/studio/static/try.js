import { ask, COLOURS, draw, h, moment, number, open, percent, said, shop, tell, title, words } from "/studio/studio.js";

const $ = (id) => document.getElementById(id);
const examples = {};
let facts, grain, asking = 0;

open(async () => {
  facts = await shop();
  if (!facts.grains.length) {
    $("ask").replaceChildren(h("p", {}, "There is no task that your key may ask."));
    return;
  }
  facts.grains.sort((one, other) => Number(one.each === "row") - Number(other.each === "row"));
  $("kinds").replaceChildren(...facts.grains.map((one, at) => [
    h("input", { type: "radio", name: "kind", id: `kind-${at}`, value: at, checked: at === 0, onchange: () => choose(one).catch(tell) }),
    h("label", { for: `kind-${at}` }, named(one)),
  ]).flat());
  $("ask").addEventListener("submit", (event) => {
    event.preventDefault();
    predict().catch(tell);
  });
  $("scene").addEventListener("change", () => recommend(...chosen).catch(tell));
  await choose(facts.grains[0]);
});

let chosen = [];
const named = (one) => (one.each === "entity" ? title(one.about) : `A row of ${words(one.about)}`);

async function samples(name) {
  if (!(name in examples)) {
    examples[name] = await ask(`/v1/entities/${encodeURIComponent(name)}`).then((told) => told.examples, () => []);
  }
  return examples[name];
}

async function choose(one) {
  grain = one;
  for (const id of ["answers", "changes", "picks", "seen"]) $(id).hidden = true;
  const known = await samples(one.about);
  if (one.each === "entity") {
    const names = known.map((row) => String(row[one.key]));
    $("fields").replaceChildren(field(one.key, names[0] ?? "", names));
    $("hint").textContent = names.length ? "Choose one, or type any other." : "Type a key.";
    return;
  }
  const row = known[0] ?? {};
  const columns = Object.keys(one.columns);
  const made = [];
  for (const column of columns) {
    const names = column === one.scene ? facts.scenes : column in one.links
      ? (await samples(one.links[column])).map((seen) => String(Object.values(seen)[0]))
      : [...new Set(known.map((seen) => seen[column]).filter((value) => value !== undefined && typeof value !== "number").map(String))];
    made.push(field(column, row[column] ?? "", names));
  }
  $("fields").replaceChildren(...made);
  $("hint").textContent = known.length ? "These are the values of a row that was there. Change what you like; empty means not known." : "Empty means not known.";
}

function field(column, value, names) {
  const id = `field-${column}`;
  const kind = grain.columns[column];
  const isNumber = ["whole", "decimal", "float"].includes(kind) && !(column in grain.links) && column !== grain.key;
  return h("div", { class: "field" },
    h("label", { for: id }, words(column)),
    h("input", { id, name: column, value: String(value), autocomplete: "off", inputmode: isNumber ? "decimal" : "text", list: names.length ? `${id}-list` : null, placeholder: "not known" }),
    names.length ? h("datalist", { id: `${id}-list` }, names.map((name) => h("option", { value: name }))) : null);
}

// Reads the form as an ask: numbers and truths as such, what is empty left out.
function read() {
  const found = { grain: grain.grain };
  for (const input of $("fields").querySelectorAll("input")) {
    const text = input.value.trim(), kind = grain.columns[input.name];
    if (!text) continue;
    if (kind === "boolean") found[input.name] = /^(true|yes|1)$/i.test(text);
    else if (["decimal", "float", "whole"].includes(kind) && !(input.name in grain.links) && input.name !== grain.key && !Number.isNaN(Number(text))) {
      found[input.name] = Number(text);
    } else found[input.name] = text;
  }
  return found;
}

async function predict() {
  const own = ++asking, row = read();
  tell(null);
  if (grain.each === "entity" && !(grain.key in row)) {
    $("busy").textContent = `Write ${words(grain.key)} first.`;
    $("fields").querySelector("input").focus();
    return;
  }
  $("busy").textContent = "Asking …";
  $("ask").setAttribute("aria-busy", "true");
  try {
    const told = await ask("/v1/predict", { asks: [row], tasks: grain.tasks });
    if (own !== asking) return;
    show(told);
    await Promise.all([change(row, told, own), look(row, own)]);
  } finally {
    if (own === asking) {
      $("busy").textContent = "";
      $("ask").setAttribute("aria-busy", "false");
    }
  }
}

function show(told) {
  $("answers").hidden = false;
  $("cards").replaceChildren(...told.answers.map((answer) => card(answer, facts.tasks[answer.task])));
  $("warnings").textContent = told.warnings.join(". ");
  $("answers").focus({ preventScroll: true });
  $("answers").scrollIntoView({ block: "nearest", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
}

function card(answer, task) {
  const isPart = task.is_probability;
  const notes = [];
  if (answer.cold.length) notes.push(`Nothing is known of this one of ${answer.cold.map(words).join(", ")}: what is said holds for strangers.`);
  if (answer.eligible === false) notes.push("The model never learned about such cases: take it for a guess.");
  const hasRange = answer.lower !== null && answer.upper !== null;
  const between = hasRange ? `${said(answer.lower, isPart)} to ${said(answer.upper, isPart)}` : "";
  return h("article", { class: "card" },
    h("h3", {}, words(answer.task)),
    h("p", { class: "big" }, answer.choice ?? said(answer.value, isPart)),
    scale(answer, task),
    h("p", { class: "note" }, [
      between ? (isPart ? `Of such cases ${between} come true` : `9 of 10 such cases lie within ${between}`) : null,
      task.usual && answer.choice === null ? `the mark is the usual, ${said(task.base, isPart)}` : null,
    ].filter(Boolean).join("; ")),
    answer.choices ? h("ol", { class: "choices" }, answer.choices.slice(0, 5).map((one) => h("li", {}, `${one.name} `, h("span", { class: "note" }, said(one.value, true))))) : null,
    h("p", { class: "asked" }, task.words),
    notes.map((note) => h("p", { class: "caution" }, note)));
}

function scale(answer, task) {
  if (answer.value === null || answer.choice !== null) return null;
  const ends = [answer.value, answer.upper ?? 0, task.base ?? 0];
  const most = task.is_probability ? Math.min(1, Math.max(0.05, ...ends) * 1.15) : Math.max(...ends) * 1.1 || 1;
  const share = (value) => `${Math.max(0, Math.min(100, (100 * value) / most))}%`;
  const made = h("div", { class: "band", "aria-hidden": "true" }, h("i", { class: "range" }), h("i", { class: "mid" }), h("i", { class: "dot" }));
  const [range, mid, dot] = made.children;
  if (answer.lower !== null && answer.upper !== null) {
    range.style.left = share(answer.lower);
    range.style.width = `calc(${share(answer.upper)} - ${share(answer.lower)})`;
  } else range.remove();
  if (task.base !== null && task.base !== undefined) mid.style.left = share(task.base);
  else mid.remove();
  dot.style.left = share(answer.value);
  return made;
}

// Asks again with one thing different, and draws what becomes of each task.
async function change(row, told, own) {
  const end = answerTime(told) ?? facts.store_end, sweeps = [];
  if (grain.price) {
    const now = Number(row[grain.price]) || Number((await priceOf(row)) ?? 20);
    sweeps.push({ name: words(grain.price), column: grain.price, now, values: [0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.35, 1.5, 1.75, 2].map((factor) => (factor === 1 ? now : Number((now * factor).toPrecision(3)))) });
  }
  if (grain.scene) {
    const values = facts.scenes.slice(0, 12);
    if (values.length > 1) sweeps.push({ name: words(grain.scene), column: grain.scene, now: row[grain.scene], values, isName: true });
  }
  if (grain.has_time && end) {
    const day = end.slice(0, 10);
    if (grain.each === "row") {
      sweeps.push({ name: "hour of the day (UTC)", column: "at", now: Number(end.slice(11, 13)), values: Array.from({ length: 24 }, (_, hour) => hour), ask: (hour) => `${day}T${String(hour).padStart(2, "0")}:30:00`, axis: { values: [0, 6, 12, 18, 23] } });
    } else {
      const at = new Date(`${end}Z`).getTime(), week = 7 * 86400000;
      sweeps.push({ name: "weeks ago", column: "at", now: 0, values: Array.from({ length: 13 }, (_, back) => -back), ask: (back) => new Date(at + back * week).toISOString().slice(0, 19) });
    }
  }
  const asks = sweeps.flatMap((one) => one.values.map((value) => ({ ...row, [one.column]: one.ask ? one.ask(value) : value })));
  if (!asks.length || own !== asking) return;
  const answers = (await ask("/v1/predict", { asks, tasks: grain.tasks })).answers;
  if (own !== asking) return;
  $("changes").hidden = !answers.some((answer) => answer.value !== null && answer.choice === null);
  $("sweeps").replaceChildren(); let from = 0;
  for (const one of $("changes").hidden ? [] : sweeps) {
    const mine = answers.filter((answer) => answer.ask >= from && answer.ask < from + one.values.length);
    const start = from;
    from += one.values.length;
    const box = h("div", { class: "many" });
    $("sweeps").append(h("h3", {}, `By ${one.name}`), box);
    for (const task of grain.tasks) {
      const points = mine.filter((answer) => answer.task === task && answer.value !== null && answer.choice === null)
        .map((answer) => ({ x: one.values[answer.ask - start], y: answer.value, low: answer.lower, high: answer.upper }));
      if (!points.length) continue;
      const place = h("div", { class: "chart" });
      box.append(h("figure", {}, h("h4", {}, words(task)), place));
      await sweep(place, one, task, points);
    }
  }
}

const answerTime = (told) => told.answers.find((answer) => answer.cutoff)?.cutoff ?? null;

async function priceOf(row) {
  if (grain.each !== "entity") return null;
  const told = await ask(`/v1/entities/${encodeURIComponent(grain.about)}/${encodeURIComponent(row[grain.key])}`).catch(() => null);
  return told?.row[grain.price] ?? null;
}

async function sweep(place, one, task, points) {
  const isPart = facts.tasks[task].is_probability;
  const x = { field: "x", type: one.isName ? "nominal" : "quantitative", title: null, sort: null, axis: { grid: false, labelAngle: 0, tickCount: 5, ...one.axis }, scale: one.isName ? undefined : { zero: false, nice: false } };
  const y = { field: "y", type: "quantitative", title: null, scale: { zero: true }, axis: { tickCount: 4, domain: false, ticks: false, format: isPart ? "~%" : "~s" } };
  const here = points.filter((point) => point.x === one.now);
  const hasRange = points.every((point) => point.low !== null && point.high !== null);
  const range = { x, y: { ...y, field: "low" }, y2: { field: "high" } };
  const layer = one.isName
    ? [{ mark: { type: "rule", color: COLOURS.first, strokeWidth: 3, opacity: 0.5, strokeCap: "round" }, encoding: range },
       { mark: { type: "point", color: COLOURS.first, fill: COLOURS.first, size: 50, opacity: 1 }, encoding: { x, y } }]
    : [{ mark: { type: "area", color: COLOURS.first, opacity: 0.18 }, encoding: range },
       { mark: { type: "line", color: COLOURS.first, strokeWidth: 2 }, encoding: { x, y } }];
  if (!hasRange) layer.shift();
  if (here.length) layer.push({ data: { values: here }, mark: { type: "point", color: COLOURS.second, size: 110, strokeWidth: 2.5, opacity: 1 }, encoding: { x, y } });
  const told = points.map((point) => `${point.x}: ${said(point.y, isPart)}`).join(", ");
  const wide = Math.max(180, Math.min(330, place.parentElement.clientWidth - 55));
  await draw(place, { data: { values: points }, width: wide, height: 120, layer }, `${words(task)} by ${one.name}: ${told}.`);
}

// Shows what is known of whom the ask names, and what to show to them.
async function look(row, own) {
  const [name, key] = grain.each === "entity" ? [grain.about, row[grain.key]] : linked(row);
  $("seen").hidden = $("picks").hidden = true;
  if (key === undefined) return;
  const told = await ask(`/v1/entities/${encodeURIComponent(name)}/${encodeURIComponent(key)}`).catch(() => null);
  if (own !== asking || !told) return;
  $("seen").hidden = false;
  const tables = Object.entries(told.events).filter(([, rows]) => rows.length);
  const facts_ = Object.entries(told.row);
  $("events").replaceChildren(
    ...(facts_.length ? [h("h3", {}, `${title(name)}: ${key}`), h("dl", {}, facts_.flatMap(([column, value]) => [h("dt", {}, age(column)), h("dd", {}, column.endsWith(".age") ? `${number(value)} days ago` : cell(value))]))] : []),
    ...(tables.length ? tables.map(([table, rows], at) => latest(table, rows, at === tables.length - 1)) : [h("p", { class: "note" }, told.known ? "No events yet." : `Nobody has seen this one of ${words(name)} yet.`)]),
  );
  const fitting = facts.recommends[name];
  if (fitting && (grain.each === "entity" || fitting.table === grain.about)) await recommend(name, key, own);
}

const age = (column) => words(column.replace(/\.age$/, ""));

function linked(row) {
  const columns = Object.keys(grain.links).filter((column) => column in row);
  const column = columns.find((one) => grain.links[one] in facts.recommends) ?? columns[0];
  return column ? [grain.links[column], row[column]] : [null, undefined];
}

function latest(table, rows, isOpen) {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter((name) => name !== "at").slice(0, 7);
  const line = (row) => h("tr", {}, h("th", { scope: "row" }, moment(row.at)), columns.map((name) => h("td", { "data-name": words(name) }, row[name] === undefined ? "" : cell(row[name]))));
  return h("details", { class: "latest", open: isOpen },
    h("summary", {}, `${title(table)}: the last ${rows.length}`),
    h("div", { class: "scrolls", tabindex: "0", role: "region", "aria-label": `The last ${table}` }, h("table", {},
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "when"), columns.map((name) => h("th", { scope: "col" }, words(name))))),
      h("tbody", {}, rows.slice(0, 8).map(line)))));
}

const cell = (value) => (value === true ? "yes" : value === false ? "no" : typeof value === "number" ? number(value) : String(value));

async function recommend(name, key, own) {
  chosen = [name, key, own];
  const about = facts.recommends[name], wish = { [about.column]: key, k: 6, diversity: 0.2 };
  if (about.has_scene) scenes();
  if (about.has_scene && $("scene").value) wish.scene = $("scene").value;
  const told = await ask("/v1/recommend", wish).catch((error) => {
    if (error.status !== 422) throw error;
    return null;
  });
  if (own !== asking || !told) return;
  $("picks").hidden = false;
  $("picks-title").textContent = `${title(about.items)} that fit best`;
  $("items").replaceChildren(...told.items.map((one) => h("li", { class: "item" },
    h("b", {}, one.columns.title ?? one.columns.name ?? one.item),
    h("p", { class: "note" }, sayColumns(one, told.column)),
    h("div", { class: "line" }, h("span", { class: "score" }, percent(one.score)),
      h("span", { class: "note" }, Object.entries(one.values).map(([task, value]) => `${words(task)} ${said(value, facts.tasks[task]?.is_probability ?? true)}`).join(", "))),
    one.reasons.length ? h("ul", { class: "reasons" }, one.reasons.map((reason) => h("li", {}, reason))) : null)));
  const what = told.ranked_by.map(words).join(" and then ");
  $("picked-by").textContent = told.items.length
    ? `The best of ${number(told.candidates)} by how probable ${what} ${told.ranked_by.length > 1 ? "are" : "is"}, kept a little unlike each other.${told.cold.includes(name) ? " Nothing is known of this one, so these are what most strangers like." : ""}`
    : "Nothing is left to show.";
}

function sayColumns(one, column) {
  const hidden = new Set([column, "title", "name"]);
  return Object.entries(one.columns)
    .filter(([name, value]) => value !== null && !hidden.has(name) && !name.endsWith("_id") && !name.endsWith("_at"))
    .slice(0, 4).map(([name, value]) => sayColumn(name, value)).join(" · ");
}

function sayColumn(name, value) {
  if (typeof value !== "string") return `${words(name)} ${typeof value === "number" ? number(value) : cell(value)}`;
  return /^\d{4}-\d\d-\d\d(T|$)/.test(value) ? `${words(name)} ${value.slice(0, 10)}` : cell(value);
}

function scenes() {
  const place = $("scene");
  if (place.options.length || !facts.scenes.length) return;
  place.replaceChildren(h("option", { value: "" }, "anywhere"), ...facts.scenes.map((name) => h("option", { value: name }, words(name))));
  $("scene-line").hidden = false;
}
