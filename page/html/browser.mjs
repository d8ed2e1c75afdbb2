// node browser.mjs MODULES PAGE KEY FOLDER BUNDLE...: the page as a person uses it, in headless Chromium and from a file. Each bundle has to hold;
// with one bit changed, and without a key, the page has to say what is wrong. Pictures of what was seen go into FOLDER.
import { copyFileSync, closeSync, mkdtempSync, openSync, readSync, rmSync, statSync, writeSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [modules, page, key, pictures, ...bundles] = process.argv.slice(2);
const { chromium } = createRequire(join(modules, "here.js"))("playwright-core");
const place = mkdtempSync(join(tmpdir(), "exhibit-page-"));
const quiet = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync"];
// A report of the demo takes seconds, on a slow machine a minute.
const LONGEST = 600_000;

let failures = 0;
function expect(holds, message) {
  if (!holds) failures += 1;
  console.log(`  ${holds ? "ok    " : "FAILED"} ${message}`);
}

/** A copy of a file in which one bit in the middle is another. */
function changed(path) {
  const copy = join(place, "changed.zip");
  copyFileSync(path, copy);
  const handle = openSync(copy, "r+");
  const byte = new Uint8Array(1);
  const middle = Math.floor(statSync(copy).size / 2);
  readSync(handle, byte, 0, 1, middle);
  byte[0] ^= 1;
  writeSync(handle, byte, 0, 1, middle);
  closeSync(handle);
  return copy;
}

/** Gives the page a bundle and keys and waits for what it says. */
async function check(view, bundle, keys) {
  await view.setInputFiles("#file", bundle);
  await view.fill("#keys", keys);
  const begun = Date.now();
  await view.click("#give button[type=submit]");
  await view.waitForSelector("#result:not([hidden])", { timeout: LONGEST });
  const seconds = ((Date.now() - begun) / 1000).toFixed(1);
  const text = async (selector) => (await view.innerText(selector)).trim();
  return { seconds, verdict: await text("#verdict"), sentence: await text("#sentence"), problems: await view.locator("#problems li").allInnerTexts() };
}

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: quiet });
try {
  for (const [number, bundle] of bundles.entries()) {
    console.log(`\n${bundle} in Chromium ${browser.version()}:`);
    const view = await browser.newPage({ viewport: { width: 1000, height: 1200 } });
    const [asked, told] = [[], []];
    view.on("request", (request) => asked.push(request.url()));
    view.on("console", (message) => told.push(message.text()));
    view.on("pageerror", (error) => told.push(String(error)));
    const shot = (name) => view.screenshot({ path: join(pictures, `${number + 1}-${name}.png`), fullPage: true });
    const address = pathToFileURL(page).href;
    await view.goto(address);
    await shot("empty");

    await view.setInputFiles("#file", bundle);
    await view.click("#give button[type=submit]");
    expect((await view.innerText("#missing")).includes("Give the key"), "without a key it checks nothing and says why");

    const whole = await check(view, bundle, key);
    await shot("holds");
    expect(whole.verdict === "It holds" && whole.problems.length === 0, `it holds, in ${whole.seconds} seconds ${whole.problems.join("; ")}`);
    expect((await view.innerText("#notes")).includes("No witness outside"), "that nobody outside has cosigned is said");
    expect(whole.sentence.includes("5 files came out of the evidence again, byte by byte"), whole.sentence);

    await view.click("#again");
    const broken = await check(view, changed(bundle), key);
    await shot("fails");
    expect(broken.verdict === "It does not hold" && broken.problems.length > 0, `one bit changed is seen: ${broken.problems[0]}`);

    await view.click("#again");
    const other = await check(view, bundle, key.replace(/^[^+]+/, "another.example/log"));
    expect(other.verdict !== "It holds", `under another key: ${other.verdict}: ${other.problems[0] ?? other.sentence}`);

    const outside = asked.filter((url) => url !== address && !url.startsWith("blob:"));
    expect(outside.length === 0, `it asked for nothing but itself ${outside.join(" ")}`);
    expect(told.length === 0, `nothing went wrong unseen ${told.join(" ")}`);
    await view.close();
  }
} finally {
  await browser.close();
  rmSync(place, { recursive: true });
}
process.exit(failures === 0 && bundles.length > 0 ? 0 : 1);
