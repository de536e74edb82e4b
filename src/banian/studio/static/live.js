import { ask, COLOURS, draw, h, number, open, percent, said, shop, tell, words } from "/studio/studio.js";

const EVERY = 2000, KEPT = 150;
const history = [];
let facts, before;

open(async () => {
  facts = await shop();
  await look();
  setInterval(() => look().then(() => tell(null), tell), EVERY);
});

async function look() {
  if (document.hidden && history.length) return;
  const now = read(await ask("/metrics"));
  const at = performance.now() / 1000;
  if (before) {
    const seconds = at - before.at;
    history.push({
      ago: at,
      asked: (now.requests - before.now.requests) / seconds,
      middle: quantile(minus(now.latency, before.now.latency), 0.5),
      slow: quantile(minus(now.latency, before.now.latency), 0.99),
    });
    if (history.length > KEPT) history.shift();
  }
  before = { at, now };
  tiles(now);
  await charts(at);
  await drift(now);
}

// Adds up what Prometheus would read.
function read(text) {
  const found = { requests: 0, failed: 0, latency: {}, queue: 0, age: null, answers: {}, cold: {}, values: {} };
  for (const line of text.split("\n")) {
    const match = /^(\w+)(?:\{(.*)\})? (\S+)/.exec(line);
    if (!match) continue;
    const [, name, labelled, value] = match;
    const labels = Object.fromEntries([...(labelled ?? "").matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map((one) => [one[1], one[2]]));
    const count = Number(value);
    const isAsked = labels.route === "/v1/predict" || labels.route === "/v1/recommend";
    if (name === "banian_requests_total" && isAsked) {
      found.requests += count;
      if (!labels.status.startsWith("2")) found.failed += count;
    } else if (name === "banian_request_seconds_bucket" && isAsked) {
      found.latency[labels.le] = (found.latency[labels.le] ?? 0) + count;
    } else if (name === "banian_queue_depth") found.queue = count;
    else if (name === "banian_feature_age_seconds") found.age = count;
    else if (name === "banian_answers_total") found.answers[labels.task] = count;
    else if (name === "banian_cold_answers_total") found.cold[labels.task] = count;
    else if (name === "banian_prediction_bucket_total") (found.values[labels.task] ??= {})[labels.le] = count;
  }
  return found;
}

const minus = (now, old) => Object.fromEntries(Object.entries(now).map(([le, count]) => [le, count - (old[le] ?? 0)]));

// The value below which a share of what was counted lies, as histogram_quantile has it.
function quantile(buckets, share) {
  const ends = Object.entries(buckets).map(([le, count]) => [le === "+Inf" ? Infinity : Number(le), count]);
  ends.sort((one, other) => one[0] - other[0]);
  const all = ends.length ? ends[ends.length - 1][1] : 0;
  if (!all) return null;
  let from = 0, under = 0;
  for (const [end, count] of ends) {
    if (count >= share * all) {
      return end === Infinity ? from : from + (end - from) * ((share * all - under) / (count - under));
    }
    [from, under] = [end, count];
  }
  return null;
}

function tiles(now) {
  const last = history[history.length - 1];
  const all = Object.values(now.answers).reduce((sum, one) => sum + one, 0);
  const cold = Object.values(now.cold).reduce((sum, one) => sum + one, 0);
  const told = [
    ["requests a second", last ? number(last.asked) : "…"],
    ["half are answered within", last?.middle ? `${number(1000 * last.middle)} ms` : "–"],
    ["99 of 100 within", last?.slow ? `${number(1000 * last.slow)} ms` : "–"],
    ["waiting", number(now.queue)],
    ["not answered so far", now.requests ? `${number(now.failed)} of ${number(now.requests)}` : "0"],
    ["about strangers", all ? percent(cold / all) : "–"],
    ["newest event", now.age === null ? "–" : age(now.age)],
  ];
  document.getElementById("tiles").replaceChildren(
    ...told.map(([name, value]) => h("div", { class: "tile" }, h("b", {}, value), h("span", {}, name))),
  );
}

function age(seconds) {
  if (seconds < 5400) return `${number(Math.round(seconds / 60))} min ago`;
  return seconds < 172800 ? `${number(Math.round(seconds / 3600))} h ago` : `${number(Math.round(seconds / 86400))} days ago`;
}

async function charts(at) {
  const place = document.getElementById("charts");
  if (!history.some((one) => one.asked)) {
    place.replaceChildren(h("p", { class: "note" }, "Nothing has been asked since this page was opened."));
    return;
  }
  const rows = history.map((one) => ({
    ago: (one.ago - at) / 60,
    asked: one.asked,
    half: one.middle === null ? null : 1000 * one.middle,
    most: one.slow === null ? null : 1000 * one.slow,
  }));
  const x = { field: "ago", type: "quantitative", title: "minutes", axis: { grid: false, tickCount: 5 }, scale: { domain: [Math.min(-1, rows[0].ago), 0], nice: false } };
  const line = (field, colour, dash) => ({
    mark: { type: "line", color: colour, strokeDash: dash, strokeWidth: 2, point: { color: colour, size: 12 } },
    encoding: { x, y: { field, type: "quantitative", title: null, scale: { domainMin: 0 }, axis: { tickCount: 4, domain: false, ticks: false } } },
  });
  const specs = [
    ["Requests a second", { layer: [line("asked", COLOURS.first, [1, 0])] }, "Requests a second over the last minutes."],
    ["Milliseconds: half within (line), 99 of 100 within (dashes)", {
      layer: [line("half", COLOURS.first, [1, 0]), line("most", COLOURS.second, [5, 3])],
    }, "Milliseconds until an answer over the last minutes."],
  ];
  if (place.querySelectorAll("figure").length !== specs.length) {
    place.replaceChildren(...specs.map(([name]) => h("figure", {}, h("h3", {}, name), h("div", { class: "chart" }))));
  }
  const slots = place.querySelectorAll(".chart");
  for (const [at, [, spec, alt]] of specs.entries()) {
    await draw(slots[at], { data: { values: rows }, width: Math.min(420, place.clientWidth - 60), height: 130, ...spec }, alt);
  }
}

async function drift(now) {
  const place = document.getElementById("drift");
  const rows = Object.entries(facts.tasks).map(([task, about]) => {
    const middle = quantile(now.values[task] ?? {}, 0.5);
    return { task, about, middle, tested: about.tested, count: now.answers[task] ?? 0 };
  });
  place.replaceChildren(...rows.map((row) => {
    const print = (value) => said(value, row.about.is_probability);
    const told = row.count ? `${print(row.middle)} now, of ${number(row.count)} answers` : "not asked since the service started";
    const usual = row.tested ? `${print(row.tested.middle)} in the tests` : "";
    return h("div", { class: "drift" },
      h("div", { class: "line" }, h("b", {}, words(row.task)), h("span", { class: "note" }, [told, usual].filter(Boolean).join("; "))),
      row.tested ? band(row) : h("p", { class: "note" }, "What was predicted in the tests was not kept."));
  }));
}

function band(row) {
  const { low, middle, high } = row.tested;
  const most = Math.max(high, row.middle ?? 0, middle) * 1.15 || 1;
  const share = (value) => `${Math.max(0, Math.min(100, (100 * value) / most))}%`;
  const made = h("div", { class: "band", role: "img", "aria-label": `Middle 80 of 100 in the tests: ${said(low, row.about.is_probability)} to ${said(high, row.about.is_probability)}.` },
    h("i", { class: "range" }), h("i", { class: "mid" }), row.middle === null ? null : h("i", { class: row.middle < low || row.middle > high ? "dot out" : "dot" }));
  const [range, mid, dot] = made.children;
  range.style.left = share(low);
  range.style.width = `calc(${share(high)} - ${share(low)})`;
  mid.style.left = share(middle);
  if (dot) dot.style.left = share(row.middle);
  return made;
}
