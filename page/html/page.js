// What the person sees and does. The work is done by worker.js, beside the page.
"use strict";

const part = (id) => document.getElementById(id);
const RECORD = "record.json";

/** What was given: `{ title, files }`, each file `{ name, file }`. One file alone is an archive. */
let bundle;

/** An element with a class and a text. Texts come from files of others: they are never markup. */
function element(kind, name, text) {
  const made = document.createElement(kind);
  if (name) made.className = name;
  if (text !== undefined) made.textContent = text;
  return made;
}

// Giving a bundle.

/** Every file below a dropped entry, with its path. */
async function filesBelow(entry, path = "") {
  if (entry.isFile) {
    const file = await new Promise((done, failed) => entry.file(done, failed));
    return [{ name: path + entry.name, file }];
  }
  const reader = entry.createReader();
  const some = () => new Promise((done, failed) => reader.readEntries(done, failed));
  const children = [];
  // A browser gives some at a time, until it gives none.
  for (let more = await some(); more.length > 0; more = await some()) children.push(...more);
  const below = await Promise.all(children.map((child) => filesBelow(child, `${path}${entry.name}/`)));
  return below.flat();
}

/** The files of the folder that has the record in it, named from there; nothing when there is no such folder. */
function unpacked(files) {
  const records = files.map(({ name }) => name).filter((name) => name === RECORD || name.endsWith(`/${RECORD}`));
  const record = records.sort((left, right) => left.length - right.length)[0];
  if (record === undefined) return undefined;
  const root = record.slice(0, -RECORD.length);
  return files.filter(({ name }) => name.startsWith(root)).map(({ name, file }) => ({ name: name.slice(root.length), file }));
}

function take(files) {
  if (files.length === 1 && files[0].name !== RECORD) {
    bundle = { title: files[0].name, files: [{ name: "bundle.zip", file: files[0].file }] };
  } else {
    const found = unpacked(files);
    bundle = found && { title: `${found.length} files of ${files[0].name.split("/")[0]}`, files: found };
  }
  part("chosen").textContent = bundle?.title ?? "";
  part("missing").textContent = bundle ? "" : "There is no record.json in it: this is no bundle.";
}

async function dropped(event) {
  event.preventDefault();
  part("give").classList.remove("over");
  if (part("give").hidden) return;
  const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry()).filter(Boolean);
  take((await Promise.all(entries.map((entry) => filesBelow(entry)))).flat());
  part("keys").focus();
}

function chosen({ target }) {
  if (target.files.length > 0) take([...target.files].map((file) => ({ name: file.webkitRelativePath || file.name, file })));
}

// Checking.

function submitted(event) {
  event.preventDefault();
  if (!bundle) {
    part("missing").textContent = "Choose a bundle first.";
    part("file").focus();
    return;
  }
  const keys = part("keys").value.split("\n").map((line) => line.trim()).filter(Boolean);
  if (keys.length === 0) {
    part("missing").textContent = "Give the key of the log: what is in the bundle cannot vouch for itself.";
    part("keys").focus();
    return;
  }
  part("missing").textContent = "";
  check(bundle.files, keys, part("since").files[0]);
}

