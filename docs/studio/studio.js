// The studio: pictures from noise in the browser, by ONNX Runtime Web on WebAssembly, one thread. Noise and picture are
// always those of the same numbers: the page asks for one drawing after the other, and shows the newest.

import { between, combined, latent, truncated } from "./noise.js";
import * as ort from "./ort/ort.wasm.min.mjs";

ort.env.wasm.numThreads = 1;
ort.env.wasm.wasmPaths = new URL("ort/", import.meta.url).href;

const PICTURES = 16; // noises of a seed that can be named
const DIRECTIONS = 6;
const form = document.querySelector(".studio-form");
const element = (name) => document.getElementById(`studio-${name}`);
const models = await (await fetch(new URL("models.json", import.meta.url))).json();
const loaded = new Map(); // key -> a promise of its session
let session = null;
let shown = []; // {name, noise, image, figure} of each picture that stands there

// Settings: the form's fields, kept in the address, so that a link brings the picture back.

for (const [key, model] of Object.entries(models)) {
  element("model").add(new Option(`${key} (${model.report ? `report ${model.report}` : "since then"})`, key));
}
for (let i = 1; i <= DIRECTIONS; i++) {
  const field = document.createElement("p");
  field.className = "studio-field";
  field.innerHTML = `<label for="studio-d${i}">Direction ${i}: <output for="studio-d${i}"></output></label>
    <input id="studio-d${i}" name="d${i}" type="range" min="-6" max="6" step="0.1" value="0">`;
  document.querySelector('[data-way="directions"]').append(field);
}
const defaults = Object.fromEntries(new FormData(form));

function readAddress() {
  const asked = new URLSearchParams(location.hash.slice(1));
  for (const [name, usual] of Object.entries(defaults)) {
    const wanted = asked.get(name) ?? usual;
    const field = form.elements[name];
    const before = field.value;
    field.value = wanted;
    const fits = field instanceof RadioNodeList ? field.value === wanted : field.checkValidity() && field.value !== "";
    if (!fits) field.value = asked.has(name) ? usual : before;
  }
}

function settings() {
  const found = Object.fromEntries(new FormData(form));
  for (const name of Object.keys(found)) if (!["model", "way"].includes(name)) found[name] = Number(found[name]);
  return found;
}

function writeAddress(now) {
  const changed = Object.entries(now).filter(([name, value]) => String(value) !== defaults[name]);
  history.replaceState(null, "", `#${new URLSearchParams(changed)}`);
}

// The generator, fetched when it is chosen; a bar shows how much is there.

async function load(key) {
  const bar = element("progress");
  bar.hidden = false;
  bar.value = 0;
  element("words").textContent = `Loading ${key}, ${(models[key].bytes / 1e6).toFixed(1)} MB …`;
  const answer = await fetch(new URL(`models/${models[key].file}`, import.meta.url));
  if (!answer.ok) throw new Error(`${key} could not be fetched: ${answer.status}`);
  const content = new Uint8Array(models[key].bytes);
  let there = 0;
  for (const reader = answer.body.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) break;
    content.set(value, there);
    bar.value = (there += value.length) / content.length;
  }
  const made = await ort.InferenceSession.create(content, { executionProviders: ["wasm"] });
  bar.hidden = true;
  return made;
}

function sessionOf(key) {
  if (!loaded.has(key)) loaded.set(key, load(key).catch((error) => (loaded.delete(key), Promise.reject(error))));
  return loaded.get(key);
}

// What the settings ask for: noises, each with a title.

function wanted(now) {
  const { dim, directions } = models[now.model];
  const all = truncated(latent(PICTURES, dim, now.seed), now.cut, now.scale);
  const one = (number) => all.slice((number - 1) * dim, number * dim);
  const named = (...numbers) => numbers.map((number) => [one(number), `noise ${number}`]);
  if (now.way === "sample") return named(...Array.from({ length: now.count }, (_, i) => i + 1));
  if (now.way === "walk") {
    const [[from], [to]] = named(now.from, now.to);
    return [...named(now.from), [between(from, to, now.t), `${Math.round(100 * now.t)} % of the way`], ...named(now.to)];
  }
  if (now.way === "sum") {
    const numbers = [now.plus, now.minus, now.and];
    const title = `${now.plus} − ${now.minus} + ${now.and}`;
    return [...named(...numbers), [combined(...numbers.map(one)), title]];
  }
  if (!directions.length) throw new Error(`${now.model} has no first layer whose directions one could follow. Take another way.`);
  const moved = one(now.start);
  directions.slice(0, DIRECTIONS).forEach((direction, i) => {
    direction.forEach((x, k) => (moved[k] += now[`d${i + 1}`] * x));
  });
  return [...named(now.start), [moved, "moved"]];
}

// Drawing: purple for negative numbers of the noise, orange for positive ones, white for 0.

const PUOR = [[45, 0, 75], [84, 39, 136], [128, 115, 172], [178, 171, 210], [216, 218, 235], [247, 247, 247],
  [254, 224, 182], [253, 184, 99], [224, 130, 20], [179, 88, 6], [127, 59, 8]]; // -3 to 3
function colour(x) {
  const place = ((Math.max(-3, Math.min(3, x)) + 3) / 6) * (PUOR.length - 1);
  const k = Math.min(Math.floor(place), PUOR.length - 2);
  return PUOR[k].map((one, c) => Math.round(one + (place - k) * (PUOR[k + 1][c] - one)));
}

function columnsOf(count) {
  let rows = Math.floor(Math.sqrt(count));
  while (count % rows) rows--;
  return rows * rows * 4 < count ? Math.ceil(Math.sqrt(count)) : count / rows;
}

