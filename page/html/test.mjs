// node test.mjs PAGE KEY BUNDLE...: the code and the program inside PAGE, run here as the browser would, on each bundle, an archive or a
// folder; and again with one bit changed, which has to be said.
import { closeSync, fstatSync, openSync, readFileSync, readSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import vm from "node:vm";

const [page, key, ...bundles] = process.argv.slice(2);
const keys = key ? [key] : [];
const html = readFileSync(page, "utf8");
const inside = (id) => new RegExp(`<script [^>]*id="${id}">([^]*?)</script>`).exec(html)[1];

/** A file as the worker sees it: a size, and stretches of it. `changed` is where one bit is another. */
function fileAt(path, changed = -1) {
  const handle = openSync(path);
  const { size } = fstatSync(handle);
  closeSync(handle);
  return { size, slice: (start, end) => ({ path, start, end, changed }) };
}

class Reader {
  readAsArrayBuffer({ path, start, end, changed }) {
    const bytes = new Uint8Array(Math.max(0, end - start));
    const handle = openSync(path);
    readSync(handle, bytes, 0, bytes.length, start);
    closeSync(handle);
    if (changed >= start && changed < end) bytes[changed - start] ^= 1;
    return bytes.buffer;
  }
}

/** The worker's own code, with a page on the other side that waits for its answer. */
function check(files) {
  return new Promise((done, failed) => {
    const postMessage = ({ answer, refused }) => {
      if (answer) done(answer);
      if (refused) failed(new Error(refused));
    };
    const context = vm.createContext({
      onmessage: null, postMessage, FileReaderSync: Reader, Blob, Response, DecompressionStream, WebAssembly, TextEncoder, TextDecoder,
    });
    vm.runInContext(inside("worker"), context);
    context.onmessage({ data: { packed: Buffer.from(inside("program"), "base64"), files, keys } });
  });
}

function filesOf(bundle) {
  if (statSync(bundle).isFile()) return [{ name: "bundle.zip", path: bundle, file: fileAt(bundle) }];
  const entries = readdirSync(bundle, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  return paths.map((path) => ({ name: path.slice(bundle.length).replace(/^\/+/, ""), path, file: fileAt(path) }));
}

let failures = 0;
function expect(holds, message) {
  if (!holds) failures += 1;
  console.log(`  ${holds ? "ok    " : "FAILED"} ${message}`);
}

for (const bundle of bundles) {
  console.log(`\n${bundle} in WebAssembly:`);
  const files = filesOf(bundle);
  const begun = Date.now();
  const { holds, verdict } = await check(files);
  const seconds = ((Date.now() - begun) / 1000).toFixed(1);
  expect(holds, `it holds, in ${seconds} seconds ${verdict.problems.map(({ what, message }) => `\n         ${what}: ${message}`).join("")}`);
  expect(verdict.checked.remade === 5, `${verdict.checked.remade} of 5 files came out byte by byte`);
  const victim = files.filter(({ name }) => name === "bundle.zip" || name.includes("/evidence/")).at(-1);
  victim.file = fileAt(victim.path, Math.floor(victim.file.size / 2));
  const changed = await check(files);
  expect(!changed.holds, `one bit changed in ${victim.name} is seen: ${JSON.stringify(changed.verdict.problems[0])}`);
}
process.exit(failures === 0 && bundles.length > 0 ? 0 : 1);
