// What all pages share: asking the service with the key of this tab, telling what went wrong, drawing.

const HELD = "banian-key";

export class Refused extends Error {
  constructor(status, told) {
    super(told.problem ?? `The service answers ${status}.`);
    this.status = status;
    this.remedy = told.remedy ?? "";
  }
}

export async function ask(path, body) {
  const key = sessionStorage.getItem(HELD);
  const headers = key ? { Authorization: `Bearer ${key}` } : {};
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(path, {
      method: body === undefined ? "GET" : "POST",
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new Refused(0, { problem: "The service does not answer.", remedy: "Is it running? Try again in a moment." });
  }
  if (!response.ok) {
    const told = await response.json().catch(() => ({}));
    throw new Refused(response.status, told);
  }
  const type = response.headers.get("content-type") ?? "";
  return type.includes("json") ? response.json() : response.text();
}

// Runs what a page does; asks for a key where the service wants one, and tells kindly of anything else.
export async function open(work) {
  const form = document.getElementById("key"), held = sessionStorage.getItem(HELD);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    sessionStorage.setItem(HELD, form.elements.secret.value.trim());
    location.reload();
  });
  try {
    await work();
  } catch (error) {
    if (error.status === 401) {
      form.hidden = false;
      document.getElementById("main").hidden = true;
      if (held) {
        sessionStorage.removeItem(HELD);
        document.getElementById("key-why").textContent = "That key does not open it. Type another, or ask who runs it.";
      }
      form.elements.secret.focus();
      return;
    }
    for (const part of document.querySelectorAll(".waits")) part.remove();
    tell(error);
  }
}

export function tell(error) {
  const place = document.getElementById("trouble");
  place.hidden = !error;
  if (!error) return;
  const kind = { 403: "This key is not for that.", 429: "Too much is asked at the moment.", 504: "That took too long." };
  const begin = kind[error.status] ? `${kind[error.status]} ` : "";
  place.textContent = `${begin}${error.message} ${error.remedy ?? ""}`;
  if (!(error instanceof Refused)) throw error;
}

export async function shop() {
  const told = await ask("/studio/shop");
  document.getElementById("shop").textContent = told.shop;
  if (told.store_end) document.getElementById("end").textContent = `knows of all until ${moment(told.store_end)}`;
  return told;
}

export async function fill(path) {
  const text = await ask(path);
  const part = document.getElementById("part");
  part.innerHTML = text; // written by the service, names escaped
  part.removeAttribute("aria-busy");
}

export function h(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === undefined || value === null) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

export const moment = (text) => text.slice(0, 16).replace("T", " ");
export const words = (name) => name.replaceAll("_", " ");
export const title = (name) => words(name).replace(/^./, (letter) => letter.toUpperCase());

export function number(value) {
  if (value === null || value === undefined) return "–";
  if (typeof value !== "number") return String(value);
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString("en");
  return String(Number(value.toPrecision(Math.abs(value) >= 100 ? 4 : 3)));
}

export function percent(value) {
  if (value === null || value === undefined) return "–";
  const share = 100 * value;
  if (share > 0 && share < 0.1) return "below 0.1 %";
  return `${share >= 10 ? share.toFixed(0) : share.toFixed(1)} %`;
}

export const said = (value, isProbability) => (isProbability ? percent(value) : number(value));

const INK = "var(--ink)", MUTED = "var(--muted)", RULE = "var(--rule)";
const STYLE = {
  background: "transparent",
  font: "inherit",
  axis: {
    domainColor: RULE, gridColor: RULE, tickColor: RULE, labelColor: MUTED, titleColor: MUTED,
    labelFontSize: 11, titleFontSize: 11, titleFontWeight: "normal",
  },
  view: { stroke: null },
};
let library;

function loaded() {
  library ??= new Promise((resolve, reject) => {
    document.head.append(h("script", { src: "/studio/vega.js", type: "module", onload: resolve, onerror: reject }));
  });
  return library;
}

// Draws a Vega-Lite chart, without a program made of text, in the colours of the page.
export async function draw(place, spec, alt) {
  await loaded();
  const options = { ast: true, actions: false, renderer: "svg", defaultStyle: false, tooltip: false };
  const whole = { $schema: "https://vega.github.io/schema/vega-lite/v6.json", config: STYLE, ...spec };
  const made = await window.vegaEmbed(place, whole, options);
  place.setAttribute("role", "img");
  place.setAttribute("aria-label", alt);
  return made;
}

export const COLOURS = { ink: INK, muted: MUTED, rule: RULE, first: "var(--first)", second: "var(--second)", paper: "var(--paper)" };