function painted(width, height, colours, scale, label) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  Object.assign(canvas.style, { width: `${width * scale}px`, height: `${height * scale}px` });
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", label);
  const pixels = canvas.getContext("2d").createImageData(width, height);
  for (let i = 0; i < width * height; i++) pixels.data.set([...colours(i), 255], 4 * i);
  canvas.getContext("2d").putImageData(pixels, 0, 0);
  return canvas;
}

function show(noises, images, key) {
  const [height, width, channels] = models[key].shape;
  const level = (value) => Math.max(0, Math.min(255, Math.round((value + 1) * 127.5)));
  const columns = columnsOf(models[key].dim);
  const zoom = noises.length > 4 ? Math.max(1, Math.floor(96 / width)) : Math.max(1, Math.floor(128 / width));
  const there = new Map(shown.map((one) => [one.name, one])); // what stands there already is not painted again
  shown = noises.map(([noise, title], n) => {
    const name = `${key} ${zoom} ${title} ${noise}`;
    if (there.has(name)) return there.get(name);
    const value = (i, c) => level(images[n][i * channels + (channels === 3 ? c : 0)]);
    const label = `${models[key].dim} random numbers as coloured squares`;
    const squares = painted(columns, Math.ceil(noise.length / columns),
      (i) => (i < noise.length ? colour(noise[i]) : [225, 225, 225]), noise.length > 200 ? 2 : 4, `${title}: ${label}`);
    squares.className = "studio-noise";
    const image = painted(width, height, (i) => [value(i, 0), value(i, 1), value(i, 2)], zoom,
      `Picture of ${title}, made by ${key}`);
    const figure = document.createElement("figure");
    figure.append(squares, image, Object.assign(document.createElement("figcaption"), { textContent: title }));
    return { name, noise: squares, image, figure };
  });
  element("pictures").replaceChildren(...shown.map(({ figure }) => figure));
}

// The pictures of noises, of which those are computed that were not drawn just before: a walk's ends stand still.

let last = new Map();
async function pictures(key, dim, noises) {
  const names = noises.map((noise) => `${key} ${noise}`);
  const fresh = [...new Set(names)].filter((name) => !last.has(name));
  if (fresh.length) {
    const input = new Float32Array(fresh.length * dim);
    fresh.forEach((name, n) => input.set(noises[names.indexOf(name)], n * dim));
    const { images } = await session.run({ latent: new ort.Tensor("float32", input, [fresh.length, dim]) });
    const size = images.data.length / fresh.length;
    fresh.forEach((name, n) => last.set(name, images.data.subarray(n * size, (n + 1) * size)));
  }
  last = new Map(names.map((name) => [name, last.get(name)]));
  return names.map((name) => last.get(name));
}

// One drawing at a time; what is asked for meanwhile is drawn next, the newest only.

let due = false;
let busy = false;
async function refresh() {
  due = true;
  if (busy) return;
  busy = true;
  while (due) {
    due = false;
    try {
      if (!form.checkValidity()) throw new Error([...form.elements].find((each) => !each.checkValidity()).validationMessage);
      const now = settings();
      writeAddress(now);
      describe(now);
      session = await sessionOf(now.model);
      const noises = wanted(now);
      const { dim } = models[now.model];
      show(noises, await pictures(now.model, dim, noises.map(([noise]) => noise)), now.model);
      element("words").textContent = `${noises.length} ${noises.length > 1 ? "pictures" : "picture"} by ${now.model}, seed ${now.seed}`;
      element("alarm").hidden = true;
    } catch (error) {
      element("alarm").textContent = `That cannot be drawn. ${error.message}`;
      element("alarm").hidden = false;
      element("progress").hidden = true;
    }
    await new Promise(requestAnimationFrame); // let the browser paint, and take the newest settings
  }
  busy = false;
}

function describe(now) {
  const model = models[now.model];
  element("about").textContent = `${model.summary} It has seen ${model.images_seen.toLocaleString("en")} pictures of ` +
    `${model.trained_on}${model.is_stand_in ? ", drawn by the labs in place of the real set" : ""}.`;
  for (const part of document.querySelectorAll(".studio-way")) part.hidden = part.dataset.way !== now.way;
  for (const output of form.querySelectorAll("output")) {
    const { name, value } = document.getElementById(output.htmlFor.value);
    output.textContent = name === "cut" && value === "0" ? "not cut" : value;
  }
}

function saved() {
  const sheet = document.createElement("canvas");
  const [scale, gap] = [4, 8];
  sheet.width = shown.reduce((sum, { image }) => sum + image.width * scale + gap, -gap);
  sheet.height = shown[0].image.height * scale + shown[0].noise.height * 4 + 4;
  const context = sheet.getContext("2d");
  context.imageSmoothingEnabled = false;
  let x = 0;
  for (const { image, noise } of shown) {
    context.drawImage(noise, x, 0, noise.width * 4, noise.height * 4);
    context.drawImage(image, x, shown[0].noise.height * 4 + 4, image.width * scale, image.height * scale);
    x += image.width * scale + gap;
  }
  const { model, seed } = settings();
  Object.assign(document.createElement("a"), { href: sheet.toDataURL(), download: `${model}-seed${seed}.png` }).click();
}

form.addEventListener("input", refresh);
form.addEventListener("submit", (event) => event.preventDefault());
window.addEventListener("hashchange", () => (readAddress(), refresh()));
element("other").addEventListener("click", () => {
  form.elements.seed.value = Math.floor(Math.random() * 2 ** 31);
  refresh();
});
element("save").addEventListener("click", saved);
element("share").addEventListener("click", async () => {
  await navigator.clipboard?.writeText(location.href).catch(() => null);
  element("words").textContent = "The link stands in the address line, and is copied where the browser allows it.";
});
readAddress();
refresh();