function program() {
  const text = atob(part("program").textContent);
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function check(files, keys, since) {
  only("work");
  tell();
  const source = URL.createObjectURL(new Blob([part("worker").textContent], { type: "text/javascript" }));
  const worker = new Worker(source);
  const end = (show) => {
    worker.terminate();
    URL.revokeObjectURL(source);
    only("result");
    show();
    part("result").focus();
  };
  worker.onmessage = ({ data: { progress, answer, refused } }) => {
    if (progress) tell(progress);
    if (answer) end(() => show(answer));
    if (refused) end(() => showRefusal(refused));
  };
  worker.onerror = (event) => end(() => showRefusal(`the program could not be started: ${event.message}`));
  worker.postMessage({ packed: program(), files, keys, since });
}

function tell(progress) {
  const bar = part("progress");
  if (progress && progress.read < progress.of * 2) {
    part("step").textContent = `Reading: ${progress.read} of ${progress.of * 2}, evidence twice`;
    [bar.max, bar.value] = [progress.of * 2, progress.read];
  } else {
    part("step").textContent = progress ? "Making the report again…" : "Starting…";
    bar.removeAttribute("value");
  }
}

// Showing.

function only(shown) {
  for (const id of ["give", "work", "result"]) part(id).hidden = id !== shown;
}

/** Fills a list, and hides the part of the page that it stands in when there is nothing in it. */
function fill(id, items) {
  part(id).replaceChildren(...items);
  const around = part(id).closest(".part");
  if (around) around.hidden = items.length === 0;
}

function pair(label, value) {
  const group = element("div");
  const values = [value].flat().map((text) => element("dd", "", text));
  group.append(element("dt", "", label), ...values);
  return group;
}

function entry(what, message) {
  const item = element("li");
  item.append(element("span", "what", what));
  if (message) item.append(element("span", "", message));
  return item;
}

function showRefusal(reason) {
  part("result").className = "open";
  part("verdict").textContent = "Not checked";
  part("sentence").textContent = `There is no verdict: ${reason}.`;
  for (const id of ["problems", "about", "counts", "log", "notes", "strangers"]) fill(id, []);
}

function show({ holds, about, verdict }) {
  part("result").className = holds ? "holds" : "fails";
  part("verdict").textContent = holds ? "It holds" : "It does not hold";
  part("sentence").textContent = sentence(holds, verdict);
  part("problems-title").textContent = verdict.problems.length === 1 ? "One problem" : `${verdict.problems.length} problems`;
  fill("problems", verdict.problems.map(({ what, message }) => entry(what, message)));
  fill("about", aboutPairs(about, verdict.report_id));
  fill("counts", counts(verdict.checked).map(([label, number]) => pair(label, number.toLocaleString("en"))));
  fill("log", verdict.log ? logPairs(verdict.log) : []);
  fill("notes", [...verdict.notes, ...unwitnessed(verdict.log)].map((note) => entry(note)));
  fill("strangers", verdict.strangers.map((name) => entry(name)));
}

function sentence(holds, { checked, left_out: leftOut }) {
  if (!holds) return "Something in this bundle is not what it is said to be.";
  const made = checked.remade > 0 ? ` ${checked.remade} files came out of the evidence again, byte by byte.` : "";
  const left = leftOut > 0 ? ` ${leftOut} evidence documents were left out of it, and not checked therefore.` : "";
  return `Everything in it is what it is said to be.${made}${left}`;
}

function aboutPairs(about, reportId) {
  const told = about ? [pair("Tenant", about.tenant), pair("Framework", about.framework), pair("Period", about.period)] : [];
  return reportId ? [pair("Report", reportId), ...told] : told;
}

function counts(checked) {
  const named = [
    ["files", checked.files], ["evidence documents", checked.evidence], ["rows of evidence", checked.rows],
    ["rows of findings traced", checked.finding_rows], ["entries of the log", checked.entries],
    ["committed slots accounted for", checked.slots], ["gaps that the report names", checked.gaps],
    ["periods sealed", checked.periods], ["files made again", checked.remade],
  ];
  return named.filter(([, number]) => number > 0);
}

function logPairs(log) {
  const pairs = [pair("Root", log.root), pair("Log", log.origin), pair("Entries", log.size.toLocaleString("en"))];
  if (log.signed_by.length > 0) pairs.push(pair("Signed by", log.signed_by));
  if (log.cosigned_by.length > 0) pairs.push(pair("Cosigned by", log.cosigned_by.map(([witness, at]) => `${witness}, ${at}`)));
  if (log.since !== null) pairs.push(pair("Goes on from", `the checkpoint at ${log.since.toLocaleString("en")} entries`));
  return pairs;
}

/** Without anybody outside, the log's owner is believed. That is said as plainly as what holds. */
function unwitnessed(log) {
  if (!log || log.cosigned_by.length > 0) return [];
  const alone = "No witness outside has cosigned the log: its owner could have shown others another one.";
  return log.since === null ? [`${alone} Keep the checkpoint, log/checkpoint, and give it next time.`] : [alone];
}

function again() {
  bundle = undefined;
  for (const id of ["file", "folder"]) part(id).value = "";
  part("chosen").textContent = "";
  only("give");
  part("file").focus();
}

// The whole window takes a drop: one that misses would otherwise make the browser open the file.
addEventListener("dragover", (event) => { event.preventDefault(); part("give").classList.add("over"); });
addEventListener("dragleave", (event) => { if (!event.relatedTarget) part("give").classList.remove("over"); });
addEventListener("drop", dropped);
part("file").addEventListener("change", chosen);
part("folder").addEventListener("change", chosen);
part("give").addEventListener("submit", submitted);
part("again").addEventListener("click", again);
