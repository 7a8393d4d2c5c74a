"use strict";
const $ = (id) => document.getElementById(id);
const stored = (id) => JSON.parse($(id).textContent);
const texts = stored("texts");
let language = (navigator.language || "en").startsWith("zh") ? "zh" : "en";
let files = []; // {name, data}
let shown = []; // of Blob addresses, to be given back

const worker = new Worker(URL.createObjectURL(new Blob([stored("worker")], { type: "text/javascript" })));
const waiting = {};
worker.onerror = (event) => { say(text("broken") + " " + (event.message || "")); };
worker.onmessage = (event) => {
  const { call, value, error } = event.data;
  if (call === "progress") { $("progress").max = value[1]; $("progress").value = value[0]; return; }
  if (call === "ended") { // nothing that waits is answered any more
    for (const all of Object.values(waiting)) for (const one of all.splice(0)) one.reject("");
    say(text("broken"));
    return;
  }
  const done = waiting[call].shift();
  if (error === undefined) done.resolve(value); else done.reject(error);
};
const ask = (call, args, transfer) => new Promise((resolve, reject) => {
  (waiting[call] = waiting[call] || []).push({ resolve, reject });
  worker.postMessage({ call, args }, transfer || []);
});
const bytesOf = (base64) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
const program = bytesOf($("wasm").textContent);
const loaded = ask("load", [program, bytesOf($("catalog").textContent)], [program.buffer]);
loaded.catch((error) => say(text("broken") + " " + error));

function text(name) { return texts[language][name]; }
function say(words) { $("state").textContent = words; }
function element(parent, tag, words, kind) {
  const e = parent.appendChild(document.createElement(tag));
  if (words) e.textContent = words;
  if (kind) e.className = kind;
  return e;
}

function translate() {
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  $("language").value = language;
  document.title = text("title");
  for (const e of document.querySelectorAll("[data-text]")) e.textContent = text(e.dataset.text);
}

let turn = 0;
async function verify() {
  const mine = ++turn;
  $("given").textContent = files.length === 0 ? "" : text("given") + " " +
    (files.length > 12 ? files.slice(0, 12).map((f) => f.name).join(", ") + ", ... (" + files.length + ")" : files.map((f) => f.name).join(", "));
  if (files.length === 0) return;
  say(text("working"));
  $("progress").hidden = false;
  $("progress").removeAttribute("value");
  try {
    await loaded;
    const answers = await ask("check", [files, language]);
    if (mine === turn) show(answers);
  } catch (error) {
    say(text("broken") + " " + error);
  }
  if (mine === turn) $("progress").hidden = true;
}

const verdicts = { 0: ["good", "good", "✓"], 3: ["limited", "limited", "!"], 5: ["bad", "bad", "✗"] };
function show(answers) {
  say("");
  for (const address of shown) URL.revokeObjectURL(address);
  shown = [];
  $("answers").replaceChildren();
  for (const a of answers) {
    const [kind, word, shape] = verdicts[a.status] || ["bad", "unclear", "?"];
    const box = element($("answers"), "article", "", "answer " + kind);
    if (a.name) element(box, "h2", a.name);
    element(box, "p", shape + " " + text(word), "verdict").dataset.status = a.status;
    if (a.why) element(box, "p", a.why, "why");
    if (a.lines.length > 0) element(box, "pre", a.lines.join("\n"));
    if (!a.page) continue;
    element(box, "p", text("genuine"));
    const save = element(element(box, "p"), "a", text("save"));
    shown.push(save.href = URL.createObjectURL(new Blob([a.page], { type: "text/html" })));
    save.download = a.name.split("/").pop().replace(/\.cert$/, "") + ".html";
    const frame = document.createElement("iframe");
    frame.setAttribute("sandbox", "");
    frame.title = a.name;
    frame.onload = () => { frame.dataset.loaded = "yes"; };
    frame.srcdoc = a.page;
    box.appendChild(frame); // with its text, so that no empty page is loaded before
  }
  $("paper").hidden = !answers.some((a) => a.code);
  compare();
  document.body.dataset.done = turn;
}

async function compare() {
  const scanned = $("scanned").value.trim();
  $("same").textContent = "";
  if (!scanned) return;
  const { same, says } = await ask("compare", [scanned, language]);
  $("same").textContent = (same ? "✓ " : "✗ ") + says;
  $("same").className = same ? "good" : "bad";
}

async function add(list) { // of [name, File]
  for (const [name, file] of list) {
    const data = new Uint8Array(await file.arrayBuffer());
    files = files.filter((f) => f.name !== name).concat({ name, data });
  }
  await verify();
}

// entriesOf reads what was dropped, with everything below a directory.
async function entriesOf(entry, found) {
  if (entry.isFile) {
    found.push([entry.fullPath.replace(/^\//, ""), await new Promise((ok, no) => entry.file(ok, no))]);
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    const some = await new Promise((ok, no) => reader.readEntries(ok, no));
    if (some.length === 0) return;
    for (const e of some) await entriesOf(e, found);
  }
}

async function decode(source) {
  const codes = await new BarcodeDetector({ formats: ["qr_code"] }).detect(source);
  if (codes.length === 0) return false;
  $("scanned").value = codes[0].rawValue;
  await compare();
  return true;
}

async function readCamera() {
  const video = $("video");
  try {
    video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  } catch (error) {
    $("same").textContent = text("nocamera");
    return;
  }
  video.hidden = false;
  await video.play();
  while (!video.hidden && !(await decode(video))) await new Promise(requestAnimationFrame);
  for (const track of video.srcObject.getTracks()) track.stop();
  video.hidden = true;
}

$("language").onchange = () => { language = $("language").value; translate(); verify(); };
for (const id of ["files", "folder"]) {
  $(id).onchange = () => add([...$(id).files].map((f) => [f.webkitRelativePath || f.name, f])).then(() => { $(id).value = ""; });
}
$("clear").onclick = () => { turn++; files = []; $("scanned").value = ""; $("progress").hidden = true; show([]); $("given").textContent = ""; };
$("sample").onclick = () => { files = Object.entries(stored("samples")).map(([name, data]) => ({ name, data: bytesOf(data) })); verify(); };
$("scanned").oninput = compare;
if ("BarcodeDetector" in window) {
  $("reader").hidden = false;
  $("photo").onchange = async () => {
    if (!(await decode(await createImageBitmap($("photo").files[0])))) $("same").textContent = text("nocode");
  };
  $("camera").onclick = readCamera;
}
document.addEventListener("dragover", (event) => { event.preventDefault(); $("drop").className = "over"; });
document.addEventListener("dragleave", () => { $("drop").className = ""; });
document.addEventListener("drop", async (event) => {
  event.preventDefault();
  $("drop").className = "";
  const found = [], entries = [...event.dataTransfer.items].map((i) => i.webkitGetAsEntry()).filter((e) => e);
  for (const e of entries) await entriesOf(e, found);
  await add(found);
});
translate();
if (location.hash === "#sample") $("sample").onclick();
